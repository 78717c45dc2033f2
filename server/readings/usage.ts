/**
 * Consumption of metering points and meters over any division of time.
 *
 * It knows that a point outlives its meters: each installation counts for itself, from its start
 * register to its end register, so that an exchange makes no step. It knows no screen. Services and
 * the rollup call it inside a transaction of one organisation.
 */
import type pg from 'pg';
import type { Instant } from '#lib/base/interval.ts';
import { dialModulus } from '#lib/domain/dial.ts';
import { unpackStatus } from '#lib/domain/reading.ts';
import { stayCourses, sumUsage, type PointValue } from '#lib/domain/point-usage.ts';
import type { Course } from '#lib/domain/register-course.ts';
import { usageBetween, type Usage } from '#lib/domain/usage.ts';
import { installationsOf, type Installation } from '#server/registry/installations.ts';
import { readFirstFrom, readLastBefore, readRanges, registerKey } from './series-store.ts';
import type { Range } from './series-store.ts';
import type { StoredReading } from './types.ts';

export type PointRegister = { readonly pointId: number; readonly register: number };

/** Usage of the buckets `[bounds[i], bounds[i + 1])` of each metering point, in order. */
export async function readPointUsage(
  client: pg.ClientBase,
  points: readonly PointRegister[],
  bounds: readonly Instant[],
): Promise<Usage[][]> {
  const [from, to] = [bounds[0] ?? 0, bounds.at(-1) ?? 0];
  const pointIds = points.map((p) => p.pointId);
  const all = (await installationsOf(client, { pointIds })).filter(
    (i) => i.fromAt < to && (i.toAt ?? Infinity) > from,
  );
  const stays = points.flatMap((point) =>
    all.filter((i) => i.pointId === point.pointId).flatMap((i) => stayOf(i, point.register)),
  );
  const courses = await readCourses(
    client,
    stays.map((stay) => ({ stay, from, to })),
  );
  return points.map((point) => {
    const own = stays.flatMap((stay, i) =>
      stay.pointId === point.pointId && stay.register === point.register ? [i] : [],
    );
    const parts = own.map((i) => usageBetween(courses[i]!, bounds, stays[i]!.multiplier));
    return sumUsage(parts, bounds);
  });
}

/** One register of one meter while it hangs (or for as long as the meter is known). */
export type Stay = {
  readonly pointId: number;
  readonly meterId: number;
  readonly register: number;
  readonly fromAt: Instant;
  readonly toAt: Instant | null;
  readonly modulus: number | null;
  readonly multiplier: number;
  /** Values written down at the ends, as points of the register's course. */
  readonly written: readonly PointValue[];
};

/** The stay of a register in an installation; empty when the meter has no such register. */
export function stayOf(installation: Installation, register: number): Stay[] {
  const found = installation.registers.find((r) => r.register === register);
  if (!found) return [];
  const { fromAt, toAt } = installation;
  const written = [
    ...(found.start === null ? [] : [{ at: fromAt, value: Number(found.start) }]),
    ...(found.end === null || toAt === null ? [] : [{ at: toAt, value: Number(found.end) }]),
  ];
  const { pointId, meterId } = installation;
  const modulus = dialModulus(register, found.digits);
  return [
    { pointId, meterId, register, fromAt, toAt, modulus, multiplier: found.multiplier, written },
  ];
}

/**
 * The courses of each stay around `[from, to]`: all readings inside and the nearest ones outside,
 * because consumption at an edge lies between them. Suspect readings do not count.
 */
export async function readCourses(
  client: pg.ClientBase,
  asked: readonly { readonly stay: Stay; readonly from: Instant; readonly to: Instant }[],
): Promise<Course[][]> {
  const ranges = asked.map(({ stay, from, to }): Range => {
    const { meterId, register } = stay;
    const first = Math.max(from, stay.fromAt);
    const last = Math.min(to, stay.toAt ?? to);
    return { meterId, register, from: first, to: Math.max(first, last) + 1 };
  });
  const inside = await readEach(client, ranges);
  const before = await readLastBefore(
    client,
    ranges.map((r) => ({ ...r, at: r.from })),
  );
  const after = await readFirstFrom(
    client,
    ranges.map((r) => ({ ...r, at: r.to })),
  );
  return asked.map(({ stay }, i) => {
    const found = [before[i]!, ...inside[i]!, after[i]!].filter((r) => r !== null);
    const readings = found.filter(isTrusted).map(valueAt);
    return stayCourses({ ...stay, readings });
  });
}

/** A meter may hang twice at one point, therefore ranges of one register go one round each. */
async function readEach(
  client: pg.ClientBase,
  ranges: readonly Range[],
): Promise<StoredReading[][]> {
  const answers: StoredReading[][] = ranges.map(() => []);
  let open = ranges.map((_, i) => i);
  while (open.length > 0) {
    const seen = new Set<string>();
    const now = open.filter(
      (i) => !seen.has(registerKey(ranges[i]!)) && seen.add(registerKey(ranges[i]!)),
    );
    const found = await readRanges(
      client,
      now.map((i) => ranges[i]!),
    );
    for (const i of now) answers[i] = found.get(registerKey(ranges[i]!)) ?? [];
    open = open.filter((i) => !now.includes(i));
  }
  return answers;
}

const valueAt = ({ at, value }: StoredReading): PointValue => ({ at, value: Number(value) });

const isTrusted = (reading: StoredReading): boolean =>
  unpackStatus(reading.status).quality !== 'suspect';
