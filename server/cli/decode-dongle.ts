/**
 * Bytes of radio dongles in the words of the decoder contract. Knows which protocol word names
 * which dongle; the framers know the rest. Called by `decode-protocols.ts`.
 */
import { toHex } from '#lib/base/bytes.ts';
import { createDongleFramer } from '#lib/meters/dongles/dongle.ts';
import type { DongleName } from '#lib/meters/dongles/dongles.table.ts';
import type { DongleEvent } from '#lib/meters/dongles/framer.ts';
import type { DecodeInput, DecodeOutput } from './decode-protocols.ts';

const NAMES: readonly (readonly [string, DongleName])[] = [
  ['im871a', 'im871a'],
  ['iu891a', 'iu891a'],
  ['amb', 'amb8465'],
  ['cul', 'cul'],
  ['embit', 'embit'],
  ['rc1180', 'rc1180'],
  ['rtlwmbus', 'rtlwmbus'],
];

function dongleOf({ protocol, dongle }: DecodeInput): DongleName | null {
  const word = dongle ?? protocol;
  return NAMES.find(([part]) => word.includes(part))?.[1] ?? null;
}

function telegramJson(event: DongleEvent & { kind: 'telegram' }): object {
  const { bytes, rssi_dbm: rssi, mode, crcOk } = event;
  return {
    hex: toHex(bytes),
    ...(rssi !== undefined && { rssi }),
    ...(mode !== undefined && { mode }),
    ...(crcOk !== undefined && { crc_ok: crcOk }),
  };
}

/** The stream with a line end: a capture of text lines may lack the last one. */
const closed = (name: DongleName, bytes: Uint8Array): Uint8Array =>
  name === 'cul' || name === 'rtlwmbus' ? Uint8Array.from([...bytes, 0x0a]) : bytes;

export function decodeDongle(input: DecodeInput): DecodeOutput {
  const name = dongleOf(input);
  if (!name) return { status: 'unsupported', error: { code: 'unknown_dongle' } };
  const framer = createDongleFramer(name);
  const events = [...framer.push(closed(name, input.bytes)), ...framer.flush()];
  const whole = events.filter((event) => event.kind !== 'discarded');
  const lost = events.filter((event) => event.kind === 'discarded');
  return {
    status: whole.length ? 'decoded' : 'error',
    ...(!whole.length && { error: { code: 'no_message' } }),
    telegrams: whole.filter((event) => event.kind === 'telegram').map(telegramJson),
    messages: whole.map(({ message }) => ({ hex: toHex(message), checksum_ok: true })),
    ...(lost.length && { discarded: lost.map(({ bytes }) => toHex(bytes)) }),
  };
}
