/**
 * The home screen in one answer: one number in money, its range, what it is compared with.
 *
 * It knows a home's days, tariffs and neighbours; it knows no words. The procedure get-home calls
 * it inside a transaction of one organisation. Eight short queries, no hourly data but of the last
 * days of water.
 */
import type pg from 'pg';
import { addDays, addMonths, civilMonth, daysInMonth, startOfDay } from '#lib/base/civil.ts';
import type { Instant } from '#lib/base/interval.ts';
import { extendOutdoor } from '#lib/analytics/forecast/month-end.ts';
import { averageLine, LEAST_FOR_AVERAGE } from '#lib/analytics/object-average.ts';
import type { Home, Money } from '#lib/contract/home.ts';
import { registerType } from '#lib/domain/register-types.table.ts';
import type { Resource } from '#lib/domain/resource.ts';
import type { Caller } from '#server/api/trpc.ts';
import { readPlaceUsage } from '#server/readings/service.ts';
import { findAlert } from './alerts.ts';
import { daysByHome, daysOfPoint, listDays, sumDays } from './days.ts';
import { findHome, withinOf } from './home-scope.ts';
import { lastReadings } from './last-readings.ts';
import { selectBill, selectOptedOut, selectOutdoorDays, selectUsage } from './home-store.ts';
import { costOf, readTariffs, type Tariffs } from './money.ts';
import {
  calendarAt,
  daysBetween,
  isSeasonal,
  resourceMonth,
  type Calendar,
  type ResourceMonth,
} from './month.ts';
import type { Days, HomeScope } from './types.ts';

type Asked = {
  readonly home: HomeScope;
  readonly calendar: Calendar;
  readonly tariffs: Tariffs;
  readonly days: ReadonlyMap<Resource, Days>;
};

export async function readHome(
  client: pg.ClientBase,
  ask: { caller: Caller; placeId?: number | undefined; now: Instant },
): Promise<Home> {
  const { now } = ask;
  const home = await findHome(client, ask.caller, ask.placeId);
  const calendar = calendarAt(now, home.zone);
  const tariffs = await readTariffs(client);
  const days = await readOwnDays(client, home, calendar);
  const outdoorC = await readOutdoor(client, home, calendar);
  const asked = { home, calendar, tariffs, days };
  const months = [...days].map(([resource, own]) =>
    resourceMonth(resource, own, {
      calendar,
      tariffs: tariffs.get(resource),
      outdoorC,
      seasonal: isSeasonal(resource, home.objectType),
    }),
  );
  const lastAt = await readLastAt(client, home, now);
  const dataAt = latest([...lastAt.values()]);
  const money = moneyOf(home.currency);
  return {
    placeId: home.placeId,
    house: home.house,
    flat: home.flat,
    homes: [...home.homes],
    within: withinOf(home),
    zone: home.zone,
    month: calendar.month,
    daysDone: calendar.dayOfMonth,
    daysTotal: calendar.daysTotal,
    dataAt,
    serverAt: now,
    spent: sumCosts(months, money),
    ...bandOf(months, money),
    lastYear: lastYearOf(asked),
    houseAverage: await houseAverageOf(client, asked),
    bill: await billOf(client, asked),
    alert: await findAlert(client, { home, tariffs, now, lastAt }),
    resources: months.map((month) => resourceRow(month, asked, lastAt)),
  };
}

const moneyOf =
  (currency: string) =>
  (minor: number): Money => ({ minor: Math.round(minor), currency });

async function readOwnDays(
  client: pg.ClientBase,
  home: HomeScope,
  calendar: Calendar,
): Promise<Map<Resource, Days>> {
  const meterIds = home.points.flatMap((p) => p.meters.map((m) => m.meterId));
  const first = civilMonth(calendar.historyFirst);
  const rows = await selectUsage(client, { meterIds, first, last: calendar.month });
  const byResource = new Map<Resource, Days[]>();
  for (const point of home.points) {
    if (point.meters.length === 0) continue;
    const list = byResource.get(point.resource) ?? [];
    byResource.set(point.resource, list);
    list.push(daysOfPoint(home, point, rows));
  }
  return new Map([...byResource].map(([resource, list]) => [resource, sumDays(list)]));
}

/** Daily temperatures of the history and, forecast from the season, to the end of the month. */
export async function readOutdoor(
  client: pg.ClientBase,
  home: HomeScope,
  calendar: Calendar,
): Promise<(number | null)[] | undefined> {
  if (!home.points.some((p) => isSeasonal(p.resource, home.objectType))) return undefined;
  const { historyFirst, today, monthEnd } = calendar;
  const known = await selectOutdoorDays(client, {
    zone: home.zone,
    from: startOfDay(historyFirst, home.zone),
    to: startOfDay(addDays(today, 1), home.zone),
  });
  if (known.size === 0) return undefined;
  const list = Array.from({ length: daysBetween(historyFirst, today) }, (_, i) => {
    const cdeg = known.get(addDays(historyFirst, i));
    return cdeg === undefined ? null : cdeg / 100;
  });
  return extendOutdoor(list, daysBetween(today, monthEnd));
}

/** Last instant each point delivered, by point. */
async function readLastAt(
  client: pg.ClientBase,
  home: HomeScope,
  now: Instant,
): Promise<Map<number, Instant | null>> {
  const keys = home.points.flatMap((point) => {
    const meter = point.meters.at(-1);
    return meter
      ? [{ pointId: point.pointId, meterId: meter.meterId, register: point.register }]
      : [];
  });
  const last = await lastReadings(client, keys, now);
  return new Map(keys.map((key, i) => [key.pointId, last[i]?.at ?? null]));
}

const latest = (list: readonly (Instant | null)[]): Instant | null =>
  list.reduce((best, at) => (at !== null && (best === null || at > best) ? at : best), null);

