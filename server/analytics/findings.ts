/**
 * The hourly check of every installed meter: what runs, stands, counts less, fell silent or is in
 * doubt, and how the last day arrived.
 *
 * It knows how much is read at a time and which meters are neighbours; findings-judge.ts weighs.
 * server/jobs/findings.ts runs it; the desk reads its tables. It may be cut short anywhere and run
 * in two processes at once: every meter's findings are replaced whole.
 */
import type pg from 'pg';
import { addDays, addMonths, civilDate, civilMonth, daysInMonth } from '#lib/base/civil.ts';
import { DAY_MS, HOUR_MS, startOfHour, type Instant } from '#lib/base/interval.ts';
import { median } from '#lib/analytics/statistics.ts';
import { TOTAL_REGISTER } from '#lib/domain/register-types.table.ts';
import type { Database } from '#server/db/client.ts';
import { readLast, readManySeries, readMeterUsage } from '#server/readings/service.ts';
import type { StoredReading } from '#server/readings/types.ts';
import { organisationZone } from '#server/registry/organisation.ts';
import { deliveryOf, judgeMeter, type Known, type Window } from './findings-judge.ts';
import {
  countConflicts,
  forgetRemoved,
  replaceFindings,
  selectInstalled,
  selectReports,
  upsertDelivery,
  type CheckedMeter,
} from './findings-store.ts';

/** Meters of one transaction: ten days of hours of them are about seventy thousand rows. */
const BATCH_SIZE = 300;
const LOOK_BACK_MS = 10 * DAY_MS;
/** Half a year of days; a lower level needs a past to be lower than. */
const LOOK_BACK_DAYS = 182;
/** Contradictions and remarks older than this were seen. */
const RECENT_MS = 3 * DAY_MS;
const LEAST_NEIGHBOURS = 8;

export type CheckResult = { readonly meters: number; readonly findings: number };

/** Checks all meters of an organisation, a batch a transaction. */
export async function checkMeters(db: Database, orgId: number, now: Instant): Promise<CheckResult> {
  let after = 0;
  let meters = 0;
  let findings = 0;
  for (;;) {
    const done = await db.withOrgSql(orgId, (client) => checkBatch(client, { orgId, now, after }));
    meters += done.meters;
    findings += done.findings;
    if (done.meters < BATCH_SIZE) break;
    after = done.last;
  }
  await db.withOrgSql(orgId, forgetRemoved);
  return { meters, findings };
}

type Ask = { readonly orgId: number; readonly now: Instant; readonly after: number };

async function checkBatch(
  client: pg.ClientBase,
  { orgId, now, after }: Ask,
): Promise<CheckResult & { last: number }> {
  const meters = await selectInstalled(client, after, BATCH_SIZE);
  const window = windowOf(now, await organisationZone(client));
  const known = await readKnown(client, meters, window);
  const findings = known.flatMap((one) => judgeMeter(one, window));
  const meterIds = meters.map((m) => m.meterId);
  await replaceFindings(client, { orgId, now, meterIds }, findings);
  const delivered = known.map((one) => deliveryOf(one, now));
  await upsertDelivery(client, { orgId, now }, delivered);
  return { meters: meters.length, findings: findings.length, last: meterIds.at(-1) ?? 0 };
}

function windowOf(now: Instant, zone: string): Window {
  const from = startOfHour(now) - LOOK_BACK_MS;
  // Today is not over: its use says nothing yet.
  const firstDay = addDays(civilDate(now, zone), -LOOK_BACK_DAYS);
  return { now, from, hours: LOOK_BACK_MS / HOUR_MS, firstDay, zone };
}

