/**
 * What a benchmark is: a name, one sentence, and a run that returns named figures.
 *
 * It knows how to repeat, take medians and compare two sides fairly; it knows nothing of what is
 * measured. bench.ts runs the files that end in .bench.ts beside it.
 */
export type Figures = Record<string, number>;

export type BenchContext = {
  readonly seed: number;
  /** At least 3. */
  readonly repeats: number;
  /** Prints a line for a person; never on the last line. */
  readonly say: (line: string) => void;
};

export type Bench = {
  readonly about: string;
  /** May throw `NotHere` when its input is absent. */
  readonly run: (context: BenchContext) => Promise<Figures>;
};

/** The machine lacks what this benchmark measures; said plainly, not counted as a figure. */
export class NotHere extends Error {}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle] ?? NaN;
  return sorted.length % 2 ? high : ((sorted[middle - 1] ?? NaN) + high) / 2;
}

/** Seconds that `work` takes. */
export async function secondsOf(work: () => unknown): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

export type Side = {
  readonly name: string;
  /** Work units done by one call, for the rate. */
  readonly units: number;
  readonly prepare?: () => Promise<unknown>;
  readonly work: () => unknown;
};

/**
 * Units a second of each side, median over the repeats. The sides take turns and every second round
 * begins with the other one, so that a warm cache or a busy machine favours neither.
 */
export async function rates(sides: readonly Side[], repeats: number): Promise<Map<string, number>> {
  const measured = new Map(sides.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round < repeats; round++) {
    for (const side of round % 2 ? [...sides].reverse() : sides) {
      await side.prepare?.();
      const seconds = await secondsOf(side.work);
      measured.get(side.name)?.push(side.units / seconds);
    }
  }
  return new Map([...measured].map(([name, values]) => [name, median(values)]));
}