function sumCosts(months: readonly ResourceMonth[], money: (minor: number) => Money): Money | null {
  const costs = months.flatMap((month) => month.cost ?? []);
  return costs.length > 0 ? money(costs.reduce((a, b) => a + b, 0)) : null;
}

/** Errors of the resources are taken as independent, so their squares add up. */
function bandOf(
  months: readonly ResourceMonth[],
  money: (minor: number) => Money,
): Pick<Home, 'forecast' | 'usual'> {
  const bands = months.flatMap((month) => (month.costBand ? [month.costBand] : []));
  const usual = months.flatMap((month) => (month.usualCost ? [month.usualCost] : []));
  const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
  const root = (list: readonly number[]): number => Math.sqrt(sum(list.map((x) => x * x)));
  const mid = sum(bands.map(([m]) => m));
  const middle = sum(usual.map(([low, high]) => (low + high) / 2));
  const half = root(usual.map(([low, high]) => (high - low) / 2));
  return {
    forecast:
      bands.length === 0
        ? null
        : {
            mid: money(mid),
            low: money(mid - root(bands.map(([m, low]) => m - low))),
            high: money(mid + root(bands.map(([m, , high]) => high - m))),
          },
    // Marks without every resource would be marks of another bill.
    usual:
      usual.length === 0 || usual.length < bands.length
        ? null
        : { low: money(middle - half), high: money(middle + half) },
  };
}

/** Finished days of this month against the same days a year ago, both at today's prices. */
function lastYearOf(asked: Asked): Home['lastYear'] {
  const { calendar } = asked;
  const finished = calendar.dayOfMonth - 1;
  const before = `${addMonths(calendar.month, -12)}-01`;
  return differenceOf(asked, (own) => listDays(own, before, finished));
}

/** Cost of the month's finished days minus the cost of `other`, over resources known in both. */
function differenceOf(
  { home, calendar, tariffs, days }: Asked,
  other: (own: Days, resource: Resource) => readonly (number | null)[],
): { difference: Money } | null {
  const finished = calendar.dayOfMonth - 1;
  if (finished < 1) return null;
  const first = calendar.monthFirst;
  let difference = 0;
  let compared = 0;
  for (const [resource, own] of days) {
    const now = listDays(own, first, finished);
    const then = other(own, resource);
    if (now.some((x) => x === null) || then.some((x) => x === null)) continue;
    const price = tariffs.get(resource);
    const [a, b] = [costOf(price, { first, used: now }), costOf(price, { first, used: then })];
    if (a === null || b === null) continue;
    difference += a - b;
    compared++;
  }
  return compared > 0 ? { difference: moneyOf(home.currency)(difference) } : null;
}

/** The mean home of the object over the same finished days; only with five homes and more. */
async function houseAverageOf(client: pg.ClientBase, asked: Asked): Promise<Home['houseAverage']> {
  const { home, calendar } = asked;
  if (!home.facts.compare || home.objectId === home.placeId) return null;
  const month = calendar.month;
  const rows = await readPlaceUsage(client, { placeId: home.objectId, first: month, last: month });
  const optedOut = await selectOptedOut(client);
  const homes = [...daysByHome(rows)].filter(([placeId]) => !optedOut.has(placeId));
  const finished = calendar.dayOfMonth - 1;
  const register = (resource: Resource): number =>
    home.points.find((p) => p.resource === resource)!.register;
  const average = (resource: Resource): (number | null)[] =>
    averageLine(
      homes.flatMap(([, registers]) => {
        const days = registers.get(register(resource));
        return days ? [listDays(days, calendar.monthFirst, finished)] : [];
      }),
    );
  const answer = differenceOf(asked, (_, resource) => average(resource));
  return answer && homes.length >= LEAST_FOR_AVERAGE ? { ...answer, homes: homes.length } : null;
}

/** The issued bill of last month beside the same month rated again from what is stored. */
async function billOf(client: pg.ClientBase, asked: Asked): Promise<Home['bill']> {
  const { home, calendar } = asked;
  if (home.householdId === null) return null;
  const month = addMonths(calendar.month, -1);
  const issued = await selectBill(client, { householdId: home.householdId, month });
  if (!issued) return null;
  const minor = rateWholeMonth(asked, month);
  const money = moneyOf(issued.currency);
  return {
    month,
    total: money(issued.totalMinor),
    recomputed: money(minor),
    agrees: minor === issued.totalMinor,
  };
}

function rateWholeMonth({ days, tariffs }: Asked, month: string): number {
  let minor = 0;
  for (const [resource, own] of days) {
    const used = listDays(own, `${month}-01`, daysInMonth(month));
    minor += costOf(tariffs.get(resource), { first: `${month}-01`, used }) ?? 0;
  }
  return minor;
}

const SPARK_DAYS = 14;

function resourceRow(
  month: ResourceMonth,
  { home, calendar, days }: Asked,
  lastAt: ReadonlyMap<number, Instant | null>,
): Home['resources'][number] {
  const points = home.points.filter((p) => p.resource === month.resource);
  const type = registerType(points[0]!.register)!;
  const from = addDays(calendar.today, -SPARK_DAYS);
  return {
    resource: month.resource,
    pointIds: points.map((p) => p.pointId),
    used: { units: Math.round(month.used ?? 0), scale: type.scale, unit: type.unit },
    cost: month.cost === null ? null : { minor: month.cost, currency: home.currency },
    spark: listDays(days.get(month.resource)!, from, SPARK_DAYS).map((x) =>
      x === null ? null : Math.round(x),
    ),
    estimated: month.estimated,
    dataAt: latest(points.map((p) => lastAt.get(p.pointId) ?? null)),
  };
}
