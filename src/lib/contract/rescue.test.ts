import { encode } from 'uqr';
import { expect, test } from 'vitest';
import { concatBytes, fromUtf8 } from '#lib/base/bytes.ts';
import { createPrng } from '#lib/base/prng.ts';
import { crc32, readFrames, writeFrame } from './frames.ts';
import { fromBase45, PART_BYTES, QrCollector, qrParts, toBase45 } from './qr-parts.ts';
import { readContainer, splitContainer, writeContainer, type Container } from './rescue.ts';

const uuid = (n: number): string => `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
const prng = createPrng(1);

const whole: Container = {
  head: {
    device: uuid(1),
    user: 'reader',
    dataKey: `${'A'.repeat(167)}=`,
    at: 5,
    events: 40,
    photos: 2,
  },
  events: Array.from({ length: 40 }, (_, k) => ({
    id: uuid(100 + k),
    epoch: uuid(2),
    n: k + 1,
    sealed: prng.bytes(700),
  })),
  photos: [1, 2].map((k) => ({ sha256: `${k}`.repeat(64), sealed: prng.bytes(9000) })),
};

test('the checksum is the one of PNG and gzip', () => {
  expect(crc32(fromUtf8('123456789')).toString(16)).toBe('cbf43926');
});

test('frames come back; a torn or damaged tail costs nothing before it', () => {
  const frames = [1, 2, 3].map((k) => ({ head: { t: 'event', k }, body: prng.bytes(50 * k) }));
  const bytes = concatBytes(...frames.map(writeFrame));
  expect(readFrames(bytes)).toEqual({ frames, goodBytes: bytes.length });
  const second = writeFrame(frames[0]!).length + writeFrame(frames[1]!).length;
  for (let cut = second; cut < bytes.length; cut += 7) {
    expect(readFrames(bytes.subarray(0, cut))).toEqual({
      frames: frames.slice(0, 2),
      goodBytes: second,
    });
  }
  const damaged = bytes.slice();
  damaged[second + 20]! ^= 1;
  expect(readFrames(damaged).frames).toHaveLength(2);
});

test('garbage is no frame and no container, and nothing throws', () => {
  for (let i = 0; i < 500; i++) {
    const bytes = prng.bytes(prng.int(0, 200));
    readFrames(bytes);
    expect(readContainer(bytes).ok).toBe(false);
  }
});

test('a container comes back whole or is called torn', () => {
  const bytes = writeContainer(whole);
  expect(readContainer(bytes)).toEqual({ ok: true, value: whole });
  for (const cut of [1, 9, 60, 5000]) {
    const read = readContainer(bytes.slice(0, -cut));
    expect(read.ok ? null : read.error.code).toBe('torn');
  }
  const flipped = bytes.slice();
  flipped[3000]! ^= 4;
  expect(readContainer(flipped).ok).toBe(false);
});

test('pieces together are the whole, each below the limit and readable alone', () => {
  const pieces = splitContainer(whole, 12_000);
  expect(pieces.length).toBeGreaterThan(3);
  for (const piece of pieces) {
    const bytes = writeContainer(piece);
    expect(bytes.length).toBeLessThan(13_000);
    expect(readContainer(bytes).ok).toBe(true);
  }
  expect(pieces.flatMap((piece) => piece.events)).toEqual(whole.events);
  expect(pieces.flatMap((piece) => piece.photos)).toEqual(whole.photos);
});

test('Base45 as in the examples of RFC 9285 clause 4.3, and back', () => {
  expect(toBase45(fromUtf8('AB'))).toBe('BB8');
  expect(toBase45(fromUtf8('Hello!!'))).toBe('%69 VD92EX0');
  expect(fromBase45('QED8WEX0')).toEqual(fromUtf8('ietf!'));
  for (const wrong of ['GGW', ':::', 'a', 'AAAA']) expect(fromBase45(wrong)).toBeNull();
});

test('codes: all of the first round are enough', () => {
  const bytes = writeContainer(whole);
  const parts = qrParts(bytes);
  const got = new QrCollector();
  for (let i = 0; i < parts.blocks; i++) {
    const text = parts.text(i);
    expect(text).toMatch(/^[0-9A-Z $%*+\-./:]+$/);
    expect(got.add(text).ok).toBe(true);
  }
  expect(got.progress.bytes).toEqual(bytes);
});

test('codes: with a third of them missed, few more than needed are enough', () => {
  const bytes = prng.bytes(70_000);
  const parts = qrParts(bytes);
  for (const seed of [1, 2, 3, 4, 5]) {
    const luck = createPrng(seed);
    const got = new QrCollector();
    let seen = 0;
    for (let i = 0; !got.progress.bytes; i++) {
      if (luck.chance(0.33)) continue;
      seen++;
      got.add(parts.text(i));
    }
    expect(got.progress.bytes).toEqual(bytes);
    expect(seen).toBeLessThan(parts.blocks + 15);
  }
});

test('a code of any amount of work stays small enough for a cheap camera', () => {
  const sizes = [1, 40, 3000].map((blocks) => {
    const parts = qrParts(prng.bytes(PART_BYTES * blocks));
    return encode(parts.text(99_999), { ecc: 'L', border: 0 }).size;
  });
  // Version 19 of ISO/IEC 18004.
  expect(sizes).toEqual([93, 93, 93]);
});

test('codes of somebody else begin anew, other codes change nothing', () => {
  const [a, b] = [prng.bytes(2000), prng.bytes(2000)];
  const got = new QrCollector();
  got.add(qrParts(a).text(0));
  expect(got.add('https://example.org').ok).toBe(false);
  expect(got.progress.have).toBe(1);
  for (let i = 0; i < qrParts(b).blocks; i++) got.add(qrParts(b).text(i));
  expect(got.progress.bytes).toEqual(b);
});
