/**
 * Negotiation of frame and window sizes in SNRM and UA (IEC 62056-46:2007 clause 6.4.4.4.3.2).
 *
 * | 81 80 length | 05 n: information sent | 06 n: received | 07 04: window sent | 08 04: received |
 *
 * Knows the bytes, no link; called by `link.ts` and the simulated meter.
 */
import { ByteReader, ByteWriter } from '#lib/base/bytes.ts';

/** From the sender's point of view; sizes in bytes of information, windows in frames. */
export type LinkParameters = {
  readonly maxSent: number;
  readonly maxReceived: number;
  readonly windowSent: number;
  readonly windowReceived: number;
};

/** What holds when nothing is negotiated (clause 6.4.4.4.3.2). */
export const DEFAULT_PARAMETERS: LinkParameters = {
  maxSent: 128,
  maxReceived: 128,
  windowSent: 1,
  windowReceived: 1,
};

const [FORMAT, GROUP] = [0x81, 0x80];
const NAMES: Readonly<Record<number, keyof LinkParameters>> = {
  5: 'maxSent',
  6: 'maxReceived',
  7: 'windowSent',
  8: 'windowReceived',
};

/** The defaults replaced by what `information` says; anything unreadable keeps the defaults. */
export function readParameters(information: Uint8Array): LinkParameters {
  const r = new ByteReader(information);
  if (r.byte() !== FORMAT || r.byte() !== GROUP || r.byte() === null) return DEFAULT_PARAMETERS;
  const found: { -readonly [K in keyof LinkParameters]?: number } = {};
  for (;;) {
    const [id, size] = [r.byte(), r.byte()];
    const bytes = size === null || size > 4 ? null : r.take(size);
    if (id === null || bytes === null) break;
    const name = NAMES[id];
    const value = bytes.reduce((v, b) => v * 256 + b, 0);
    if (name && value > 0) found[name] = value;
  }
  return { ...DEFAULT_PARAMETERS, ...found };
}

/** Twin of `readParameters`. */
export function encodeParameters(p: LinkParameters): Uint8Array {
  const w = new ByteWriter();
  w.byte(5, 2).uintBe(p.maxSent, 2).byte(6, 2).uintBe(p.maxReceived, 2);
  w.byte(7, 4).uintBe(p.windowSent, 4).byte(8, 4).uintBe(p.windowReceived, 4);
  const body = w.done();
  return new ByteWriter().byte(FORMAT, GROUP, body.length).put(body).done();
}
