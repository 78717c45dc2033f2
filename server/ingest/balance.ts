/**
 * Hourly sums of balance groups (a house and its flats), added to while readings are stored, so
 * that no balance is ever computed from a thousand registers on demand.
 *
 * It knows that an hour counts for a member once both its ends are stored, whichever came last; it
 * knows no loss and no suspicion. Called by pipeline.ts with the rows that were new.
 */
import type pg from 'pg';
import { HOUR_MS, type Instant } from '#lib/base/interval.ts';
import { isAccumulating } from '#lib/domain/dial.ts';
import { nextUtcMonth, startOfUtcMonth } from '#lib/domain/load-profile.ts';
import { readManySeries } from '#server/readings/service.ts';
import type { NewReading } from '#server/readings/types.ts';
import { groupMembers, readBalance, writeBalance, type Member } from './balance-store.ts';

type Hour = { readonly at: Instant; readonly units: bigint };

/** Adds the hours that the new readings completed. */
export async function addToBalances(
  client: pg.ClientBase,
  fresh: readonly NewReading[],
): Promise<void> {
  const hourly = fresh.filter((r) => r.at % HOUR_MS === 0 && isAccumulating(r.register));
  if (hourly.length === 0) return;
  const members = await groupMembers(client, [...new Set(hourly.map((r) => r.meterId))]);
  if (members.length === 0) return;
  const inGroup = new Set(members.map((m) => m.meterId));
  const byKey = groupBy(
    hourly.filter((r) => inGroup.has(r.meterId)),
    (r) => `${r.meterId}/${r.register}`,
  );
  const ranges = [...byKey.values()].map((rows) => {
    const at = rows.map((r) => r.at);
    const { meterId, register } = rows[0]!;
    const [from, to] = [Math.min(...at) - HOUR_MS, Math.max(...at) + HOUR_MS + 1];
    return { meterId, register, from, to };
  });
  const series = await readManySeries(client, ranges);
  const added = new Map<string, { member: Member; register: number; hours: Hour[] }>();
  for (const [key, rows] of byKey) {
    const values = new Map((series.get(key) ?? []).map((r) => [r.at, r.value]));
    const hours = completedHours(rows, values);
    const { meterId, register } = rows[0]!;
    for (const member of members.filter((m) => m.meterId === meterId)) {
      const own = hours.filter(({ at }) => at >= member.fromAt && at < member.toAt);
      const group = `${member.groupId}/${register}`;
      const sum = added.get(group) ?? { member, register, hours: [] };
      sum.hours.push(...own.map((h) => ({ at: h.at, units: h.units * member.multiplier })));
      added.set(group, sum);
    }
  }
  for (const { member, register, hours } of added.values()) {
    await addHours(client, { groupId: member.groupId, register, size: member.size }, hours);
  }
}

/** Hours whose two ends are stored and of which at least one end is new. */
function completedHours(
  fresh: readonly NewReading[],
  values: ReadonlyMap<Instant, bigint>,
): Hour[] {
  const starts = new Set(fresh.flatMap((r) => [r.at - HOUR_MS, r.at]));
  return [...starts].flatMap((at) => {
    const [from, to] = [values.get(at), values.get(at + HOUR_MS)];
    return from === undefined || to === undefined || to < from ? [] : [{ at, units: to - from }];
  });
}

async function addHours(
  client: pg.ClientBase,
  group: { groupId: number; register: number; size: number },
  hours: readonly Hour[],
): Promise<void> {
  for (const [month, own] of groupBy(hours, (hour) => startOfUtcMonth(hour.at))) {
    const slots = (nextUtcMonth(month) - month) / HOUR_MS;
    const row = await readBalance(client, { ...group, month, slots });
    for (const { at, units } of own) {
      const slot = (at - month) / HOUR_MS;
      row.sum[slot]! += units;
      row.present[slot]! += 1;
      row.expected[slot] = Math.max(row.expected[slot]!, group.size, row.present[slot]!);
    }
    await writeBalance(client, { ...group, month }, row);
  }
}

function groupBy<T, K>(list: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of list) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
