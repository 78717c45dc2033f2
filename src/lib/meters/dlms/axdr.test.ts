import { expect, test } from 'vitest';
import { fromHex, toHex } from '#lib/base/bytes.ts';
import { createPrng, type Prng } from '#lib/base/prng.ts';
import { decodeData, encodeData, type DlmsData, type TypeDescription } from './axdr.ts';
import { TYPES } from './type.table.ts';

const hex = (text: string): Uint8Array => {
  const bytes = fromHex(text);
  if (!bytes.ok) throw new Error(bytes.error.detail);
  return bytes.value;
};

function read(text: string): DlmsData {
  const decoded = decodeData(hex(text));
  if (!decoded.ok) throw new Error(decoded.error.detail);
  return decoded.value.data;
}

const codeOf = (text: string): string => {
  const decoded = decodeData(hex(text));
  return decoded.ok ? 'ok' : decoded.error.code;
};

test.each([
  ['00', 'null-data', undefined],
  ['0301', 'boolean', true],
  ['05FFFFFFFE', 'double-long', -2n],
  ['06FFFFFFFE', 'double-long-unsigned', 4294967294n],
  ['0D12', 'bcd', 18n],
  ['0F80', 'integer', -128n],
  ['10FFFF', 'long', -1n],
  ['11FF', 'unsigned', 255n],
  ['1202D0', 'long-unsigned', 720n],
  ['14FFFFFFFFFFFFFFFF', 'long64', -1n],
  ['15FFFFFFFFFFFFFFFF', 'long64-unsigned', 18446744073709551615n],
  ['161B', 'enum', 27n],
  ['1741480000', 'float32', 12.5],
  ['184029000000000000', 'float64', 12.5],
  ['1CFF', 'delta-integer', -1n],
])('%s is %s %s', (text, type, value) => {
  const data = read(text);
  expect(data.type).toBe(type);
  expect('value' in data ? data.value : undefined).toBe(value);
  expect(toHex(encodeData(data))).toBe(text);
});

test('a bit string counts bits, the rest of its last byte is kept', () => {
  expect(read('0409AB80')).toEqual({ type: 'bit-string', bits: 9, value: hex('AB80') });
});

test('a compact array of structures repeats its description without tags', () => {
  // Two records {octet-string, unsigned[2]} in nine bytes.
  const data = read('13 02 02 09 01 0002 11 09 02 4142 01 02 01 43 03 04');
  expect(data.type).toBe('compact-array');
  const items = data.type === 'compact-array' ? data.value : [];
  expect(items).toHaveLength(2);
  expect(items[1]).toMatchObject({
    type: 'structure',
    value: [{ value: hex('43') }, { type: 'array', value: [{ value: 3n }, { value: 4n }] }],
  });
});

test.each([
  ['', 'truncated'],
  ['12', 'truncated'],
  ['120001FF', 'trailing_bytes'],
  ['0E00', 'unknown_type'],
  ['0985000000000001', 'bad_length'],
  ['01FF00', 'bad_length'],
  ['017F00', 'truncated'],
  // A description without bytes would repeat for ever.
  ['130001AA', 'bad_description'],
  ['1301000413', 'bad_description'],
  // 4294967295 nothings inside one another.
  ['1301FFFF01FFFF01FFFF0001AA', 'too_large'],
  ['13120300000000', 'bad_length'],
])('%s is refused as %s', (text, code) => expect(codeOf(text)).toBe(code));

test('nesting ends before the stack does', () => {
  expect(codeOf('0101'.repeat(5000) + '00')).toBe('too_deep');
});

test('a length longer than needed and an odd TRUE come back as they were', () => {
  for (const text of ['09820002AABB', '03FF', '0A8103414243', '0282000100']) {
    const decoded = decodeData(hex(text));
    if (!decoded.ok) throw new Error(`${text}: ${decoded.error.detail}`);
    expect(toHex(encodeData(decoded.value.data, decoded.value.forms))).toBe(text);
    expect(toHex(encodeData(decoded.value.data))).not.toBe(text);
  }
});

