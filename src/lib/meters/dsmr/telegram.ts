/**
 * One P1 telegram, from `/` to the check sum behind `!` (DSMR P1 5.0.2 clause 6.2; DSMR 2.2 and
 * 3.0 end with `!` alone and are sent with seven bits and parity). Knows the frame; `object.ts`
 * knows the lines. Called by the command line, the reader's app and the simulated sender.
 */
import { concatBytes, fromLatin1, toLatin1 } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { crcArc } from '../crypto/crc.ts';
import { formatObject, parseObjects, type P1Object } from './object.ts';

export type P1Telegram = {
  /** Three letters of the maker as written. */
  readonly manufacturer: string;
  readonly identification: string;
  readonly objects: readonly P1Object[];
  readonly unreadable: readonly string[];
  /** Null before DSMR 4: there was none. */
  readonly crc: {
    readonly valid: boolean;
    readonly received: number;
    readonly computed: number;
  } | null;
  /** False when the `!` is missing: the telegram is cut off. */
  readonly isWhole: boolean;
};

const CLAUSE = { clause: 'DSMR P1 5.0.2 6.2' };
const [SLASH, BANG] = [0x2f, 0x21] as const;
/** A `/` with even parity in bit 7: an eight-bit port hears a seven-bit meter. */
const SLASH_WITH_PARITY = 0xaf;

/** Removes the parity of DSMR 2 and 3, which their first character betrays. */
export const withoutParity = (bytes: Uint8Array): Uint8Array =>
  bytes[0] === SLASH_WITH_PARITY ? bytes.map((byte) => byte & 0x7f) : bytes;

/** Index of the `/`, with or without parity, at or behind `from`; -1 without one. */
export function findSlash(bytes: Uint8Array, from = 0): number {
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] === SLASH || bytes[at] === SLASH_WITH_PARITY) return at;
  }
  return -1;
}

function crcOf(bytes: Uint8Array, bang: number): P1Telegram['crc'] {
  const match = /^.([0-9A-Fa-f]{4})/s.exec(toLatin1(bytes.subarray(bang, bang + 5)));
  if (!match) return null;
  const received = parseInt(match[1]!, 16);
  // From the slash to the exclamation mark, both included.
  const computed = crcArc(bytes, 0, bang + 1);
  return { valid: received === computed, received, computed };
}

/**
 * Reads the first telegram in `received`. A wrong check sum is no error here: see `crc`. Errors:
 * `truncated` without a header line, `bad_header`.
 */
export function parseTelegram(received: Uint8Array): Result<P1Telegram> {
  const slash = findSlash(received);
  if (slash < 0) return fault('bad_header', 'There is no telegram.', CLAUSE);
  const bytes = withoutParity(received.subarray(slash));
  const bang = bytes.indexOf(BANG);
  const text = toLatin1(bytes.subarray(0, bang < 0 ? bytes.length : bang));
  const header = /^\/([^\r\n]{3})([^\r\n]*)(?:\r\n|\r|\n)/.exec(text);
  if (!header) {
    return !/[\r\n]/.test(text)
      ? fault('truncated', 'The header line is cut off.', CLAUSE)
      : fault('bad_header', 'The header line has a wrong form.', CLAUSE);
  }
  const { objects, unreadable } = parseObjects(text.slice(header[0].length));
  return ok({
    manufacturer: header[1]!,
    identification: header[2]!,
    objects,
    unreadable,
    // As received: parity and a check sum never come together, a broken slash looks like parity.
    crc: bang < 0 ? null : crcOf(received.subarray(slash), bang),
    isWhole: bang >= 0,
  });
}

export type OutgoingTelegram = Pick<P1Telegram, 'manufacturer' | 'identification'> & {
  readonly objects: readonly Pick<P1Object, 'obis' | 'groups'>[];
  /** False writes the end of DSMR 2 and 3. */
  readonly withCrc: boolean;
};

/** Twin of `parseTelegram`. */
export function encodeP1(telegram: OutgoingTelegram): Uint8Array {
  const { manufacturer, identification, objects, withCrc } = telegram;
  const head = `/${manufacturer}${identification}\r\n\r\n`;
  const body = fromLatin1(`${head}${objects.map(formatObject).join('')}!`);
  const sum = crcArc(body).toString(16).toUpperCase().padStart(4, '0');
  return concatBytes(body, fromLatin1(`${withCrc ? sum : ''}\r\n`));
}
