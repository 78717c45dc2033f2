import { describe, expect, test } from 'vitest';
import { concatBytes, fromHex, fromLatin1, toLatin1 } from '#lib/base/bytes.ts';
import { createPrng } from '#lib/base/prng.ts';
import { openEnvelope, readEnvelope, sealTelegram } from './encrypted.ts';
import { createP1Framer, type P1Event } from './framer.ts';
import { encodeP1 } from './telegram.ts';

const plain = encodeP1({
  manufacturer: 'KLT',
  identification: '5TEST',
  withCrc: true,
  objects: [{ obis: '1-0:1.8.1', groups: ['000001.000*kWh'] }],
});
const old = encodeP1({
  manufacturer: 'KLT',
  identification: '5OLD',
  withCrc: false,
  objects: [{ obis: '1-0:1.8.1', groups: ['00001.000*kWh'] }],
});
const KEY = Uint8Array.from({ length: 16 }, (_, i) => 7 * i);
const HEAD = { systemTitle: fromLatin1('KLTtitle'), invocationCounter: 0x1234 };
const sealed = sealTelegram(plain, HEAD, { key: KEY, authKey: null });

function cut(bytes: Uint8Array, size: number): P1Event[] {
  const framer = createP1Framer();
  const events: P1Event[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    events.push(...framer.push(bytes.subarray(at, at + size)));
  }
  return [...events, ...framer.flush()];
}
const kinds = (events: readonly P1Event[]): string =>
  events
    .map(({ kind }) => kind)
    .filter((kind, i, all) => kind !== 'discarded' || all[i - 1] !== kind)
    .join(' ');

describe('a stream', () => {
  test('in chunks of any size gives every telegram once and loses no byte', () => {
    const noise = fromLatin1('\x00x)5*kWh)\r\n!12\r\n');
    const stream = concatBytes(noise, plain, old, sealed, noise, plain);
    for (const size of [1, 2, 7, 31, 1000]) {
      const events = cut(stream, size);
      expect(kinds(events)).toBe('discarded telegram telegram encrypted discarded telegram');
      expect(concatBytes(...events.map(({ bytes }) => bytes))).toEqual(stream);
    }
  });

  test('a telegram that was cut off does not spoil the next', () => {
    for (let end = 1; end < plain.length - 6; end++) {
      const half = concatBytes(plain.subarray(0, end), fromLatin1('\r\n'));
      const whole = cut(concatBytes(half, plain), 5).filter(({ kind }) => kind === 'telegram');
      expect(whole.at(-1)?.bytes, `cut at ${end}`).toEqual(plain);
    }
  });

  test('the last telegram of a capture may lack its line end', () => {
    expect(kinds(cut(plain.subarray(0, -2), 9))).toBe('telegram');
    expect(kinds(cut(old.subarray(0, -2), 9))).toBe('telegram');
  });

  test('random bytes never throw and none is lost', () => {
    const prng = createPrng(31);
    for (let i = 0; i < 150; i++) {
      const bytes = concatBytes(prng.bytes(prng.int(0, 40)), plain, sealed, plain);
      for (let n = 0; n < 3; n++)
        bytes[prng.int(0, bytes.length)] = prng.pick([0x2f, 0x21, 0xdb, 10]);
      const events = cut(bytes, prng.int(1, 60));
      expect(concatBytes(...events.map((event) => event.bytes))).toEqual(bytes);
    }
  });

  test('a stream without end stays bounded', () => {
    const framer = createP1Framer();
    const flood = fromLatin1(`/KLT5\r\n${'1-0:1.8.1(5*kWh)\r\n'.repeat(1500)}`);
    expect(framer.push(flood).map(({ kind }) => kind)).toContain('discarded');
  });
});

describe('encryption', () => {
  const open = (bytes: Uint8Array, key = KEY, authKey: Uint8Array | null = null) => {
    const envelope = readEnvelope(bytes);
    return envelope.ok ? openEnvelope(envelope.value, { key, authKey }) : envelope;
  };

  test('opens with Smarty’s public authentication key, or with the one of the meter', () => {
    expect(open(sealed)).toMatchObject({ ok: true, value: { authKey: 'smarty' } });
    const own = KEY.map((byte) => byte ^ 0x55);
    const other = sealTelegram(plain, HEAD, { key: KEY, authKey: own });
    const opened = open(other, KEY, own);
    expect(opened.ok && toLatin1(opened.value.telegram)).toBe(toLatin1(plain));
    expect(open(other)).toMatchObject({ error: { code: 'bad_tag' } });
    expect(open(sealed, KEY, own)).toMatchObject({ error: { code: 'bad_tag' } });
  });

  test('a wrong key, any bit error and any cut are refused', () => {
    expect(
      open(
        sealed,
        KEY.map((byte) => byte ^ 1),
      ),
    ).toMatchObject({ error: { code: 'bad_tag' } });
    expect(open(sealed, KEY.slice(1))).toMatchObject({ error: { code: 'bad_key' } });
    for (let at = 0; at < sealed.length; at++) {
      const broken = sealed.slice();
      broken[at]! ^= 1 << (at & 7);
      expect(open(broken).ok, `byte ${at}`).toBe(false);
      expect(readEnvelope(sealed.subarray(0, at)), `cut at ${at}`).toMatchObject({
        ok: false,
        error: { code: 'truncated' },
      });
    }
  });

  test('other security is named', () => {
    const bytes = fromHex('DB08414141414141414112100000000100000000000000000000000000');
    expect(open(bytes.ok ? bytes.value : sealed)).toMatchObject({
      error: { code: 'unsupported_mode' },
    });
  });
});
