/**
 * A reading of any source as the outbox carries it (contract/fieldsync.ts). It knows the register's
 * decimal text; it keeps nothing. Keypad, radio and optical head build their events here.
 */
import { toBase64 } from '#lib/base/bytes.ts';
import type { ReadingCaptured } from '#lib/contract/fieldsync.ts';
import { registerText } from './dial.ts';

type Stop = Pick<ReadingCaptured, 'roundId' | 'meterId' | 'register'> & {
  /** The meter was exchanged on this phone and the server has not named the new one yet. */
  readonly exchange?: { readonly eventId: string } | null | undefined;
};
type Given = {
  readonly source: ReadingCaptured['source'];
  /** Codes of what the phone found odd. */
  readonly flags: readonly string[];
  /** Integer in the register's scale. */
  readonly value: bigint;
  /** Telegram or readout as received; without one a person read the dial. */
  readonly raw?: Uint8Array;
  readonly confirmed?: boolean;
  readonly photos?: readonly string[];
};

export const readingBody = (
  { roundId, meterId, register, exchange }: Stop,
  { value, source, flags, raw, confirmed = false, photos = [] }: Given,
): ReadingCaptured => ({
  roundId,
  meterId,
  register,
  value: registerText(register, value),
  source,
  raw: raw ? toBase64(raw) : null,
  flags: [...flags],
  confirmed,
  photos: [...photos],
  ...(exchange && { exchangeId: exchange.eventId }),
});
