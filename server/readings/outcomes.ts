/** Counting what became of rows; shared by the stores of this folder. */
import type { AppendOutcome, AppendResult, NewReading } from './types.ts';

export function tally(outcomes: readonly AppendOutcome[], late: number): AppendResult {
  const count = (word: AppendOutcome): number => outcomes.filter((o) => o === word).length;
  const [duplicates, conflicts] = [count('duplicate'), count('conflict')];
  const inserted = outcomes.length - duplicates - conflicts;
  return { inserted, duplicates, conflicts, late, outcomes };
}

export const conflicting = (
  rows: readonly NewReading[],
  outcomes: readonly AppendOutcome[],
): NewReading[] => rows.filter((_, i) => outcomes[i] === 'conflict');
