/**
 * Telegrams a second through every decoder, on telegrams of other people's meters, and through the
 * decoders that others published, in the same run and in turns.
 */
import {
  areVectorsHere,
  loadMeterCases,
  vectorFiles,
  type MeterCase,
} from '../support/meter-cases.ts';
import type * as codecs from '../support/meter-codecs.ts';
import type * as decoders from '../support/other-decoders.ts';
import type { Pair } from '../support/other-decoders.ts';
import { importBundled } from './bundle.ts';
import {
  NotHere,
  rates,
  type Bench,
  type BenchContext,
  type Figures,
  type Side,
} from './harness.ts';

type Codecs = typeof codecs;
type Others = typeof decoders;

/** One side works about this long: the clock and the collector of garbage must not decide. */
const SIDE_MS = 150;

/** How many passes over `cases` take about `SIDE_MS`; measured once the code is warm. */
async function passesOf(cases: readonly MeterCase[], decode: (one: MeterCase) => unknown) {
  const began = performance.now();
  let passes = 0;
  while (performance.now() - began < SIDE_MS || passes < 2) {
    for (const one of cases) await decode(one);
    passes++;
  }
  return passes;
}

async function sideOf(
  name: string,
  cases: readonly MeterCase[],
  decode: (one: MeterCase) => unknown,
): Promise<Side> {
  const passes = await passesOf(cases, decode);
  const isAsync = decode(cases[0]!) instanceof Promise;
  const run = (): void => {
    for (let pass = 0; pass < passes; pass++) for (const one of cases) decode(one);
  };
  const runAsync = async (): Promise<void> => {
    for (let pass = 0; pass < passes; pass++) for (const one of cases) await decode(one);
  };
  return { name, units: cases.length * passes, work: isAsync ? runAsync : run };
}

async function measureOurs(cases: readonly MeterCase[], repeats: number): Promise<Figures> {
  const { METER_CODECS } = await importBundled<Codecs>('tests/support/meter-codecs.ts');
  const sides: Side[] = [];
  for (const { name, takes, decode } of METER_CODECS) {
    const taken = cases.filter(takes);
    if (taken.length > 0) sides.push(await sideOf(`${name}_telegrams_per_s`, taken, decode));
  }
  return Object.fromEntries(await rates(sides, repeats));
}

async function measurePair(
  pair: Pair,
  shared: readonly MeterCase[],
  { repeats, say }: Pick<BenchContext, 'repeats' | 'say'>,
): Promise<Figures> {
  const found = await rates(
    [await sideOf('ours', shared, pair.ours), await sideOf('theirs', shared, pair.theirs)],
    repeats,
  );
  const ratio = (found.get('ours') ?? NaN) / (found.get('theirs') ?? NaN);
  const verdict = ratio >= pair.wanted ? 'PASS' : 'NOT REACHED';
  say(`${pair.name}: ${shared.length} cases, ${ratio.toFixed(2)}x of ${pair.wanted}x: ${verdict}`);
  const word = pair.name.replaceAll('-', '_');
  return { [`${word}_telegrams_per_s`]: found.get('theirs') ?? NaN, [`x_ours_to_${word}`]: ratio };
}

async function measureOthers(
  cases: readonly MeterCase[],
  context: Pick<BenchContext, 'repeats' | 'say'>,
): Promise<Figures> {
  const others = await importBundled<Others>('tests/support/other-decoders.ts');
  const { pairs, absent } = await others.otherDecoders();
  for (const name of absent) context.say(`${name}: not installed here, not compared`);
  const figures: Figures = {};
  for (const pair of pairs) {
    const shared = await others.sharedCases(pair, cases);
    if (shared.length === 0) throw new Error(`${pair.name} understands no case as ours does`);
    Object.assign(figures, await measurePair(pair, shared, context));
  }
  return figures;
}

export const bench: Bench = {
  about: 'telegrams a second of every protocol, and against published decoders',
  async run({ repeats, say }) {
    if (!areVectorsHere()) throw new NotHere('../shared/vectors is absent');
    const cases = loadMeterCases(...vectorFiles());
    const figures = await measureOurs(cases, repeats);
    return { ...figures, ...(await measureOthers(cases, { repeats, say })) };
  },
};
