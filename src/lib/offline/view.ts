/**
 * What a pull changes in the phone's copy of the server's lists, as a plain value: a map from
 * `kind/id` to data. The simulation runs it; rounds.ts does the same to tables.
 */
import type { PullAnswer } from '#lib/contract/fieldsync.ts';

export type Copy = ReadonlyMap<string, unknown>;
export type PullState = { readonly cursor: string | null; readonly copy: Copy };

/** Applies changes in their order; `reset`: what is not in the answers that follow is gone. */
export function applyPull(state: PullState, answer: PullAnswer): PullState {
  const copy = new Map(answer.reset ? [] : state.copy);
  for (const { kind, id, op, data } of answer.changes) {
    const key = `${kind}/${id}`;
    if (op === 'put') copy.set(key, data);
    else copy.delete(key);
  }
  return { cursor: answer.cursor, copy };
}
