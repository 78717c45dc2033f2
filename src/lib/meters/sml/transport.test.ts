import { describe, expect, test } from 'vitest';
import { concatBytes, fromHex, toHex } from '#lib/base/bytes.ts';
import { createPrng } from '#lib/base/prng.ts';
import { createSmlFramer, encodeTransport, type TransportEvent } from './transport.ts';

const hex = (text: string): Uint8Array => {
  const bytes = fromHex(text);
  if (!bytes.ok) throw new Error(bytes.error.detail);
  return bytes.value;
};

function cut(bytes: Uint8Array, size = bytes.length): TransportEvent[] {
  const framer = createSmlFramer();
  const events: TransportEvent[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    events.push(...framer.push(bytes.subarray(at, at + size)));
  }
  return [...events, ...framer.flush()];
}

const payloads = (events: readonly TransportEvent[]): string[] =>
  events.flatMap((event) => (event.kind === 'file' ? [toHex(event.payload)] : []));

const PAYLOADS = [
  '',
  '00',
  '1B',
  '1B1B1B',
  '1B1B1B1B',
  '1B1B1B1B1B1B1B',
  '761B1B1B1B1B1B1B1B1A00',
  '1B1B1B1B01010101',
  '0102030405000000',
  '0102031B1B1B',
];

test('the examples of the standard: four bytes, and padding of three', () => {
  expect(toHex(encodeTransport(hex('12345678')))).toBe('1B1B1B1B01010101123456781B1B1B1B1A00B87B');
  expect(toHex(encodeTransport(hex('12')))).toMatch(/^1B1B1B1B01010101120000001B1B1B1B1A03/);
});

describe.each(['x25', 'kermit'] as const)('%s', (crc) => {
  test.each(PAYLOADS)('%s goes and comes in chunks of any size', (text) => {
    const bytes = encodeTransport(hex(text), crc);
    for (const size of [1, 2, 3, 5, 64]) {
      expect(cut(bytes, size)).toMatchObject([{ kind: 'file', payload: hex(text), crc }]);
    }
  });
});

test('every cut is a broken file, never a whole one, and no byte is lost', () => {
  const bytes = encodeTransport(hex(PAYLOADS[6]!));
  for (let end = 1; end < bytes.length; end++) {
    const events = cut(bytes.subarray(0, end), 3);
    expect(payloads(events)).toEqual([]);
    expect(concatBytes(...events.map((event) => event.bytes))).toEqual(bytes.subarray(0, end));
  }
});

test('every single bit error is noticed', () => {
  const bytes = encodeTransport(hex('0102030405060708090A'));
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const broken = bytes.slice();
    broken[bit >> 3]! ^= 1 << (bit & 7);
    expect(payloads(cut(broken)), `bit ${bit}`).toEqual([]);
  }
});

test('garbage around and a file that never ended do not spoil the next', () => {
  const good = encodeTransport(hex('AABB'));
  const half = good.subarray(0, 11);
  const events = cut(concatBytes(hex('001B1B'), half, good, hex('FF'), good), 4);
  expect(payloads(events)).toEqual(['AABB', 'AABB']);
  const told = events.map(({ kind }) => kind).filter((kind) => kind !== 'discarded');
  expect(told).toEqual(['broken', 'file', 'file']);
});

test.each([
  ['bad_escape', '1B1B1B1B01010101123456781B1B1B1B1C000000'],
  ['truncated', '1B1B1B1B0101010112345678'],
  // The check sum is right, the padding is not zero.
  ['bad_padding', '1B1B1B1B010101011234567812FF00001B1B1B1B1A03A743'],
  ['bad_padding', '1B1B1B1B010101011B1B1B1B1A014FF4'],
  ['bad_crc', '1B1B1B1B01010101123456781B1B1B1B1A00B8FF'],
])('%s', (code, text) => {
  expect(cut(hex(text))[0]).toMatchObject({ kind: 'broken', code });
});

test('a stream without end stays bounded', () => {
  const framer = createSmlFramer();
  const start = hex('1B1B1B1B01010101');
  const events = [...framer.push(start), ...framer.push(new Uint8Array(70_000))];
  expect(events).toMatchObject([{ kind: 'broken', code: 'too_long' }, { kind: 'discarded' }]);
});

test('random bytes never throw and none is lost', () => {
  const prng = createPrng(1004);
  const good = encodeTransport(hex('761B1B1B1B0102'));
  for (let i = 0; i < 300; i++) {
    const parts = Array.from({ length: 5 }, () =>
      prng.chance(0.5) ? good.slice() : prng.bytes(prng.int(1, 30)),
    );
    const bytes = concatBytes(...parts);
    if (prng.chance(0.7)) bytes[prng.int(0, bytes.length)] = prng.pick([0x1b, 1, 0x1a, 0]);
    const events = cut(bytes, prng.int(1, 20));
    expect(concatBytes(...events.map((event) => event.bytes))).toEqual(bytes);
  }
});
