/**
 * From the values of the OBIS protocols to what a register shows: the same shape as `normalise.ts`,
 * for SML, P1, Modbus and the load profiles of the optical eye. Knows the table of canonical units,
 * no meter model. What has no unit, or one that no register has, is returned as unknown, never
 * dropped. Called by the head-end, the console and the command line.
 */
import type { Decimal } from '#lib/base/decimal.ts';
import type { P1Object } from './dsmr/object.ts';
import { parseP1Time } from './dsmr/time.ts';
import { profileEntries, type ProfileBlock, type ProfileEntry } from './iec62056-21/profile.ts';
import type { Quantity } from './modbus/register-map.ts';
import { MEDIUM_GROUPS } from './normalise.table.ts';
import { convert, parseAddress, QUANTITIES, UNITS } from './normalise.ts';
import type { Normalised, RegisterValue } from './normalise.ts';
import type { SmlEntry, SmlTime } from './sml/list.ts';

type Named = {
  readonly obis: string;
  readonly unit: string | null;
  readonly number: Decimal | null;
  /** The meter's own wall clock; null when it did not say. */
  readonly at: string | null;
};

function registerOf({ obis, unit, number, at }: Named): RegisterValue | null {
  const address = parseAddress(obis);
  const row = unit === null ? undefined : UNITS.get(unit.toLowerCase());
  if (!address || !row || !number) return null;
  const value = convert(number, row);
  return { ...address, quantity: QUANTITIES[row.to], unit: row.to, value, subunit: 0, at };
}

function split<T>(list: readonly T[], nameOf: (item: T) => Named): Normalised<T> {
  const values: RegisterValue[] = [];
  const unknown: T[] = [];
  for (const item of list) {
    const register = registerOf(nameOf(item));
    if (register) values.push(register);
    else unknown.push(item);
  }
  return { values, unknown };
}

const MINUTE_MS = 60_000;

/** A seconds index counts since the meter started: it is no moment of a calendar. */
function wallClock(time: SmlTime | null): string | null {
  if (time?.kind !== 'timestamp') return null;
  const ahead = (time.localMinutes + time.seasonMinutes) * MINUTE_MS;
  return new Date(time.seconds * 1000 + ahead).toISOString().slice(0, 19);
}

/** `at` is the time of the entry, else that of the list. */
export const normaliseSml = (
  entries: readonly SmlEntry[],
  at: SmlTime | null = null,
): Normalised<SmlEntry> =>
  split(entries, ({ obis, unit, content, time }) => ({
    obis,
    unit,
    number: content.kind === 'number' ? content.value : null,
    at: wallClock(time ?? at),
  }));

/** Clock of the telegram (DSMR P1 5.0.2 clause 6.12). */
const P1_CLOCK = '0-0:1.0.0';

/** Total register of a medium (EN 13757-1:2014 clause 13), by OBIS value group A. */
const TOTALS: ReadonlyMap<number, string> = new Map([
  [1, '1.8.0'],
  [5, '1.0.0'],
  [6, '1.0.0'],
  [7, '3.0.0'],
  [8, '1.0.0'],
  [9, '1.0.0'],
]);

/**
 * `0-n:24.2.1` is the reading of the M-Bus meter at channel n, whatever it measures; its device
 * type stands in `0-n:24.1.0` (DSMR P1 5.0.2 clause 6.12). Without a type the code stays.
 */
function mediumCode(obis: string, objects: readonly P1Object[]): string {
  const channel = /^0-(\d):24\.[23]\.\d$/.exec(obis)?.[1];
  if (channel === undefined) return obis;
  const told = objects.find((object) => object.obis === `0-${channel}:24.1.0`)?.groups[0] ?? '';
  const type = /^\d{1,3}$/.test(told) ? Number(told) : -1;
  const row = MEDIUM_GROUPS.find(({ types }) => (types as readonly number[]).includes(type));
  const code = row && TOTALS.get(row.group);
  return code === undefined ? obis : `${row!.group}-${channel}:${code}`;
}

/** Values of M-Bus meters have times of their own, the others that of the telegram. */
export function normaliseP1(objects: readonly P1Object[]): Normalised<P1Object> {
  const clock = objects.find(({ obis }) => obis === P1_CLOCK)?.value;
  const told = clock?.kind === 'text' ? (parseP1Time(clock.text)?.local ?? null) : null;
  return split(objects, ({ obis, value, time }) => ({
    obis: mediumCode(obis, objects),
    unit: value.kind === 'number' ? value.unit : null,
    number: value.kind === 'number' ? value.value : null,
    at: time?.local ?? told,
  }));
}

/** Quantities of a register map; what the meter has no value for is unknown. */
export const normaliseModbus = (quantities: readonly Quantity[]): Normalised<Quantity> =>
  split(quantities, ({ obis, unit, value }) => ({ obis, unit, number: value, at: null }));

/** Every period of a load profile, dated with its end. */
export const normaliseProfile = (block: ProfileBlock): Normalised<ProfileEntry> =>
  split(profileEntries(block), ({ code, unit, value, local }) => ({
    obis: code,
    unit,
    number: value,
    at: local,
  }));
