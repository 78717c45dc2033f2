/** The meters of a home as its people see them: what they show, what is usual, colour. */
import type pg from 'pg';
import { addDays, addMonths, civilDate, civilMonth } from '#lib/base/civil.ts';
import type { Instant } from '#lib/base/interval.ts';
import { usualPerDay } from '#lib/analytics/usual-range.ts';
import type { HomeMeter } from '#lib/contract/home-life.ts';
import { unpackStatus } from '#lib/domain/reading.ts';
import { registerType } from '#lib/domain/register-types.table.ts';
import type { Caller } from '#server/api/trpc.ts';
import { daysOfPoint, listDays } from './days.ts';
import { findHome } from './home-scope.ts';
import { selectMonthStarts, selectUsage, type UsageRow } from './home-store.ts';
import { lastReadings, type LastReading } from './last-readings.ts';
import type { HomePoint, HomeScope } from './types.ts';

/** Three months tell what is usual now; older ones tell of another season. */
const USUAL_MONTHS = 3;
/** Values a month apart, as a person knows them from bills. */
const HISTORY = 13;

/** Points without a meter are left out: there is nothing to read. */
export async function listMeters(
  client: pg.ClientBase,
  ask: { caller: Caller; placeId?: number | undefined; now: Instant },
): Promise<HomeMeter[]> {
  const home = await findHome(client, ask.caller, ask.placeId);
  const points = home.points.filter((point) => isHanging(point, ask.now));
  const keys = points.map((p) => ({ meterId: p.meters.at(-1)!.meterId, register: p.register }));
  const last = await lastReadings(client, keys, ask.now);
  const today = civilDate(ask.now, home.zone);
  const rows = await selectUsage(client, {
    meterIds: keys.map((key) => key.meterId),
    first: addMonths(civilMonth(today), -USUAL_MONTHS),
    last: civilMonth(today),
  });
  const past = await selectMonthStarts(client, keys);
  return points.map((point, i) =>
    meterOf(point, {
      home,
      rows,
      today,
      last: last[i] ?? null,
      past: past.get(keys[i]!.meterId) ?? [],
    }),
  );
}

const isHanging = (point: HomePoint, now: Instant): boolean => {
  const meter = point.meters.at(-1);
  return meter !== undefined && (meter.toAt === null || meter.toAt > now);
};

function meterOf(
  point: HomePoint,
  of: {
    home: HomeScope;
    rows: readonly UsageRow[];
    today: string;
    last: LastReading | null;
    past: readonly (readonly [Instant, number])[];
  },
): HomeMeter {
  const { home, rows, today, last, past } = of;
  const meter = point.meters.at(-1)!;
  const type = registerType(point.register)!;
  const shown = last && last.at >= home.sinceAt ? last : null;
  const days = daysOfPoint(home, point, rows);
  const usual = usualPerDay(listDays(days, addDays(today, -30 * USUAL_MONTHS), 30 * USUAL_MONTHS));
  const since = Math.max(home.sinceAt, meter.fromAt);
  const older = past.filter(([at]) => at >= since).slice(0, HISTORY - 1);
  return {
    pointId: point.pointId,
    meterId: meter.meterId,
    name: point.name,
    resource: point.resource,
    colour: point.colour,
    serial: meter.serial,
    model: meter.model,
    hint: point.hint,
    protocol: meter.protocol,
    register: point.register,
    unit: type.unit,
    scale: type.scale,
    digits: meter.digits,
    decimals: meter.decimals,
    last: shown && { at: shown.at, value: Number(shown.value), ...qualityOf(shown.status) },
    history: [...(shown ? [[shown.at, Number(shown.value)] as const] : []), ...older].map(
      ([at, value]) => [at, value],
    ),
    usualPerDay: usual && [usual[0], usual[1]],
    verificationDueOn: meter.verificationDueOn,
    installedAt: meter.fromAt,
  };
}

function qualityOf(status: number): Pick<NonNullable<HomeMeter['last']>, 'quality' | 'source'> {
  const { quality, source } = unpackStatus(status);
  return { quality, source };
}