function anyDescription(prng: Prng, depth: number): TypeDescription {
  if (depth > 0 && prng.chance(0.3)) {
    return { type: 'array', count: prng.int(1, 4), element: anyDescription(prng, depth - 1) };
  }
  if (depth > 0 && prng.chance(0.4)) {
    const elements = Array.from({ length: prng.int(1, 4) }, () => anyDescription(prng, depth - 1));
    return { type: 'structure', elements };
  }
  return { type: prng.pick(['unsigned', 'octet-string', 'long64', 'boolean', 'float32'] as const) };
}

function ofDescription(prng: Prng, d: TypeDescription): DlmsData {
  if (d.type === 'array') {
    const value = Array.from({ length: d.count }, () => ofDescription(prng, d.element));
    return { type: 'array', value };
  }
  if (d.type === 'structure') {
    return { type: 'structure', value: d.elements.map((one) => ofDescription(prng, one)) };
  }
  return anyScalar(prng, d.type);
}

function anyScalar(prng: Prng, type: string): DlmsData {
  const row = TYPES.find((one) => one.type === type)!;
  if ('signed' in row) {
    const bits = BigInt.asUintN(
      8 * row.size,
      prng.bytes(8).reduce((v, b) => (v << 8n) | BigInt(b), 0n),
    );
    return { type: row.type, value: row.signed ? BigInt.asIntN(8 * row.size, bits) : bits };
  }
  if (row.type === 'boolean') return { type: 'boolean', value: prng.chance(0.5) };
  if (row.type === 'float32' || row.type === 'float64') {
    const bytes = prng.bytes(row.size);
    const view = new DataView(bytes.buffer);
    const value = row.type === 'float32' ? view.getFloat32(0) : view.getFloat64(0);
    return { type: row.type, value, bytes };
  }
  if ('size' in row) return { type: row.type, value: prng.bytes(row.size) };
  if (row.type === 'bit-string') {
    const bits = prng.int(0, 40);
    return { type: row.type, bits, value: prng.bytes(Math.ceil(bits / 8)) };
  }
  if (row.type === 'octet-string' || row.type === 'visible-string' || row.type === 'utf8-string') {
    return { type: row.type, value: prng.bytes(prng.chance(0.1) ? 300 : prng.int(0, 20)) };
  }
  return { type: 'null-data' };
}

function anyData(prng: Prng, depth = 4): DlmsData {
  if (depth > 0 && prng.chance(0.4)) {
    const value = Array.from({ length: prng.int(0, 6) }, () => anyData(prng, depth - 1));
    return { type: prng.pick(['array', 'structure'] as const), value };
  }
  if (depth > 0 && prng.chance(0.1)) {
    const description = anyDescription(prng, 2);
    const value = Array.from({ length: prng.int(0, 5) }, () => ofDescription(prng, description));
    return { type: 'compact-array', description, value };
  }
  return anyScalar(prng, prng.pick(TYPES).type);
}

test('what is encoded is decoded again, and every shorter prefix is a fault', () => {
  const prng = createPrng(6205605);
  for (let i = 0; i < 400; i++) {
    const data = anyData(prng);
    const bytes = encodeData(data);
    const decoded = decodeData(bytes);
    if (!decoded.ok) throw new Error(`${toHex(bytes)}: ${decoded.error.detail}`);
    expect(decoded.value.data).toEqual(data);
    for (let n = 0; n < Math.min(bytes.length, 64); n++) {
      expect(decodeData(bytes.subarray(0, n)).ok, `${toHex(bytes)} cut at ${n}`).toBe(false);
    }
  }
});

test('mutated bytes are values, and what decodes encodes to the same bytes', () => {
  const prng = createPrng(20260);
  let decodedCount = 0;
  for (let i = 0; i < 4000; i++) {
    const bytes = encodeData(anyData(prng, 3)).slice();
    for (let k = prng.int(1, 4); k > 0 && bytes.length > 0; k--) {
      bytes[prng.int(0, bytes.length)] = prng.int(0, 256);
    }
    const decoded = decodeData(bytes);
    if (!decoded.ok) continue;
    decodedCount++;
    expect(toHex(encodeData(decoded.value.data, decoded.value.forms))).toBe(toHex(bytes));
  }
  expect(decodedCount).toBeGreaterThan(400);
});
