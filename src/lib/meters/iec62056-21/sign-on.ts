/**
 * Signing on and choosing what follows: request, identification, acknowledgement and the change of
 * speed (IEC 62056-21:2002 clauses 6.3.14 and 6.4). Knows the opening only; `programming.ts` and
 * `hdlc-mode.ts` go on from there. The plain readout has its own machine in `session.ts`.
 */
import { concatBytes, toLatin1 } from '#lib/base/bytes.ts';
import { listen, reopenPort, type LineScript } from './line.ts';
import { encodeMessage, parseIdentification, type Identification } from './message.ts';
import type { PortSettings } from './session.ts';

export type SignOnOptions = {
  /** Device address in the request; empty asks whichever meter sees the probe. */
  readonly address?: string;
  readonly wakeUp?: boolean;
  /** The port has eight data bits; the parity is then set aside by us. */
  readonly eightBits?: boolean;
};

/**
 * - `no_answer`: nothing came back. Told: move the probe, wake the meter, try again.
 * - `bad_identification`: something came, but no identification. Told: the same.
 * - `unsupported_mode`: the meter does not offer what was wanted. Told: use the plain readout.
 */
export type SignOnFailure = 'no_answer' | 'bad_identification' | 'unsupported_mode';

export const START_BAUD = 300;
const ATTEMPTS = 3;
/** Clause 6.3.14 item 12: a meter reacts within 1500 ms; 300 Bd adds the time of 24 characters. */
const IDENTIFICATION_MS = 2300;
const MAX_SIGN_ON = 512;
const WAKE_UP = new Uint8Array(65);
const BITS_PER_CHARACTER = 10;

/** Time that `bytes` need on the line. */
export const lineMs = (bytes: Uint8Array, baud: number): number =>
  Math.ceil((bytes.length * BITS_PER_CHARACTER * 1000) / baud);

export const sevenBits = (baud: number, eightBits = false): PortSettings =>
  eightBits
    ? { baud, dataBits: 8, parity: 'none', stopBits: 1 }
    : { baud, dataBits: 7, parity: 'even', stopBits: 1 };

type Seen = Identification | 'noise';

/** The first whole line that is an identification; the request's own echo is none. */
function findIdentification(bytes: Uint8Array): Seen | null {
  const lines = toLatin1(bytes).split('\r\n').slice(0, -1);
  for (const line of lines) {
    const slash = line.lastIndexOf('/');
    const found = slash < 0 ? null : parseIdentification(line.slice(slash));
    if (found) return found;
  }
  return bytes.length > MAX_SIGN_ON ? 'noise' : null;
}

/** Opens at 300 Bd and asks up to three times; from the second time on with wake-up characters. */
export function* identify(options: SignOnOptions): LineScript<Identification | SignOnFailure> {
  yield* reopenPort(sevenBits(START_BAUD, options.eightBits));
  const request = encodeMessage({ kind: 'request', address: options.address ?? '' });
  let isSilent = true;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const send = options.wakeUp || attempt > 0 ? concatBytes(WAKE_UP, request) : request;
    const wait = lineMs(send, START_BAUD) + IDENTIFICATION_MS;
    const { found, bytes } = yield* listen<Seen>(send, wait, findIdentification);
    if (found && found !== 'noise') return found;
    // A head that echoes is not a meter that answers.
    isSilent &&= bytes.length === 0 || toLatin1(bytes).endsWith(toLatin1(send));
  }
  return isSilent ? 'no_answer' : 'bad_identification';
}
