import { expect, test } from 'vitest';
import { decimal, formatDecimal } from '#lib/base/decimal.ts';
import { parseObjects } from './dsmr/object.ts';
import { parseDataSets } from './iec62056-21/data-set.ts';
import { parseProfiles } from './iec62056-21/profile.ts';
import { normaliseModbus, normaliseP1, normaliseProfile, normaliseSml } from './normalise-obis.ts';
import type { Normalised } from './normalise.ts';
import type { SmlEntry } from './sml/list.ts';

const seen = <T>({ values }: Normalised<T>) =>
  values.map((v) => [v.obis, formatDecimal(v.value), v.unit, v.storage, v.tariff, v.at]);

test('P1: electricity has the time of the telegram, other meters their own', () => {
  const { objects } = parseObjects(
    [
      '0-0:1.0.0(261014080000S)',
      '1-0:1.8.1(004821.500*kWh)',
      '1-0:1.7.0(00.732*kW)',
      '1-0:32.7.0(231.0*V)',
      '0-0:96.14.0(0001)',
      '0-1:24.1.0(003)',
      '0-1:24.2.1(261014070500S)(00012.345*m3)',
      '0-2:24.1.0(007)',
      '0-2:24.2.1(261014070000S)(00007.001*m3)',
      '0-3:24.1.0(012)',
      '0-3:24.2.1(261014070000S)(00000.036*GJ)',
      '0-4:24.2.1(632525252525S)(00000.000*m3)',
    ].join('\r\n'),
  );
  const normalised = normaliseP1(objects);
  expect(seen(normalised)).toEqual([
    ['1-0:1.8.1', '4821500', 'Wh', 0, 1, '2026-10-14T08:00:00'],
    ['1-0:1.7.0', '732', 'W', 0, 0, '2026-10-14T08:00:00'],
    ['1-0:32.7.0', '231.0', 'V', 0, 0, '2026-10-14T08:00:00'],
    ['7-1:3.0.0', '12.345', 'm3', 0, 0, '2026-10-14T07:05:00'],
    ['8-2:1.0.0', '7.001', 'm3', 0, 0, '2026-10-14T07:00:00'],
    ['6-3:1.0.0', '10000.000', 'Wh', 0, 0, '2026-10-14T07:00:00'],
  ]);
  expect(normalised.unknown).toHaveLength(objects.length - 6);
});

const entry = (obis: string, unit: string | null, raw: bigint, scaler: number): SmlEntry => ({
  obis,
  unit,
  scaler,
  unitCode: null,
  status: null,
  time: null,
  content: { kind: 'number', value: decimal(raw, scaler), raw, size: 8 },
});

test('SML: scaler and unit, the time of the list, an index is no moment', () => {
  const entries = [
    entry('1-0:1.8.0*255', 'Wh', 54_301_577n, -1),
    entry('1-0:16.7.0*255', 'W', -280n, 0),
    entry('1-0:96.5.0*255', null, 4n, 0),
  ];
  const seconds = Date.UTC(2026, 0, 1) / 1000;
  const time = { kind: 'timestamp', seconds, localMinutes: 60, seasonMinutes: 0 } as const;
  expect(seen(normaliseSml(entries, time))).toEqual([
    ['1-0:1.8.0', '5430157.7', 'Wh', 0, 0, '2026-01-01T01:00:00'],
    ['1-0:16.7.0', '-280', 'W', 0, 0, '2026-01-01T01:00:00'],
  ]);
  const indexed = normaliseSml(entries, { kind: 'index', seconds: 77 });
  expect(indexed.values[0]?.at).toBeNull();
  expect(indexed.unknown).toEqual([entries[2]]);
});

test('Modbus: what the meter has no value for is unknown', () => {
  const quantities = [
    { obis: '1-0:1.8.0', unit: 'kWh', value: decimal(12_345, -1) },
    { obis: '1-0:32.7.0', unit: 'V', value: null },
  ];
  const normalised = normaliseModbus(quantities);
  expect(seen(normalised)).toEqual([['1-0:1.8.0', '1234500', 'Wh', 0, 0, null]]);
  expect(normalised.unknown).toEqual([quantities[1]]);
});

test('load profile: every period has its own end', () => {
  const sets = parseDataSets(
    'P.01(0260301001500)(00)(15)(2)(1-0:1.5.0)(kW)(9.9.9)(furlong)\r\n(0.412)(1)\r\n(0.5)(2)\r\n',
  );
  const blocks = sets.ok ? parseProfiles(sets.value) : sets;
  const normalised = normaliseProfile(blocks.ok ? blocks.value[0]! : never());
  expect(seen(normalised)).toEqual([
    ['1-0:1.5.0', '412', 'W', 0, 0, '2026-03-01T00:15:00'],
    ['1-0:1.5.0', '500', 'W', 0, 0, '2026-03-01T00:30:00'],
  ]);
  expect(normalised.unknown).toHaveLength(2);
});

function never(): never {
  throw new Error('the profile is readable');
}
