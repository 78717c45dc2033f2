import { expect, test } from 'vitest';
import { concatBytes, fromHex, toHex } from '#lib/base/bytes.ts';
import { createPrng, type Prng } from '#lib/base/prng.ts';
import { crcX25 } from '../../crypto/crc.ts';
import { readAddress, writeAddress } from './address.ts';
import { addSegment, LLC_RESPONSE, NO_ASSEMBLY } from './assemble.ts';
import { CONTROLS } from './control.table.ts';
import { encodeHdlc, readHdlc, type HdlcFrame } from './frame.ts';
import { FLAG, scanHdlc, splitHdlc, stuff, withFlags } from './stream.ts';

const hex = (text: string): Uint8Array => {
  const bytes = fromHex(text);
  if (!bytes.ok) throw new Error(bytes.error.detail);
  return bytes.value;
};

const CLIENT = { upper: 16, lower: null };
const SERVER = { upper: 1, lower: 17 };

const frameOf = (more: Partial<HdlcFrame> = {}): HdlcFrame => ({
  type: 'I',
  destination: CLIENT,
  source: SERVER,
  isSegmented: false,
  isFinal: true,
  send: 2,
  receive: 5,
  payload: hex('E6E700C401C100120001'),
  ...more,
});

const READY = { type: 'RR', send: null, receive: 3, payload: new Uint8Array(0) } as const;

test.each([
  ['03', { upper: 1, lower: null }],
  ['0223', { upper: 1, lower: 17 }],
  ['00020023', { upper: 1, lower: 17 }],
  ['FEFEFEFF', { upper: 16383, lower: 16383 }],
])('address %s', (text, address) => {
  const bytes = hex(text);
  expect(readAddress(bytes)).toEqual({ ok: true, value: { address, size: bytes.length } });
  expect(toHex(writeAddress(address, bytes.length))).toBe(text);
});

test.each([
  ['', 'truncated'],
  ['02', 'truncated'],
  ['020202', 'truncated'],
  ['020203', 'bad_address'],
  ['0202020203', 'bad_address'],
])('address %j is refused as %s', (text, code) => {
  const read = readAddress(hex(text));
  expect(read.ok ? 'ok' : read.error.code).toBe(code);
});

test('every control field is written and read again', () => {
  for (const { type } of CONTROLS) {
    for (const isFinal of [false, true]) {
      const send = type === 'I' ? 6 : null;
      const receive = type === 'I' || type === 'RR' || type === 'RNR' ? 3 : null;
      for (const payload of [new Uint8Array(0), hex('0102')]) {
        const frame = frameOf({ type, isFinal, send, receive, payload });
        const read = readHdlc(encodeHdlc(frame));
        const value = { frame, hasHcs: payload.length > 0, addressSizes: [1, 2] };
        expect(read, type).toEqual({ ok: true, value });
      }
    }
  }
});

test('each damaged byte of a frame is noticed', () => {
  const whole = encodeHdlc(frameOf());
  for (let i = 0; i < whole.length * 8; i++) {
    const bad = whole.slice();
    bad[i >> 3]! ^= 1 << (i & 7);
    expect(readHdlc(bad).ok, `bit ${i}`).toBe(false);
  }
  for (let n = 0; n < whole.length; n++) expect(readHdlc(whole.subarray(0, n)).ok).toBe(false);
});

test('a wrong header check under a right frame check is a fault of its own', () => {
  const inner = encodeHdlc(frameOf()).slice(0, -2);
  inner[6]! ^= 1;
  const crc = crcX25(inner);
  const read = readHdlc(concatBytes(inner, Uint8Array.of(crc, crc >> 8)));
  expect(read.ok ? 'ok' : read.error.code).toBe('bad_hcs');
});

const goodOf = (bytes: Uint8Array, stuffed = false) =>
  splitHdlc(bytes, stuffed).filter(({ read }) => read.ok);

test('frames share flags, repeat them, and stand in garbage', () => {
  const one = encodeHdlc(frameOf());
  const two = encodeHdlc(frameOf({ ...READY }));
  const flag = Uint8Array.of(FLAG);
  const garbage = hex('00112233A0FF');
  const stream = concatBytes(garbage, flag, one, flag, two, flag, flag, flag, one, flag, garbage);
  const scan = scanHdlc(stream, { isEnd: true });
  expect(scan.frames.map(({ read }) => read.ok)).toEqual([true, true, true]);
  expect(scan.skipped).toBe(garbage.length * 2);
});

