import { expect, test } from 'vitest';
import type { DataSet } from './iec62056-21/data-set.ts';
import { storedDataSets, storedRecords } from './stored-values.ts';
import type { DataRecord, RecordValue } from './telegram.ts';

const record = (storage: number, more: Partial<DataRecord>): DataRecord => ({
  ...{ dif: null, vif: null, raw: '', offset: 0, function: 'instantaneous', storage, tariff: 0 },
  ...{ subunit: 0, quantity: 'volume', unit: 'm3', qualifiers: [] },
  value: { kind: 'number', value: { units: 0n, scale: 0 } },
  ...more,
});
const litres = (storage: number, units: number): DataRecord =>
  record(storage, { value: { kind: 'number', value: { units: BigInt(units), scale: -3 } } });
const date = (storage: number, value: string): DataRecord =>
  record(storage, { quantity: 'date', unit: '', value: { kind: 'date', value } });
const every = (storage: number, months: number): DataRecord => {
  const value: RecordValue = { kind: 'number', value: { units: BigInt(months), scale: 0 } };
  return record(storage, { vif: 'fd28', quantity: 'duration', unit: 'month', value });
};
const WATER = 7;
const told = (records: readonly DataRecord[]) =>
  storedRecords(records, WATER).map(({ storage, at, value }) => [storage, at, Number(value.units)]);

test('each storage number with its own date; the present and undated ones are not stored', () => {
  const records = [litres(0, 900), litres(1, 800), date(1, '2025-12-31'), litres(2, 700)];
  expect(told(records)).toEqual([[1, '2025-12-31', 800]]);
});

test('a block with a storage interval is dated backwards, at month ends', () => {
  const records = [
    ...[litres(0, 900), every(8, 1), date(8, '2021-03-31'), litres(8, 800)],
    ...[litres(9, 700), litres(10, 650), litres(11, 600)],
  ];
  expect(told(records)).toEqual([
    [8, '2021-03-31', 800],
    [9, '2021-02-28', 700],
    [10, '2021-01-31', 650],
    [11, '2020-12-31', 600],
  ]);
  // Quarters; and a due date within a month keeps its day where the month has it.
  expect(told([every(1, 3), date(1, '2021-05-31'), litres(1, 5), litres(2, 4)])[1]).toEqual([
    2,
    '2021-02-28',
    4,
  ]);
  expect(told([every(1, 1), date(1, '2021-05-15'), litres(1, 5), litres(2, 4)])[1]).toEqual([
    2,
    '2021-04-15',
    4,
  ]);
});

test('a day of every year, a tariff and an interval of nought date nothing', () => {
  expect(told([litres(1, 1), date(1, '--12-31')])).toEqual([]);
  expect(told([every(1, 0), date(1, '2021-05-31'), litres(1, 5), litres(2, 4)])).toHaveLength(1);
  const tariff = { ...every(1, 1), vif: 'fd38' };
  expect(told([tariff, date(1, '2021-05-31'), litres(1, 5), litres(2, 4)])).toHaveLength(1);
});

const set = (address: string, value: string, unit: string | null = null): DataSet => ({
  ...{ address, value, unit, offset: 0 },
  number: unit === null ? null : { units: BigInt(value.replace('.', '')), scale: -1 },
});

test('billing periods of a readout are dated by 0.1.2', () => {
  const sets = [
    ...[
      set('1.8.0', '120.0', 'kWh'),
      set('1.8.0*12', '110.0', 'kWh'),
      set('0.1.2*12', '2511010000'),
    ],
    ...[set('1.8.0*11', '100.0', 'kWh'), set('0.1.2*11', '2513010000')],
  ];
  const values = storedDataSets(sets);
  expect(values.map(({ storage, at, obis }) => [storage, at, obis])).toEqual([
    [12, '2025-11-01T00:00', '1-0:1.8.0'],
  ]);
});
