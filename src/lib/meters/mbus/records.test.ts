import { expect, test } from 'vitest';
import { fromHex, toHex } from '#lib/base/bytes.ts';
import { decimal, formatDecimal } from '#lib/base/decimal.ts';
import { createPrng } from '#lib/base/prng.ts';
import type { DataRecord } from '../telegram.ts';
import { makeRecord } from './build.ts';
import { decodeDate, encodeDate } from './dates.ts';
import { decodeRecords, encodeRecords } from './records.ts';

const hex = (text: string): Uint8Array => {
  const bytes = fromHex(text);
  if (!bytes.ok) throw new Error(bytes.error.detail);
  return bytes.value;
};
const valueOf = ({ value }: DataRecord): string | null =>
  value.kind === 'number'
    ? formatDecimal(value.value)
    : value.value === null
      ? null
      : `${value.value}`;
const only = (text: string): DataRecord => {
  const list = decodeRecords(hex(text));
  expect(list.fault).toBeNull();
  expect(list.records).toHaveLength(1);
  return list.records[0]!;
};

test.each([
  ['0C1427048502', 'volume', 'm3', '28504.27'],
  ['04030A000000', 'energy', 'Wh', '10'],
  ['0406D2040000', 'energy', 'Wh', '1234000'],
  ['0408D2040000', 'energy', 'J', '1234'],
  ['025AA501', 'flow_temperature', '°C', '42.1'],
  ['025AFFFF', 'flow_temperature', '°C', '-0.1'],
  ['0B3B000100', 'volume_flow', 'm3/h', '0.100'],
  ['0A5AF123', 'flow_temperature', '°C', null],
  ['0A5A23F1', 'flow_temperature', '°C', '-12.3'],
  ['0AFD48F123', 'voltage', 'V', null],
  ['02FD480809', 'voltage', 'V', '231.2'],
  ['04FB0207000000', 'reactive_energy', 'kvarh', '7'],
  ['01FD1BFF', 'digital_input', '', '255'],
  ['02FD170000', 'error_flags', '', '0'],
  ['026C1F3C', 'date', '', '2024-12-31'],
  ['046D32371F15', 'datetime', '', '2008-05-31T23:50'],
  ['046DB2371F15', 'datetime', '', '2008-05-31T23:50'],
  ['046DFFFFFFFF', 'datetime', '', null],
  ['026CFFFF', 'date', '', null],
  ['026CFFFC', 'date', '', '--12-31'],
] as const)('%s', (text, quantity, unit, value) => {
  const record = only(text);
  expect([record.quantity, record.unit, valueOf(record)]).toEqual([quantity, unit, value]);
});

test.each(['046DB2371F15', '066D229A000F1100'])(
  '%s: a time that its meter does not vouch for is kept and marked',
  (text) => {
    expect(only(text).value.kind).toBe('date');
    expect(only(text).qualifiers).toEqual(['error:clock_invalid']);
  },
);

test('the storage, tariff and subunit numbers of a DIFE chain', () => {
  const record = only('84 90 50 03 01000000'.replaceAll(' ', ''));
  expect([record.storage, record.tariff, record.subunit, record.dif]).toEqual([0, 5, 2, '849050']);
  const far = only('C4FF0F0301000000');
  expect([far.storage, far.tariff, far.subunit]).toEqual([511, 3, 1]);
});

test('functions and the reserved integer', () => {
  expect(only('1413E8030000').function).toBe('maximum');
  expect(only('2413E8030000').function).toBe('minimum');
  expect(only('3413E8030000').function).toBe('error');
  expect(only('041300000080').value.kind).toBe('invalid');
});

test.each([
  ['049375E8030000', ['multiplied'], '0.1000'],
  ['04933CE8030000', ['only_negative'], '1.000'],
  ['0493FC0164000000', ['phase_l1'], '0.100'],
  ['029318E803', ['error:data_error'], '1.000'],
  ['029315E803', ['error:no_data_available'], null],
  ['029322E803', ['per_hour'], '1.000'],
] as const)('extensions of %s', (text, qualifiers, value) => {
  const record = only(text);
  expect([record.qualifiers, valueOf(record)]).toEqual([qualifiers, value]);
});