test('a flag byte inside the information divides only where octets are stuffed', () => {
  const frame = frameOf({ payload: hex('7E7D7EA0097E') });
  const bytes = encodeHdlc(frame);
  expect(goodOf(withFlags(bytes))).toHaveLength(1);
  const stuffed = withFlags(stuff(bytes));
  const [seen] = goodOf(stuffed, true);
  expect(seen?.bytes).toEqual(bytes);
  // 7D 7E aborts a frame.
  expect(splitHdlc(concatBytes(hex('7EA0097D7E'), stuffed), true)).toHaveLength(1);
});

test('one frame without flags is read, a cut one is damaged', () => {
  const bytes = encodeHdlc(frameOf());
  expect(goodOf(bytes)).toHaveLength(1);
  const cut = splitHdlc(withFlags(bytes).subarray(0, 15));
  expect(cut.map(({ read }) => (read.ok ? 'ok' : read.error.code))).toEqual(['truncated']);
});

test('lost bytes cost one frame, not the next', () => {
  const one = withFlags(encodeHdlc(frameOf()));
  for (let from = 1; from < one.length - 1; from++) {
    const torn = concatBytes(one.subarray(0, from), one.subarray(from + 1));
    const frames = goodOf(concatBytes(torn, one.subarray(1), one));
    expect(frames.length, `without byte ${from}`).toBeGreaterThanOrEqual(2);
  }
});

test('a stream cut anywhere gives the same frames in two parts', () => {
  const one = withFlags(encodeHdlc(frameOf()));
  const two = withFlags(encodeHdlc(frameOf({ ...READY })));
  const stream = concatBytes(one, two, one);
  for (let cut = 0; cut <= stream.length; cut++) {
    const first = scanHdlc(stream.subarray(0, cut));
    const second = scanHdlc(concatBytes(first.rest, stream.subarray(cut)));
    const all = [...first.frames, ...second.frames].map(({ read }) => read.ok);
    expect(all, `cut at ${cut}`).toEqual([true, true, true]);
  }
});

test('segments are joined, a torn message is counted', () => {
  const part = (text: string, isSegmented: boolean) => frameOf({ payload: hex(text), isSegmented });
  const llc = toHex(LLC_RESPONSE);
  let assembly = NO_ASSEMBLY;
  for (const frame of [part(`${llc}01`, true), part('02', true), part('03', false)]) {
    assembly = addSegment(assembly, frame);
  }
  expect(assembly).toEqual({ messages: [hex('010203')], open: null, torn: 0 });
  assembly = addSegment(addSegment(assembly, part(`${llc}AA`, true)), part(`${llc}BB`, false));
  expect(assembly.messages[1]).toEqual(hex('BB'));
  expect(assembly.torn).toBe(1);
});

function anyStream(prng: Prng): Uint8Array {
  const parts = Array.from({ length: prng.int(1, 5) }, () => {
    if (prng.chance(0.2)) return prng.bytes(prng.int(0, 30));
    const payload = prng.bytes(prng.chance(0.1) ? 600 : prng.int(0, 40));
    return withFlags(encodeHdlc(frameOf({ payload, isSegmented: prng.chance(0.3) })));
  });
  return concatBytes(...parts);
}

test('mutated streams never throw, and what is good is what was written', () => {
  const prng = createPrng(13239);
  let good = 0;
  for (let i = 0; i < 1500; i++) {
    const bytes = anyStream(prng).slice();
    for (let k = prng.int(0, 4); k > 0; k--) {
      bytes[prng.int(0, bytes.length)] = prng.pick([0x7e, 0x7d, 0xa0, prng.int(0, 256)]);
    }
    for (const stuffed of [false, true]) {
      for (const { bytes: raw, read } of splitHdlc(bytes, stuffed)) {
        if (!read.ok) continue;
        good++;
        expect(encodeHdlc(read.value.frame)).toEqual(raw);
      }
    }
  }
  expect(good).toBeGreaterThan(1500);
});
