/**
 * A load profile packed for storage: the hourly values of one meter's register over a UTC day or
 * month as a base, increments and a bit per delivered hour.
 *
 * Knows the layout of tables reading_day and reading_month (the view `reading` unfolds the same);
 * knows no SQL. server/readings packs and unpacks with it, the seed and the tests too.
 *
 * Slot i is the UTC hour i after the start. The value there is `base + d[0] + … + d[i]`; hours that
 * were not delivered have increment 0 and no bit, so a gap costs nothing and stays a gap.
 */
import { assert } from '#lib/base/assert.ts';
import { DAY_MS, HOUR_MS, startOfUtcDay, type Instant } from '#lib/base/interval.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';

/** One stored value; `status` is the byte of `packStatus` in reading.ts. */
export type ProfilePoint = {
  readonly at: Instant;
  readonly value: bigint;
  readonly status: number;
};

/** `present` is a text of 0 and 1, one a slot, as PostgreSQL writes bit strings. */
export type PackedProfile = {
  readonly start: Instant;
  readonly base: bigint;
  readonly present: string;
  readonly increments: readonly number[];
  /** 2 when every increment fits int2, else 4. */
  readonly width: 2 | 4;
  /** One status byte a slot; null when every delivered hour has status 0. */
  readonly status: Uint8Array | null;
};

const INT2_MAX = 0x7fff;
const INT4_MAX = 0x7fffffffn;

/** First instant of the UTC month of `at`. */
export function startOfUtcMonth(at: Instant): Instant {
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}

/** First instant of the UTC month after that of `at`. */
export function nextUtcMonth(at: Instant): Instant {
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}

/**
 * Packs the points of the UTC month that starts at `start`. Points may come in any order.
 *
 * Errors, each meaning "keep these as rows": `empty`, `off_hour` (not on a full hour), `outside`
 * (not in the period), `twice` (one hour, two points), `overflow` (a step beyond int4).
 */
export const packMonth = (start: Instant, points: readonly ProfilePoint[]): Result<PackedProfile> =>
  pack({ start, end: nextUtcMonth(start) }, points);

/** The same for the UTC day that starts at `start`. */
export const packDay = (start: Instant, points: readonly ProfilePoint[]): Result<PackedProfile> =>
  pack({ start, end: startOfUtcDay(start) + DAY_MS }, points);

/**
 * Packs a UTC month from one number an hour, first slot first, NaN where nothing was delivered: for
 * simulated series, where a million points of their own would take seconds. All get one `status`.
 */
export function packHours(
  start: Instant,
  values: ArrayLike<number>,
  status: number,
): Result<PackedProfile> {
  const slots = (nextUtcMonth(start) - start) / HOUR_MS;
  assert(values.length <= slots, 'packHours gets at most one value an hour');
  const increments = new Array<number>(slots).fill(0);
  const present = new Array<string>(slots).fill('0');
  const bytes = new Uint8Array(slots);
  let base = NaN;
  let before = NaN;
  let wide = false;
  for (let slot = 0; slot < values.length; slot++) {
    const value = values[slot]!;
    if (Number.isNaN(value)) continue;
    assert(Number.isSafeInteger(value), 'a reading is a whole number of register units');
    if (Number.isNaN(before)) base = before = value;
    const step = value - before;
    if (Math.abs(step) > Number(INT4_MAX)) return fault('overflow', 'A step exceeds 32 bits.');
    wide ||= Math.abs(step) > INT2_MAX;
    increments[slot] = step;
    present[slot] = '1';
    bytes[slot] = status;
    before = value;
  }
  if (Number.isNaN(base)) return fault('empty', 'A profile needs at least one reading.');
  const shape = { start, base: BigInt(base), present: present.join(''), increments };
  return ok({ ...shape, width: wide ? 4 : 2, status: status === 0 ? null : bytes });
}

/** The points of a packed day or month, by time. */
export function unpackProfile(packed: PackedProfile): ProfilePoint[] {
  assert(packed.increments.length <= packed.present.length, 'a packed profile has a bit a slot');
  const points: ProfilePoint[] = [];
  let value = packed.base;
  packed.increments.forEach((step, slot) => {
    value += BigInt(step);
    if (packed.present.charCodeAt(slot) !== 0x31) return;
    const status = packed.status?.[slot] ?? 0;
    points.push({ at: packed.start + slot * HOUR_MS, value, status });
  });
  return points;
}

function pack(
  { start, end }: { start: Instant; end: Instant },
  points: readonly ProfilePoint[],
): Result<PackedProfile> {
  const slots = (end - start) / HOUR_MS;
  assert(Number.isInteger(slots) && start % DAY_MS === 0, 'a profile starts at a UTC midnight');
  const bySlot = sortIntoSlots(start, slots, points);
  if (!bySlot.ok) return bySlot;
  const first = bySlot.value.find((point) => point !== undefined);
  if (!first) return fault('empty', 'A profile needs at least one reading.');
  const increments = stepsOf(first.value, bySlot.value);
  if (!increments) return fault('overflow', 'A step between two readings exceeds 32 bits.');
  const wide = increments.some((step) => step > INT2_MAX || step < -INT2_MAX - 1);
  return ok({
    start,
    base: first.value,
    present: bySlot.value.map((point) => (point ? '1' : '0')).join(''),
    increments,
    width: wide ? 4 : 2,
    status: statusBytes(bySlot.value),
  });
}

type Slots = readonly (ProfilePoint | undefined)[];

function sortIntoSlots(
  start: Instant,
  slots: number,
  points: readonly ProfilePoint[],
): Result<Slots> {
  const bySlot = new Array<ProfilePoint | undefined>(slots).fill(undefined);
  for (const point of points) {
    const slot = (point.at - start) / HOUR_MS;
    if (!Number.isInteger(slot)) return fault('off_hour', 'A reading is not on a full hour.');
    if (slot < 0 || slot >= slots) return fault('outside', 'A reading is outside the period.');
    if (bySlot[slot]) return fault('twice', 'Two readings stand for one hour.');
    bySlot[slot] = point;
  }
  return ok(bySlot);
}

/** Increment of every slot; null when one does not fit int4. */
function stepsOf(base: bigint, slots: Slots): number[] | null {
  const steps: number[] = [];
  let before = base;
  for (const point of slots) {
    const step = point ? point.value - before : 0n;
    if (step > INT4_MAX || step < -INT4_MAX - 1n) return null;
    steps.push(Number(step));
    if (point) before = point.value;
  }
  return steps;
}

function statusBytes(slots: Slots): Uint8Array | null {
  if (!slots.some((point) => point && point.status !== 0)) return null;
  return Uint8Array.from(slots, (point) => point?.status ?? 0);
}
