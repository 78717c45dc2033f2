/**
 * A million damaged telegrams through every decoder: what throws, what hangs, how much memory it
 * takes. A run is replayed by its seed, one frame by KILTER_FUZZ_FRAME=number; KILTER_FUZZ_COUNT
 * is the number of mutated frames behind the truncations at every offset of every vector.
 */
import { Worker } from 'node:worker_threads';
import { areVectorsHere, loadMeterCases, vectorFiles } from '../support/meter-cases.ts';
import { ALL_TARGETS, DLMS_TARGETS } from '../support/fuzz-targets.ts';
import * as own from '../support/meter-samples.ts';
import { bundle } from './bundle.ts';
import { NotHere, type Bench, type BenchContext, type Figures } from './harness.ts';
import type { FuzzJob, FuzzReport, FuzzSample } from './fuzz.worker.ts';

const COUNT = Number(process.env['KILTER_FUZZ_COUNT'] ?? 1_000_000);
/** A frame that takes longer hangs: the slowest honest one takes some tens of milliseconds. */
const HANG_MS = 5000;
const LOOK_MS = 500;
const SHOW_MS = 20_000;
const MB = 1_048_576;

const numbersOf = (...names: readonly string[]): readonly number[] =>
  ALL_TARGETS.flatMap(({ name }, number) => (names.includes(name) ? [number] : []));

const DLMS = numbersOf(...DLMS_TARGETS.map(({ name }) => name));
/** First letters of a vector file and the decoders that its cases are for. */
const FAMILIES: readonly (readonly [string, readonly number[]])[] = [
  ['wmbus', numbersOf('wireless M-Bus')],
  ['mbus', numbersOf('wired M-Bus')],
  ['dongle', numbersOf('dongles')],
  ['iec', numbersOf('IEC 62056-21')],
  ['dsmr', numbersOf('P1')],
  ['sml', numbersOf('SML')],
  ['modbus', numbersOf('Modbus')],
  ['dlms', DLMS],
  ['hdlc', DLMS],
];

function samplesOf(family: string, list: readonly Uint8Array[]): readonly FuzzSample[] {
  const targets = FAMILIES.find(([start]) => family.startsWith(start))?.[1];
  if (!targets?.length) throw new Error(`no decoder is named for ${family}`);
  return list.map((bytes) => ({ bytes, targets }));
}

const allSamples = (): readonly FuzzSample[] => [
  ...loadMeterCases(...vectorFiles()).flatMap(({ file, bytes }) => samplesOf(file, [bytes])),
  ...samplesOf('wmbus', own.RADIO),
  ...samplesOf('mbus', own.WIRED),
  ...samplesOf('dsmr', [own.P1, own.SEALED_P1]),
  ...samplesOf('sml', [own.SML]),
  ...samplesOf('iec', [own.IEC]),
  ...samplesOf(
    'modbus',
    own.MODBUS.map(({ bytes }) => bytes),
  ),
];

class Tally {
  throws = 0;
  hangs = 0;
  calls = 0;
  bytes = 0;
  slowest_ms = 0;
  peak = 0;
  readonly #say: (line: string) => void;
  constructor(say: (line: string) => void) {
    this.#say = say;
  }
  take(report: FuzzReport): void {
    if (report.kind === 'tally') {
      this.calls += report.calls;
      this.bytes += report.bytes;
    } else if (report.kind === 'slowest') this.slowest_ms = Math.max(this.slowest_ms, report.ms);
    else if (++this.throws <= 20) this.#say(`frame ${report.frame}: ${report.what}: ${report.hex}`);
  }
  hang(frame: number, target: number): void {
    this.hangs++;
    this.#say(`frame ${frame}: ${ALL_TARGETS[target]?.name} takes more than ${HANG_MS} ms`);
  }
}

type Run = { readonly job: FuzzJob; readonly path: string; readonly tally: Tally };

/** One thread until it is done or hangs; the number of the frame to go on with. */
function runThread({ job, path, tally }: Run, show: (frame: number) => void): Promise<number> {
  const progress = new Int32Array(job.progress);
  Atomics.store(progress, 0, job.from);
  const worker = new Worker(path, { workerData: job });
  return new Promise((resolve, reject) => {
    let [last, since, shown] = [job.from, performance.now(), performance.now()];
    const watch = setInterval(() => {
      tally.peak = Math.max(tally.peak, process.memoryUsage.rss());
      const [frame, now] = [Atomics.load(progress, 0), performance.now()];
      if (frame !== last) [last, since] = [frame, now];
      if (now - shown > SHOW_MS) {
        shown = now;
        show(frame);
      }
      if (now - since < HANG_MS) return;
      tally.hang(frame, Atomics.load(progress, 1));
      finish(frame + 1);
    }, LOOK_MS);
    const finish = (next: number): void => {
      clearInterval(watch);
      worker.removeAllListeners();
      void worker.terminate().then(() => resolve(next));
    };
    worker.on('message', (report: FuzzReport) => tally.take(report));
    worker.on('error', (error) => {
      clearInterval(watch);
      reject(error);
    });
    worker.on('exit', () => finish(job.to));
  });
}

async function fuzz({ seed, say }: BenchContext): Promise<Figures> {
  const samples = allSamples();
  const truncations = samples.reduce((sum, { bytes }) => sum + bytes.length + 1, 0);
  const only = process.env['KILTER_FUZZ_FRAME'];
  const to = only === undefined ? truncations + COUNT : Number(only) + 1;
  let from = only === undefined ? 0 : Number(only);
  say(`seed ${seed}: ${samples.length} telegrams, ${truncations} truncations, ${COUNT} mutations`);
  const tally = new Tally(say);
  const path = await bundle('tests/load/fuzz.worker.ts', 'node');
  const before = process.memoryUsage.rss();
  const began = performance.now();
  while (from < to) {
    const job = { samples, seed, from, to, progress: new SharedArrayBuffer(8) };
    from = await runThread({ job, path, tally }, (frame) => {
      const peak = (tally.peak / MB).toFixed(0);
      say(`${frame} of ${to}: ${tally.throws} throws, ${tally.hangs} hangs, peak ${peak} MB`);
    });
  }
  say(tally.throws + tally.hangs === 0 ? 'PASS: nothing throws or hangs' : 'NOT REACHED');
  return {
    truncated_frames: truncations,
    mutated_frames: COUNT,
    decoder_calls: tally.calls,
    throws: tally.throws,
    hangs: tally.hangs,
    slowest_call_ms: tally.slowest_ms,
    memory_before_mb: before / MB,
    memory_peak_mb: tally.peak / MB,
    frames_per_s: (truncations + COUNT) / ((performance.now() - began) / 1000),
  };
}

export const bench: Bench = {
  about: 'a million damaged telegrams through every decoder: throws, hangs, memory',
  async run(context) {
    if (!areVectorsHere()) throw new NotHere('../shared/vectors is absent');
    const figures = await fuzz(context);
    if (figures.throws || figures.hangs) process.exitCode = 1;
    return figures;
  },
};
