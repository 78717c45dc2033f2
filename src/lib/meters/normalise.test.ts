import { expect, test } from 'vitest';
import { fromHex } from '#lib/base/bytes.ts';
import { formatDecimal } from '#lib/base/decimal.ts';
import { parseDataSets } from './iec62056-21/data-set.ts';
import { decodeRecords } from './mbus/records.ts';
import { normaliseDataSets, normaliseRecords } from './normalise.ts';

const hex = (text: string): Uint8Array => {
  const bytes = fromHex(text.replaceAll(' ', ''));
  if (!bytes.ok) throw new Error(bytes.error.detail);
  return bytes.value;
};

function registers(type: number, payload: string): readonly (readonly unknown[])[] {
  const list = decodeRecords(hex(payload));
  expect(list.fault).toBeNull();
  const { values } = normaliseRecords(list.records, type);
  return values.map((v) => [v.obis, formatDecimal(v.value), v.unit, v.storage, v.at]);
}

test.each([
  [0x02, '0404D2040000', ['1-0:1.8.0', '12340', 'Wh', 0, null]],
  [0x02, '841004D2040000', ['1-0:1.8.1', '12340', 'Wh', 0, null]],
  [0x02, '04843CD2040000', ['1-0:2.8.0', '12340', 'Wh', 0, null]],
  [0x02, '02FDC8FC010809', ['1-0:32.7.0', '231.2', 'V', 0, null]],
  [0x07, '0C1427048502', ['8-0:1.0.0', '28504.27', 'm3', 0, null]],
  [0x06, '0C1427048502', ['9-0:1.0.0', '28504.27', 'm3', 0, null]],
  [0x03, '0C1427048502', ['7-0:3.0.0', '28504.27', 'm3', 0, null]],
  [0x04, '0C0F01000000', ['6-0:1.0.0', '2777.778', 'Wh', 0, null]],
  [0x04, '025AA501', ['6-0:10.0.0', '42.1', 'degC', 0, null]],
  [0x04, '04FB0D0A000000', ['6-0:1.0.0', '11630.000', 'Wh', 0, null]],
  [0x08, '0B6E110700', ['4-0:1.0.0', '711', '', 0, null]],
  [0x1b, '0265E803', ['0-0:96.9.0', '10.00', 'degC', 0, null]],
])('type %i, %s', (type, payload, row) => {
  expect(registers(type, payload)).toEqual([row]);
});

test('due-date values carry the date of their storage number', () => {
  const rows = registers(0x07, '0C1427048502 046D32371F15 4C1300000100 426C1F3C');
  expect(rows).toEqual([
    ['8-0:1.0.0', '28504.27', 'm3', 0, '2008-05-31T23:50'],
    ['8-0:1.0.0', '10.000', 'm3', 1, '2024-12-31'],
  ]);
});

test('limits, maxima, errors, rates and unknown media are not registers but are kept', () => {
  const payload = '0C9340 01000000 1C13 01000000 0C9318 01000000 0C9322 01000000 0FAA';
  const { records } = decodeRecords(hex(payload));
  expect(records).toHaveLength(4);
  expect(normaliseRecords(records, 0x07)).toEqual({ values: [], unknown: records });
  const water = decodeRecords(hex('0C1427048502')).records;
  expect(normaliseRecords(water, 0x31).unknown).toEqual(water);
});

test('subunits are channels, but for electricity they are not active energy', () => {
  expect(registers(0x07, '8C401427048502')[0]?.[0]).toBe('8-1:1.0.0');
  expect(registers(0x02, '84400304030201')).toEqual([]);
});

test('data sets of a readout', () => {
  const sets = parseDataSets(
    '0.0.0(12345678)\r\n1.8.0(001204.317*kWh)\r\n1.8.2*03(000010.5*kWh)\r\n' +
      '1-0:2.8.0*255(7*kWh)\r\n6.8(0029.055*MWh)\r\n6.26(01589.28*m3)\r\nF.F(00)\r\n!\r\n',
  );
  if (!sets.ok) throw new Error(sets.error.detail);
  const { values, unknown } = normaliseDataSets(sets.value);
  expect(values.map((v) => [v.obis, formatDecimal(v.value), v.unit, v.storage, v.tariff])).toEqual([
    ['1-0:1.8.0', '1204317', 'Wh', 0, 0],
    ['1-0:1.8.2', '10500', 'Wh', 3, 2],
    ['1-0:2.8.0', '7000', 'Wh', 0, 0],
    ['6-0:1.0.0', '29055000', 'Wh', 0, 0],
    ['6-0:2.0.0', '1589.28', 'm3', 0, 0],
  ]);
  expect(unknown.map((set) => set.address)).toEqual(['0.0.0', 'F.F']);
});
