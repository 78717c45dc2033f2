import { expect, test } from 'vitest';
import { formatDecimal } from '#lib/base/decimal.ts';
import type { DlmsData } from './dlms/axdr.ts';
import * as make from './dlms/cosem/build.ts';
import { encodeDateTime } from './dlms/date-time.ts';
import { namePositional } from './dlms/positional.ts';
import type { DlmsValue } from './dlms/values.ts';
import { normaliseDlms, normalisePositional } from './normalise-dlms.ts';

const value = (
  obis: string,
  data: DlmsData,
  [scaler, unit]: readonly [number, number] | readonly [] = [],
): DlmsValue => ({
  obis: `${obis}*255`,
  classId: 3,
  attribute: 2,
  scalerUnit: scaler === undefined || unit === undefined ? null : { scaler, unit },
  data,
});

const seen = (values: readonly DlmsValue[]) =>
  normaliseDlms(values).values.map((v) => [
    v.obis,
    formatDecimal(v.value),
    v.unit,
    v.quantity,
    v.tariff,
    v.storage,
    v.at,
  ]);

const float = (n: number): DlmsData => ({ type: 'float32', value: n, bytes: new Uint8Array(4) });

// Units of IEC 62056-6-2:2021 table 4.
test.each([
  ['1-0:1.8.0', make.u32(1234), [1, 30], ['1-0:1.8.0', '12340', 'Wh', 'energy', 0]],
  ['1-0:1.8.2', make.u32(1234), [-1, 30], ['1-0:1.8.2', '123.4', 'Wh', 'energy', 2]],
  ['1-0:3.8.0', make.u64(5n), [3, 32], ['1-0:3.8.0', '5000', 'varh', 'reactive_energy', 0]],
  ['1-0:1.7.0', make.i32(-280), [0, 27], ['1-0:1.7.0', '-280', 'W', 'power', 0]],
  ['1-0:32.7.0', make.u16(2307), [-1, 35], ['1-0:32.7.0', '230.7', 'V', 'voltage', 0]],
  ['1-0:14.7.0', float(49.98), [0, 44], ['1-0:14.7.0', '49.980000', 'Hz', 'frequency', 0]],
  ['7-1:3.0.0', make.u32(12345), [-3, 13], ['7-1:3.0.0', '12.345', 'm3', 'volume', 0]],
  ['8-1:1.0.0', make.u32(12345), [0, 19], ['8-1:1.0.0', '12.345', 'm3', 'volume', 0]],
  ['6-1:1.0.0', make.u32(36), [8, 25], ['6-1:1.0.0', '1000000.000', 'Wh', 'energy', 0]],
  ['4-1:1.0.0', make.u32(711), [0, 255], ['4-1:1.0.0', '711', '', 'hca', 0]],
] as const)('%s', (obis, data, unit, row) => {
  expect(seen([value(obis, data, unit)])).toEqual([[...row, 0, null]]);
});

test('the clock of a push dates its values', () => {
  const time = value('0-0:1.0.0', make.octets(encodeDateTime(Date.UTC(2026, 9, 14, 6), -120)));
  expect(seen([time, value('1-0:1.7.0', make.u32(5), [0, 27])])).toEqual([
    ['1-0:1.7.0', '5', 'W', 'power', 0, 0, '2026-10-14T08:00:00'],
  ]);
});

test('what is no register is kept as unknown', () => {
  const unknown = [
    value('1-0:1.7.0', make.u32(556)),
    value('0-0:96.1.0', make.text('12345678')),
    value('1-0:13.7.0', make.u16(98), [-2, 255]),
    value('1-0:9.8.0', make.u32(1), [0, 31]),
    value('1-0:32.7.0', float(NaN), [0, 35]),
    value('1-0:32.7.0', make.u32(1), [0, 199]),
  ];
  expect(normaliseDlms(unknown)).toEqual({ values: [], unknown });
});

test('a list that is named by its positions', () => {
  const identity = ['KFM_001', '6970631400000000', 'MA304H3E'].map(make.text);
  const numbers = [9745, 0, 0, 435, 33812, 1, 2, 2300, 2310, 2320].map(make.u32);
  const named = namePositional(make.structure([...identity, ...numbers]));
  const { values, unknown } = normalisePositional(named?.values ?? []);
  expect(unknown.map(({ obis }) => obis)).toEqual([
    '1-1:0.2.129*255',
    '0-0:96.1.0*255',
    '0-0:96.1.7*255',
  ]);
  const rows = values.map((v) => `${v.obis} ${formatDecimal(v.value)} ${v.unit}`);
  expect(rows).toContain('1-0:31.7.0 33.812 A');
  expect(rows).toContain('1-0:32.7.0 230.0 V');
  expect(rows).toContain('1-0:1.7.0 9745 W');
});
