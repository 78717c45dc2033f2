/**
 * Two captures of one meter side by side, and what the desk decides: keep one, or neither.
 *
 * It knows what a decision does: the kept value counts, the other stays in the history as suspect,
 * the daily use follows, the stop of the round too. How contradictions are found is
 * server/ingest/disputes.ts's. The planner's procedures call it.
 */
import { DAY_MS } from '#lib/base/interval.ts';
import { SOURCES, type Source } from '#lib/domain/reading.ts';
import { writeAuditSql } from '#server/access/audit.ts';
import { AppError } from '#server/errors.ts';
import { compareRound as compare } from '#server/ingest/disputes.ts';
import { correctReadings, readLastBeforeEach, readUsualPerDay } from '#server/readings/service.ts';
import { organisationZone } from '#server/registry/organisation.ts';
import { attachBeside, type Beside } from './beside.ts';
import {
  countOpen,
  DISPUTES_PAGE,
  lockDispute,
  moveDecidedStop,
  selectDisputes,
  settleOthers,
  writeDecision,
  type Decision,
  type DisputeFilter,
  type DisputeRow,
  type SideRow,
} from './dispute-store.ts';
import { mustSee } from './plan.ts';
import type { Desk } from './types.ts';

/** What the value would mean: used since the last trusted reading before both captures. */
type Means = { readonly used: string; readonly days: number } | null;
export type Side = SideRow & Beside & { readonly means: Means };
export type Dispute = Omit<DisputeRow, 'a' | 'b'> & {
  readonly a: Side;
  readonly b: Side;
  /** Usual use of a day in register scale, 10th and 90th percentile. */
  readonly usual: readonly [string, string] | null;
};

export async function listDisputes(
  desk: Desk,
  ask: DisputeFilter,
): Promise<{ readonly rows: readonly Dispute[]; readonly more: boolean }> {
  const found = await selectDisputes(desk, ask);
  const rows = found.slice(0, DISPUTES_PAGE);
  const keys = rows.map(({ meterId, register, a }) => ({ meterId, register, at: a.at }));
  const before = await readLastBeforeEach(desk.client, keys);
  const usual = await readUsualPerDay(desk.client, keys, desk.now);
  const sides = rows.flatMap(({ meterId, a, b }) => [
    { ...a, meterId },
    { ...b, meterId },
  ]);
  const beside = await attachBeside(desk, sides);
  const full = rows.map((row, i): Dispute => {
    const last = before[i] ?? null;
    const range = usual.get(`${row.meterId}/${row.register}`);
    const means = ({ value, at }: SideRow): Means =>
      last && {
        used: String(BigInt(value) - last.value),
        days: Math.round(((at - last.at) / DAY_MS) * 10) / 10,
      };
    return {
      ...row,
      a: { ...beside[2 * i]!, means: means(row.a) },
      b: { ...beside[2 * i + 1]!, means: means(row.b) },
      usual: range ? [String(range[0]), String(range[1])] : null,
    };
  });
  return { rows: full, more: found.length > DISPUTES_PAGE };
}

/** Open ones of the whole desk and of each round. */
export async function countDisputes(desk: Desk) {
  const open = await countOpen(desk);
  const byRound = [...open].flatMap(([roundId, n]) => (roundId === null ? [] : { roundId, n }));
  return { open: [...open.values()].reduce((sum, n) => sum + n, 0), byRound };
}

/** Compares a round's captures with each other and with collectors. Throws `not-found`. */
export async function compareRound(desk: Desk, roundId: number): Promise<void> {
  await mustSee(desk, roundId);
  await compare(desk.client, desk, roundId);
}

export type Verdict = { readonly id: number; readonly keep: Decision; readonly reason: string };

/** May be decided anew: the newest decision counts, all of them stay. Throws `not-found`. */
export async function decideDispute(desk: Desk, by: string, verdict: Verdict): Promise<void> {
  const { id, keep, reason } = verdict;
  await lockDispute(desk, id);
  const [row] = await selectDisputes(desk, { id, roundId: null, decided: false, page: 0 });
  if (!row) throw new AppError('not-found', 'There is no such pair.');
  const zone = await organisationZone(desk.client);
  await correctReadings(desk.client, zone, correctionsOf(row, { by, keep, reason }));
  if (row.roundId !== null) {
    const { roundId, meterId } = row;
    const kept = keep === 'neither' ? null : row[keep];
    const state = keep === 'neither' ? 'doubt' : 'read';
    await moveDecidedStop(desk, { roundId, meterId, state, kept });
  }
  await writeDecision(desk, { id, keep, by, reason });
  await settleOthers(desk, { id, keep, by, reason });
  await writeAuditSql(desk.client, {
    orgId: desk.orgId,
    userId: by,
    action: 'decide-dispute',
    subject: `meter ${row.meterId}`,
    detail: { dispute: id, keep, reason, a: row.a.value, b: row.b.value },
    at: desk.now,
  });
}

/** In one instant there is one value; two instants each get their own judgement. */
function correctionsOf(
  { meterId, register, a, b }: DisputeRow,
  { by, keep, reason }: { by: string; keep: Decision; reason: string },
) {
  const judged = ({ at, value, source }: SideRow, trusted: boolean) => ({
    meterId,
    register,
    at,
    value: BigInt(value),
    source: sourceOf(source),
    trusted,
    userId: by,
    reason,
  });
  if (a.at === b.at) return [judged(keep === 'b' ? b : a, keep !== 'neither')];
  // What stops counting goes first: the kept one is then compared with what is trusted.
  const sides = [judged(a, keep === 'a'), judged(b, keep === 'b')];
  return sides.sort((x, y) => Number(x.trusted) - Number(y.trusted));
}

const sourceOf = (word: string): Source => SOURCES.find((one) => one === word) ?? 'import';
