import { describe, expect, test } from 'vitest';
import { formatDecimal } from '#lib/base/decimal.ts';
import {
  MAX_REGISTERS,
  parseReference,
  planRequests,
  readNumber,
  readQuantities,
  writeNumber,
  type NumberType,
  type RegisterEntry,
  type RegisterMap,
  type WordOrder,
} from './register-map.ts';
import { REGISTER_MAPS } from './register-maps.table.ts';

const entry = (type: NumberType, order: WordOrder = 'ABCD', scale = 0): RegisterEntry => ({
  obis: '1-0:1.8.0',
  unit: 'kWh',
  reference: '30001',
  type,
  order,
  scale,
});
const map = (entries: readonly RegisterEntry[], more: Partial<RegisterMap> = {}): RegisterMap => ({
  id: 'test',
  model: 'test',
  source: 'test',
  maxRegisters: 125,
  readsGaps: false,
  entries,
  ...more,
});

test.each([
  ['30001', 4, 0],
  ['300053', 4, 52],
  ['40100', 3, 99],
  ['465536', 3, 65535],
  ['input:72', 4, 72],
  ['holding:0x0048', 3, 72],
])('%s is function %d, address %d', (text, functionCode, address) => {
  expect(parseReference(text)).toEqual({ ok: true, value: { functionCode, address } });
});

test.each(['', '30000', '10001', '465537', 'input:70000', 'holding:-1', '4'])(
  '%j names no register',
  (text) => {
    expect(parseReference(text)).toMatchObject({ ok: false, error: { code: 'bad_reference' } });
  },
);

describe('numbers', () => {
  test.each([
    ['ABCD', [0x42f6, 0xe979]],
    ['CDAB', [0xe979, 0x42f6]],
    ['BADC', [0xf642, 0x79e9]],
    ['DCBA', [0x79e9, 0xf642]],
  ] as const)('a float in order %s', (order, registers) => {
    expect(formatDecimal(readNumber(registers, entry('f32', order))!)).toBe('123.456');
    expect(writeNumber(123.456, entry('f32', order))).toEqual(registers);
  });

  test.each([
    ['u16', [0xffff], '65535'],
    ['i16', [0xffff], '-1'],
    ['u32', [0xffff, 0xfffe], '4294967294'],
    ['i32', [0xffff, 0xfffe], '-2'],
    ['i64', [0xffff, 0xffff, 0xffff, 0xfff6], '-10'],
    ['u64', [0, 1, 0, 0], '4294967296'],
    ['f64', [0x3ff8, 0, 0, 0], '1.5'],
  ] as const)('%s %j is %s', (type, registers, text) => {
    expect(formatDecimal(readNumber(registers, entry(type))!)).toBe(text);
  });

  test('round trips in every order, also scaled', () => {
    for (const order of ['ABCD', 'CDAB', 'BADC', 'DCBA'] as const) {
      for (const type of ['i32', 'i64', 'u32', 'u16'] as const) {
        const registers = writeNumber(12345, entry(type, order, -1));
        expect(formatDecimal(readNumber(registers, entry(type, order, -1))!)).toBe('1234.5');
      }
    }
  });

  test('no value: NaN, infinity and the maker’s own mark', () => {
    expect(readNumber([0x7fc0, 0], entry('f32'))).toBeNull();
    expect(readNumber([0x7f80, 0], entry('f32'))).toBeNull();
    const marked = { ...entry('i32'), invalid: 0x7fffffffn };
    expect(readNumber([0x7fff, 0xffff], marked)).toBeNull();
  });
});

describe('plans', () => {
  test('neighbours share a request, other functions and gaps do not', () => {
    const at = (reference: string): RegisterEntry => ({ ...entry('f32'), reference });
    const plan = planRequests(map([at('30003'), at('30001'), at('40001'), at('30009')]));
    expect(plan.ok && plan.value).toEqual([
      { functionCode: 3, address: 0, count: 2 },
      { functionCode: 4, address: 0, count: 4 },
      { functionCode: 4, address: 8, count: 2 },
    ]);
  });

  test('gaps are read where the device allows it, up to its cap', () => {
    const at = (i: number): RegisterEntry => ({ ...entry('f32'), reference: `input:${4 * i}` });
    const wide = map(
      Array.from({ length: 100 }, (_, i) => at(i)),
      { readsGaps: true, maxRegisters: 300 },
    );
    const plan = planRequests(wide);
    expect(plan.ok && Math.max(...plan.value.map(({ count }) => count))).toBeLessThanOrEqual(
      MAX_REGISTERS,
    );
    const capped = planRequests({ ...wide, maxRegisters: 32 });
    expect(capped.ok && capped.value.every(({ count }) => count <= 32)).toBe(true);
  });

  test('a number longer than a request is our own mistake, told as a value', () => {
    expect(planRequests(map([entry('f64')], { maxRegisters: 2 }))).toMatchObject({
      ok: false,
      error: { code: 'bad_map' },
    });
  });
});

test.each(REGISTER_MAPS.map((one) => [one.id, one] as const))(
  '%s: every entry is read back from its own plan',
  (_id, one) => {
    const plan = planRequests(one);
    if (!plan.ok) throw new Error(plan.error.detail);
    expect(plan.value.length).toBeLessThanOrEqual(3);
    const memory = new Map<string, number>();
    one.entries.forEach((item, i) => {
      const place = parseReference(item.reference);
      if (!place.ok) throw new Error(place.error.detail);
      writeNumber(100 + i, item).forEach((word, k) =>
        memory.set(`${place.value.functionCode}:${place.value.address + k}`, word),
      );
    });
    const blocks = plan.value.map((request) => ({
      request,
      registers: Array.from(
        { length: request.count },
        (_, k) => memory.get(`${request.functionCode}:${request.address + k}`) ?? 0,
      ),
    }));
    const read = readQuantities(one, blocks);
    expect(read.ok && read.value.map(({ value }) => value && Number(formatDecimal(value)))).toEqual(
      one.entries.map((item, i) => Number(`${100 + i}e${item.scale}`)),
    );
    expect(readQuantities(one, blocks.slice(1))).toMatchObject({
      ok: false,
      error: { code: 'missing_register' },
    });
  },
);
