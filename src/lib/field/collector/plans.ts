/**
 * What is asked of a collector of the house (B-70, E-57): its list of meters, and of each meter the
 * last stored reading, days, months, hours and journal. Knows plans of the DLMS client and the
 * table of the driver; no port, no round and no clock.
 */
import { rescale } from '#lib/base/decimal.ts';
import type { Instant } from '#lib/base/interval.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import type { CollectorGap } from '#lib/contract/collector-read.ts';
import { registerTypeOfObis } from '#lib/domain/register-types.table.ts';
import type { ClientContext } from '#lib/meters/dlms/client/context.ts';
import type { Dialog } from '#lib/meters/dlms/client/dialog.ts';
import { readProfile, type Profile } from '#lib/meters/dlms/client/plans.ts';
import { get, isData, type Target } from '#lib/meters/dlms/client/services.ts';
import { instantOf } from '#lib/meters/dlms/date-time.ts';
import { integerOf, plainOf } from '#lib/meters/dlms/values.ts';
import {
  COLLECTOR_PROFILES,
  EMIS_PARAMETERS,
  EMIS_PROFILES,
  emisMeterSerialObis,
  emisProfileObis,
} from '#lib/meters/drivers/emis951.table.ts';
import { normaliseDlms } from '#lib/meters/normalise-dlms.ts';
import { registerText } from '../dial.ts';
import { metersOf } from '../console/emis-lists.ts';

/** A meter of the collector's list; `number` may belong to another meter tomorrow. */
export type ListedMeter = { readonly number: number; readonly serial: string };

export type Collected = {
  readonly registers: readonly {
    readonly register: number;
    /** Oldest first; decimal text in the register's unit. */
    readonly values: readonly (readonly [Instant, string])[];
  }[];
  readonly events: readonly (readonly [Instant, number])[];
  readonly gaps: readonly CollectorGap[];
};

/** `moved`: another meter has this number now. `nothing`: no value of it could be had. */
export type MeterAnswer =
  | { readonly kind: 'read'; readonly collected: Collected }
  | { readonly kind: 'failed'; readonly reason: 'moved' | 'nothing' };

const LIST = EMIS_PARAMETERS.find(({ name }) => name === 'meters')!;

/** Errors: those of a session; `service_error` when the collector gives no list. */
export function* listMeters(context: ClientContext): Dialog<readonly ListedMeter[]> {
  const { classId, obis, attribute } = LIST;
  const list = yield* get(context, { classId, obis, attribute });
  if (!list.ok) return list;
  if (!isData(list.value)) return fault('service_error', 'The collector gives no list of meters.');
  const meters = metersOf(list.value.data, { blackList: null, topology: null });
  return ok(meters.map(({ number, serial }) => ({ number, serial })));
}

type Kept = 'current' | 'daily' | 'monthly' | 'load' | 'events';
const isKept = (name: string): name is Kept =>
  name === 'daily' || name === 'monthly' || COLLECTOR_PROFILES.some((row) => row.profile === name);
const KEPT: readonly { readonly name: Kept; readonly code: string }[] = [
  ...COLLECTOR_PROFILES,
  ...EMIS_PROFILES,
].flatMap(({ profile, code }) => (isKept(profile) ? [{ name: profile, code }] : []));

/** The collector refuses this one; the conversation goes on. */
const isRefusal = (answer: Result<unknown>): boolean =>
  !answer.ok && answer.error.code === 'service_error';

/** All that is kept of one meter. Errors: those of a session that broke. */
export function* readMeter(
  context: ClientContext,
  { number, serial }: ListedMeter,
): Dialog<MeterAnswer> {
  const own: Target = { classId: 1, obis: emisMeterSerialObis(number), attribute: 2 };
  const told = yield* get(context, own);
  if (!told.ok) return told;
  // A concentrator that tells no serial of a number is believed its list of a moment ago.
  const now = isData(told.value) ? plainOf(told.value.data) : serial;
  if (now !== serial) return ok({ kind: 'failed', reason: 'moved' });
  const profiles = new Map<Kept, Profile>();
  for (const { name, code } of KEPT) {
    const profile = yield* readProfile(context, emisProfileObis(number, code), null);
    if (profile.ok) profiles.set(name, profile.value);
    else if (!isRefusal(profile)) return profile;
  }
  const collected = collectedOf(profiles);
  const isEmpty = collected.registers.length === 0 && collected.events.length === 0;
  return ok(isEmpty ? { kind: 'failed', reason: 'nothing' } : { kind: 'read', collected });
}

function collectedOf(profiles: ReadonlyMap<Kept, Profile>): Collected {
  const gaps = new Set<CollectorGap>();
  const values = new Map<number, Map<Instant, string>>();
  for (const { name } of KEPT) {
    const profile = profiles.get(name);
    if (!profile) gaps.add(name);
    else if (name !== 'events') addValues(values, gaps, profile);
  }
  return {
    registers: [...values]
      .map(([register, at]) => ({ register, values: [...at].sort(([a], [b]) => a - b) }))
      .sort((a, b) => a.register - b.register),
    events: eventsOf(profiles.get('events'), gaps),
    gaps: [...gaps],
  };
}

/** Value columns of the profile by moment; a moment that several profiles keep is told once. */
function addValues(
  values: Map<number, Map<Instant, string>>,
  gaps: Set<CollectorGap>,
  { columns, scalers, rows }: Profile,
): void {
  for (const { time, cells } of rows) {
    const at = time && instantOf(time);
    if (at === null) {
      gaps.add('undated');
      continue;
    }
    for (const [i, { classId, obis, attribute }] of columns.entries()) {
      const data = cells[i];
      if (classId === CLOCK_CLASS || !data || data.type === 'null-data') continue;
      const scalerUnit = scalers[i] ?? null;
      const [value] = normaliseDlms([{ obis, classId, attribute, scalerUnit, data }]).values;
      const type = value && registerTypeOfObis(value.obis);
      const figure = type && value.unit === type.unit ? rescale(value.value, type.scale) : null;
      if (!type || !figure) {
        gaps.add('unknown-register');
        continue;
      }
      const register = values.get(type.id) ?? new Map<Instant, string>();
      values.set(type.id, register.set(at, registerText(type.id, figure.units)));
    }
  }
}

const CLOCK_CLASS = 8;

function eventsOf(profile: Profile | undefined, gaps: Set<CollectorGap>): Collected['events'] {
  return (profile?.rows ?? []).flatMap(({ time, cells }): [Instant, number][] => {
    const at = time && instantOf(time);
    const i = profile!.columns.findIndex(({ classId }) => classId !== CLOCK_CLASS);
    const code = integerOf(cells[i]);
    if (at !== null && code !== null) return [[at, Number(code)]];
    gaps.add('undated');
    return [];
  });
}
