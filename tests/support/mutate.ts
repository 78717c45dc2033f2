/**
 * Damages telegrams as a bad line or a hostile sender would; all fuzz tests and the long run of
 * `npm run bench -- fuzz` share it. One generator replays one run.
 */
import { concatBytes } from '#lib/base/bytes.ts';
import type { Prng } from '#lib/base/prng.ts';

/** Lengths, counts and markers that decoders compare with. */
const EDGES = [0x00, 0x01, 0x0f, 0x1b, 0x2f, 0x7d, 0x7e, 0x7f, 0x80, 0x81, 0x82, 0x84, 0xff];

/** One bit, byte or stretch of `bytes` changed, put in, taken out or said twice. */
export function mutateOnce(bytes: Uint8Array, prng: Prng): Uint8Array {
  const at = prng.int(0, bytes.length + 1);
  const some = prng.bytes(prng.int(1, 5));
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (prng.int(0, 6)) {
    case 0:
      return bytes.map((byte, i) => (i === at ? byte ^ (1 << prng.int(0, 8)) : byte));
    case 1:
      return bytes.map((byte, i) => (i === at ? prng.pick(EDGES) : byte));
    case 2:
      return concatBytes(head, some, tail);
    case 3:
      return concatBytes(head, tail.subarray(some.length));
    case 4:
      return concatBytes(head, bytes.subarray(Math.max(0, at - prng.int(1, 40))));
    default:
      return concatBytes(head, some, tail.subarray(some.length));
  }
}

/** One to four changes of one of `samples`, sometimes cut off or run into another one. */
export function mutate(samples: readonly Uint8Array[], prng: Prng): Uint8Array {
  let bytes = prng.pick(samples);
  for (let n = prng.int(1, 5); n > 0; n--) bytes = mutateOnce(bytes, prng);
  if (prng.chance(0.15)) return bytes.subarray(0, prng.int(0, bytes.length + 1));
  return prng.chance(0.1) ? concatBytes(bytes, prng.pick(samples)) : bytes;
}