async function readKnown(
  client: pg.ClientBase,
  meters: readonly CheckedMeter[],
  window: Window,
): Promise<Known[]> {
  const ids = meters.map((m) => m.meterId);
  const series = await readSeries(client, meters, window);
  const daily = await readDaily(client, meters, window);
  const usual = usualOf(meters, daily);
  const recent = window.now - RECENT_MS;
  const conflicts = new Map((await countConflicts(client, ids, recent)).map((c) => [c.meterId, c]));
  const reports = await selectReports(client, ids, recent);
  return meters.map((meter, i) => ({
    meter,
    series: series[i]!,
    daily: daily[i]!,
    usual: usual.get(kindOf(meter)) ?? [],
    conflicts: conflicts.get(meter.meterId),
    reports: reports.filter((r) => r.meterId === meter.meterId),
  }));
}

const keyOf = (m: CheckedMeter) => ({
  meterId: m.meterId,
  register: TOTAL_REGISTER[m.resource],
});

/** The last days; of a meter that said nothing in them, the days before its last word. */
async function readSeries(
  client: pg.ClientBase,
  meters: readonly CheckedMeter[],
  { now, from }: Window,
): Promise<(readonly StoredReading[])[]> {
  const ask = (m: CheckedMeter, start: Instant, end: Instant) => ({
    ...keyOf(m),
    from: Math.max(start, m.fromAt),
    to: Math.max(end, m.fromAt),
  });
  const nameOf = (m: CheckedMeter) => `${m.meterId}/${TOTAL_REGISTER[m.resource]}`;
  const recent = await readManySeries(
    client,
    meters.map((m) => ask(m, from, now)),
  );
  const empty = meters.filter((m) => m.protocol !== 'none' && !recent.get(nameOf(m))?.length);
  const last = await readLast(client, empty.map(keyOf), now);
  const spoke = empty.flatMap((m, i) => {
    const at = last[i]?.at;
    return at === undefined ? [] : [ask(m, at - LOOK_BACK_MS, at + 1)];
  });
  const before = await readManySeries(client, spoke);
  return meters.map((m) => before.get(nameOf(m)) ?? recent.get(nameOf(m)) ?? []);
}

/** Daily use from `firstDay` to yesterday; null where a day is not known. */
async function readDaily(
  client: pg.ClientBase,
  meters: readonly CheckedMeter[],
  { firstDay }: Window,
): Promise<(number | null)[][]> {
  const [first, last] = [civilMonth(firstDay), civilMonth(addDays(firstDay, LOOK_BACK_DAYS - 1))];
  const rows = await readMeterUsage(client, { keys: meters.map(keyOf), first, last });
  const byMonth = new Map(rows.map((r) => [`${r.meterId} ${r.month}`, r.daily]));
  const skipped = Number(firstDay.slice(8)) - 1;
  return meters.map(({ meterId }) => {
    const days: (number | null)[] = [];
    for (let month = first; month <= last; month = addMonths(month, 1)) {
      const known = byMonth.get(`${meterId} ${month}`) ?? [];
      for (let d = 0; d < daysInMonth(month); d++) days.push(known[d] ?? null);
    }
    return days.slice(skipped, skipped + LOOK_BACK_DAYS);
  });
}

/** Flats are compared with flats, cottages with cottages, each resource by itself. */
const kindOf = (m: CheckedMeter): string => `${m.resource}/${m.objectType}/${m.role}`;

/** Median of the neighbours' days; meters that follow in the registry are neighbours. */
function usualOf(
  meters: readonly CheckedMeter[],
  daily: readonly (readonly (number | null)[])[],
): Map<string, (number | null)[]> {
  const groups = new Map<string, (readonly (number | null)[])[]>();
  meters.forEach((m, i) => {
    const key = kindOf(m);
    groups.set(key, [...(groups.get(key) ?? []), daily[i]!]);
  });
  const usual = new Map<string, (number | null)[]>();
  for (const [key, list] of groups) {
    const dayOf = (_: unknown, day: number) => {
      const known = list.map((days) => days[day] ?? null).filter((x) => x !== null);
      return known.length < LEAST_NEIGHBOURS ? null : median(known);
    };
    usual.set(key, Array.from({ length: LOOK_BACK_DAYS }, dayOf));
  }
  return usual;
}
