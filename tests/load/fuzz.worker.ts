/**
 * The thread of `fuzz.bench.ts`: feeds damaged telegrams to the decoders and counts. The number of
 * the frame at hand stands in shared memory, so that the main thread sees a decoder that hangs.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { toHex } from '#lib/base/bytes.ts';
import { createPrng } from '#lib/base/prng.ts';
import { ALL_TARGETS, type FuzzTarget } from '../support/fuzz-targets.ts';
import { mutate } from '../support/mutate.ts';

export type FuzzSample = {
  readonly bytes: Uint8Array;
  /** The decoders it was made for, as numbers of `ALL_TARGETS`. */
  readonly targets: readonly number[];
};
export type FuzzJob = {
  readonly samples: readonly FuzzSample[];
  readonly seed: number;
  /** Numbers of the frames, half-open: truncations first, then mutations. */
  readonly from: number;
  readonly to: number;
  /** Two 32-bit numbers: frame at hand, target at hand. */
  readonly progress: SharedArrayBuffer;
};
export type FuzzReport =
  | { readonly kind: 'throw'; readonly frame: number; readonly what: string; readonly hex: string }
  | { readonly kind: 'tally'; readonly calls: number; readonly bytes: number }
  | {
      readonly kind: 'slowest';
      readonly frame: number;
      readonly what: string;
      readonly ms: number;
    };

const REPORT_EVERY = 2000;

/** Frame `n`, the same for the same seed whatever came before. */
export function frameOf({ samples, seed }: Pick<FuzzJob, 'samples' | 'seed'>, n: number) {
  const prng = createPrng(Math.imul(seed, 0x9e3779b1) ^ n);
  let rest = n;
  for (const { bytes, targets } of samples) {
    if (rest <= bytes.length) return { bytes: bytes.subarray(0, rest), targets, prng };
    rest -= bytes.length + 1;
  }
  const { bytes, targets } = prng.pick(samples);
  const others = prng.chance(0.5) ? [bytes] : [bytes, prng.pick(samples).bytes];
  return { bytes: mutate(others, prng), targets, prng };
}

const post = (report: FuzzReport): void => parentPort!.postMessage(report);

/** Milliseconds that `target` takes; what it throws is reported. */
function timed(target: FuzzTarget, bytes: Uint8Array, frame: number): number {
  const before = performance.now();
  try {
    target.run(bytes);
  } catch (error) {
    const what = `${target.name}: ${String(error)}`;
    post({ kind: 'throw', frame, what, hex: toHex(bytes) });
  }
  return performance.now() - before;
}

function work(job: FuzzJob): void {
  const progress = new Int32Array(job.progress);
  let [calls, size, slowest] = [0, 0, 0];
  for (let frame = job.from; frame < job.to; frame++) {
    const { bytes, targets, prng } = frameOf(job, frame);
    // Its own decoders and one that was never meant for it.
    const chosen = new Set([...targets, prng.int(0, ALL_TARGETS.length)]);
    for (const number of chosen) {
      Atomics.store(progress, 1, number);
      Atomics.store(progress, 0, frame);
      const target = ALL_TARGETS[number]!;
      const ms = timed(target, bytes, frame);
      calls++;
      if (ms <= slowest) continue;
      slowest = ms;
      post({ kind: 'slowest', frame, what: target.name, ms });
    }
    size += bytes.length;
    if (frame % REPORT_EVERY !== 0 && frame + 1 < job.to) continue;
    post({ kind: 'tally', calls, bytes: size });
    [calls, size] = [0, 0];
  }
}

if (parentPort) work(workerData as FuzzJob);