test('a value whose quantity an extension changed is not that quantity', () => {
  expect(only('029322E803')).toMatchObject({ quantity: 'unknown', unit: '' });
  expect(only('0293391F3C')).toMatchObject({
    quantity: 'datetime',
    value: { value: '2024-12-31' },
  });
});

test('a plain-text VIF keeps its bytes and is read backwards', () => {
  const record = only('017C034255412A');
  expect(record).toMatchObject({ vif: '7C03425541', qualifiers: ['text:AUB'] });
});

test.each([
  ['0DFD1003434241', 'ABC'],
  ['0D78C3563412', '123456'],
  ['0D78D3563412', '-123456'],
  ['0D78E20330', '12291'],
])('variable length %s', (text, value) => {
  expect(valueOf(only(text))).toBe(value);
});

test('fillers, manufacturer data and more records', () => {
  const list = decodeRecords(hex('2F2F041301000000' + '2F' + '1FABCD'));
  expect(list.records).toHaveLength(1);
  expect(list.records[0]!.offset).toBe(2);
  expect(toHex(list.manufacturerData!)).toBe('ABCD');
  expect(list.moreRecordsFollow).toBe(true);
});

test.each([
  ['0413010000', 'truncated'],
  ['84', 'truncated'],
  ['0D13CB', 'reserved_lvar'],
  ['3F00', 'reserved_dif'],
  ['8480808080808080808080800301000000', 'too_many_difes'],
  ['049380808080808080808080808001', 'too_many_vifes'],
])('%s is refused as %s, the record before it is kept', (text, code) => {
  const list = decodeRecords(hex(`0113AA${text}`));
  expect(list.fault?.code).toBe(code);
  expect(list.records).toHaveLength(1);
});

const STREAM =
  '0C1427048502046D32371F1502FD17000082046C1F3C8C0414563412004C13000000000DFD1003434241' +
  '0D78C356341284903203010000000493FC01640000000F010203';

test('encoding gives the same bytes again', () => {
  expect(toHex(encodeRecords(decodeRecords(hex(STREAM))))).toBe(STREAM);
});

test('cut at every offset: a prefix of the records, never an exception', () => {
  const whole = decodeRecords(hex(STREAM));
  expect(whole.fault).toBeNull();
  for (let end = 0; end < STREAM.length / 2; end++) {
    const part = decodeRecords(hex(STREAM).subarray(0, end));
    expect(part.records).toEqual(whole.records.slice(0, part.records.length));
    expect(part.fault === null || part.fault.code === 'truncated').toBe(true);
  }
});

test('random bytes never throw and always end', () => {
  const prng = createPrng(13757);
  for (let i = 0; i < 4000; i++) {
    const list = decodeRecords(prng.bytes(prng.int(0, 80)));
    expect(list.records.length).toBeLessThanOrEqual(80);
  }
});

test.each(['2026-11-21', '2026-11-21T04:05', '2031-02-28T23:59:58', '23:59:58', '--12-31'])(
  'date %s survives encoding',
  (text) => {
    expect(decodeDate(encodeDate(text)!)).toBe(text);
  },
);

test.each([
  ['volume', 'm3', 1204317n, -3, 'bcd8'],
  ['energy', 'Wh', 12345n, 3, 'int32'],
  ['energy', 'GJ', 7n, -1, 'int32'],
  ['flow_temperature', '°C', -55n, -1, 'bcd4'],
  ['voltage', 'V', 2305n, -1, 'int16'],
  ['hca', 'hca', 4711n, 0, 'bcd6'],
] as const)('makeRecord builds %s in %s', (quantity, unit, units, scale, coding) => {
  const made = makeRecord({ quantity, unit, value: decimal(units, scale), coding, storage: 17 });
  if (!made.ok) throw new Error(made.error.detail);
  const back = decodeRecords(encodeRecords({ records: [made.value] })).records[0]!;
  expect(back).toMatchObject({ quantity, unit, storage: 17 });
  expect(back.value).toEqual({ kind: 'number', value: { units, scale } });
});

test('makeRecord says when nothing fits', () => {
  const value = decimal(100000000n, 0);
  expect(makeRecord({ quantity: 'hca', unit: 'hca', value, coding: 'bcd6' }).ok).toBe(false);
  expect(makeRecord({ quantity: 'hca', unit: 'kg', value }).ok).toBe(false);
});
