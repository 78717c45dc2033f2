/**
 * One thing that goes wrong on a line, at one place: the faults every simulated meter may be given.
 * Knows bytes only. Called by the simulated devices' users: tests and the command line.
 */
import { concatBytes } from '#lib/base/bytes.ts';
import { createPrng } from '#lib/base/prng.ts';

export const LINE_FAULTS = ['none', 'noise', 'dropped', 'doubled', 'wrong-sum', 'silent'] as const;
export type LineFault = (typeof LINE_FAULTS)[number];

export type FaultPlace = {
  readonly fault: LineFault;
  /** Index of the byte it happens to; beyond the end it happens to the last one. */
  readonly at: number;
  readonly seed: number;
};

const MAX_NOISE = 6;

/** What arrives of `bytes`. `noise` pushes random bytes in front of the place. */
export function disturb(bytes: Uint8Array, { fault, at, seed }: FaultPlace): Uint8Array {
  if (fault === 'none' || bytes.length === 0) return bytes;
  if (fault === 'silent') return new Uint8Array(0);
  const place = Math.min(at, bytes.length - 1);
  const [head, tail] = [bytes.subarray(0, place), bytes.subarray(place)];
  const random = createPrng(seed).fork(`${fault} ${at}`);
  switch (fault) {
    case 'noise':
      return concatBytes(head, random.bytes(random.int(1, MAX_NOISE)), tail);
    case 'dropped':
      return concatBytes(head, tail.subarray(1));
    case 'doubled':
      return concatBytes(head, tail.subarray(0, 1), tail);
    case 'wrong-sum': {
      const broken = bytes.slice();
      broken[place]! ^= 1 << random.int(0, 8);
      return broken;
    }
  }
}
