/**
 * The calendar of one point: each day's last reading and use, and where one reading came from
 * (B-79, X16).
 *
 * It knows civil days and which meter hung when; how a value is proved is server/ingest's.
 */
import type pg from 'pg';
import { addMonths, civilDate, civilMonth, daysInMonth, monthInterval } from '#lib/base/civil.ts';
import type { Instant } from '#lib/base/interval.ts';
import type { Calendar, ReadingProof } from '#lib/contract/home-charts.ts';
import { unpackStatus } from '#lib/domain/reading.ts';
import { registerType } from '#lib/domain/register-types.table.ts';
import type { Caller } from '#server/api/trpc.ts';
import { AppError } from '#server/errors.ts';
import { explainReading } from '#server/ingest/origin.ts';
import { readManySeries } from '#server/readings/service.ts';
import { daysOfPoint } from './days.ts';
import { findPoint } from './home-scope.ts';
import { selectOwnPhotos, selectStored, selectUsage } from './home-store.ts';
import type { HomeMeterRow, HomePoint, HomeScope } from './types.ts';

type LastOfDay = { at: Instant; value: number; status: number; serial: string };

export async function readCalendar(
  client: pg.ClientBase,
  who: { caller: Caller; now: Instant },
  ask: { pointId: number; month?: string | undefined },
): Promise<Calendar> {
  const { home, point } = await findPoint(client, who.caller, ask.pointId);
  const present = civilMonth(civilDate(who.now, home.zone));
  const month = ask.month && ask.month < present ? ask.month : present;
  const type = registerType(point.register)!;
  const last = await lastOfDays(client, { home, point, month });
  const meterIds = point.meters.map((meter) => meter.meterId);
  const rows = await selectUsage(client, { meterIds, first: month, last: month });
  const days = daysOfPoint(home, point, rows);
  const first = civilMonth(civilDate(Math.max(home.sinceAt, firstAt(point)), home.zone));
  const [previous, next] = [addMonths(month, -1), addMonths(month, 1)];
  const meter = point.meters.at(-1);
  return {
    pointId: point.pointId,
    month,
    previous: previous >= first ? previous : null,
    next: next <= present ? next : null,
    unit: type.unit,
    scale: type.scale,
    digits: meter?.digits ?? 5,
    decimals: meter?.decimals ?? 3,
    days: Array.from({ length: daysInMonth(month) }, (_, i) => {
      const date = `${month}-${String(i + 1).padStart(2, '0')}`;
      return dayOf(date, last.get(date), days.get(date));
    }),
  };
}

const firstAt = (point: HomePoint): Instant => point.meters[0]?.fromAt ?? 0;

function dayOf(
  date: string,
  last: LastOfDay | undefined,
  day: { used: number | null; coverage: number } | undefined,
): Calendar['days'][number] {
  const used = day?.used === null || day?.used === undefined ? null : Math.round(day.used);
  const status = last ? unpackStatus(last.status) : null;
  // A day without a reading of its own may still be known from the readings around it.
  const quality = status?.quality ?? (used === null ? 'missing' : 'estimated');
  return {
    date,
    readingAt: last?.at ?? null,
    value: last?.value ?? null,
    used,
    quality,
    source: status?.source ?? null,
    serial: last?.serial ?? null,
  };
}

/** The last reading of every civil day, whichever meter hung then. */
async function lastOfDays(
  client: pg.ClientBase,
  { home, point, month }: { home: HomeScope; point: HomePoint; month: string },
): Promise<Map<string, LastOfDay>> {
  const whole = monthInterval(month, home.zone);
  const ranges = point.meters.flatMap((meter) => {
    const from = Math.max(whole.from, meter.fromAt, home.sinceAt);
    const to = Math.min(whole.to, (meter.toAt ?? Infinity) + 1);
    return from < to ? [{ meter, meterId: meter.meterId, register: point.register, from, to }] : [];
  });
  const series = await readManySeries(client, ranges);
  const last = new Map<string, LastOfDay>();
  for (const { meter, meterId, register } of ranges) {
    for (const { at, value, status } of series.get(`${meterId}/${register}`) ?? []) {
      const date = civilDate(at, home.zone);
      const before = last.get(date);
      if (!before || at > before.at) {
        last.set(date, { at, value: Number(value), status, serial: meter.serial });
      }
    }
  }
  return last;
}

/** Where one number came from. Throws `not-found` when the point has no reading at that instant. */
export async function readProof(
  client: pg.ClientBase,
  who: { caller: Caller; masterKey: string },
  ask: { pointId: number; at: Instant },
): Promise<ReadingProof> {
  const { home, point } = await findPoint(client, who.caller, ask.pointId);
  if (ask.at < home.sinceAt) throw new AppError('not-found', 'There is no such reading.');
  const { meter, stored } = await findStored(client, point, ask.at);
  const key = { meterId: meter.meterId, register: point.register, at: ask.at };
  const origin = await explainReading(client, who.masterKey, key);
  const source = origin.sources[0];
  const type = registerType(point.register)!;
  const { quality, flagged, source: way } = origin.reading;
  return {
    pointId: point.pointId,
    meterId: meter.meterId,
    serial: meter.serial,
    at: ask.at,
    value: origin.reading.value,
    scale: type.scale,
    unit: type.unit,
    quality,
    source: way,
    flagged,
    tier: stored.tier,
    receivedAt: source?.receivedAt ?? null,
    seal: stored.seal,
    rawHex: source?.rawHex ?? null,
    verdicts: source?.verdicts.map((verdict) => verdict.rule) ?? [],
    by: byWhom(way),
    photos: await selectOwnPhotos(client, who.caller.userId, source?.eventId ?? null),
  };
}

async function findStored(client: pg.ClientBase, point: HomePoint, at: Instant) {
  const meters = point.meters.filter((m) => m.fromAt <= at && at <= (m.toAt ?? Infinity));
  for (const meter of meters.reverse() as HomeMeterRow[]) {
    const key = { meterId: meter.meterId, register: point.register, at };
    const stored = await selectStored(client, key);
    if (stored) return { meter, stored };
  }
  throw new AppError('not-found', 'There is no such reading.');
}

function byWhom(source: ReadingProof['source']): ReadingProof['by'] {
  if (source === 'resident' || source === 'self-install') return 'resident';
  return source === 'concentrator' || source === 'import' ? 'system' : 'reader';
}
