/**
 * Records one behind another in a file that may end anywhere: the second copy of a phone's work and
 * the container that carries it to somebody else (docs/adr/0030).
 *
 * A frame is length(4, little-endian) ‖ CRC-32(4, little-endian) ‖ payload; a payload is the length
 * of a head(2) ‖ head as JSON ‖ body. Heads are clear and name nothing personal, bodies are sealed.
 * It knows no meaning of heads. Both sides call it. Pure.
 */
import { concatBytes, fromUtf8, toLatin1 } from '#lib/base/bytes.ts';
import { assert } from '#lib/base/assert.ts';

export type Frame = {
  readonly head: Readonly<Record<string, unknown>>;
  readonly body: Uint8Array;
};

const LENGTHS = 8;
const HEAD_LENGTH = 2;
const MAX_HEAD = 0xffff;

export function writeFrame({ head, body }: Frame): Uint8Array {
  const text = fromUtf8(JSON.stringify(head));
  assert(text.length <= MAX_HEAD, 'writeFrame: the head is too long');
  const payload = concatBytes(Uint8Array.of(text.length & 255, text.length >> 8), text, body);
  const lengths = new DataView(new ArrayBuffer(LENGTHS));
  lengths.setUint32(0, payload.length, true);
  lengths.setUint32(4, crc32(payload), true);
  return concatBytes(new Uint8Array(lengths.buffer), payload);
}

/**
 * All whole frames from the beginning; `goodBytes` is where the first torn or damaged one begins.
 * What lies behind it cannot be told from garbage and is left alone. Never throws.
 */
export function readFrames(bytes: Uint8Array): { frames: Frame[]; goodBytes: number } {
  const frames: Frame[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at + LENGTHS + HEAD_LENGTH <= bytes.length) {
    const from = at + LENGTHS;
    const to = from + view.getUint32(at, true);
    if (to > bytes.length || to < from + HEAD_LENGTH) break;
    const payload = bytes.subarray(from, to);
    const frame = crc32(payload) === view.getUint32(at + 4, true) ? readPayload(payload) : null;
    if (!frame) break;
    frames.push(frame);
    at = to;
  }
  return { frames, goodBytes: at };
}

function readPayload(payload: Uint8Array): Frame | null {
  const length = payload[0]! | (payload[1]! << 8);
  if (HEAD_LENGTH + length > payload.length) return null;
  try {
    const head: unknown = JSON.parse(toLatin1(payload.subarray(HEAD_LENGTH, HEAD_LENGTH + length)));
    if (head === null || typeof head !== 'object' || Array.isArray(head)) return null;
    return {
      head: head as Record<string, unknown>,
      body: payload.slice(HEAD_LENGTH + length),
    };
  } catch {
    return null;
  }
}

let table: Uint32Array | null = null;

/** CRC-32 of ISO 3309 (polynomial 0xEDB88320, reflected), as in PNG and gzip. */
export function crc32(bytes: Uint8Array): number {
  table ??= Uint32Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c >>> 0;
  });
  let crc = 0xffffffff;
  for (const byte of bytes) crc = table[(crc ^ byte) & 255]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
