import { describe, expect, test } from 'vitest';
import { concatBytes, fromHex, fromLatin1, toHex } from '#lib/base/bytes.ts';
import { createPrng } from '#lib/base/prng.ts';
import { createModbusFramer, type ModbusEvent } from './framer.ts';
import {
  decodeAscii,
  decodeRtu,
  decodeTcp,
  encodeAdu,
  encodeAscii,
  encodeRtu,
  encodeTcp,
  type Transmission,
} from './frames.ts';

const hex = (text: string): Uint8Array => {
  const bytes = fromHex(text);
  if (!bytes.ok) throw new Error(bytes.error.detail);
  return bytes.value;
};
const PDU = hex('030400030011');
const TRANSMISSIONS: readonly Transmission[] = ['rtu', 'ascii', 'tcp'];
const DECODERS = { rtu: decodeRtu, ascii: decodeAscii, tcp: decodeTcp };

test('known check sums', () => {
  expect(toHex(encodeRtu({ unit: 1, pdu: hex('0300000001') }))).toBe('010300000001840A');
  expect(encodeAscii({ unit: 1, pdu: hex('0300000001') })).toEqual(
    fromLatin1(':010300000001FB\r\n'),
  );
  expect(toHex(encodeTcp({ unit: 17, transaction: 7, pdu: PDU }))).toBe(
    '00070000000711030400030011',
  );
});

describe.each(TRANSMISSIONS)('%s', (transmission) => {
  const adu = { unit: 17, transaction: transmission === 'tcp' ? 3077 : null, pdu: PDU };
  const frame = encodeAdu(adu, transmission);

  test('round trip, and every cut is refused', () => {
    expect(DECODERS[transmission](frame)).toEqual({ ok: true, value: adu });
    for (let end = 0; end < frame.length; end++) {
      expect(DECODERS[transmission](frame.subarray(0, end)).ok, `cut at ${end}`).toBe(false);
    }
  });

  test('every single bit error of a serial frame is noticed', () => {
    if (transmission === 'tcp') return;
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const broken = frame.slice();
      broken[bit >> 3]! ^= 1 << (bit & 7);
      const read = DECODERS[transmission](broken);
      // An ASCII digit in lower case means the same.
      if (read.ok) expect(read.value).toEqual(adu);
    }
  });

  test('a stream in chunks of any size between garbage gives every frame once', () => {
    const prng = createPrng(transmission.length);
    const noise = transmission === 'tcp' ? new Uint8Array(0) : hex('FF00FE');
    const stream = concatBytes(noise, frame, frame, noise, frame);
    for (let round = 0; round < 40; round++) {
      const framer = createModbusFramer(transmission, 'response');
      const events: ModbusEvent[] = [];
      for (let at = 0; at < stream.length;) {
        const size = prng.int(1, 9);
        events.push(...framer.push(stream.subarray(at, at + size)));
        at += size;
      }
      events.push(...framer.flush());
      expect(events.filter(({ kind }) => kind === 'frame')).toHaveLength(3);
      expect(concatBytes(...events.map(({ bytes }) => bytes))).toEqual(stream);
    }
  });

  test('random bytes never throw and none is lost', () => {
    const prng = createPrng(77);
    for (let i = 0; i < 60; i++) {
      const framer = createModbusFramer(transmission, prng.chance(0.5) ? 'request' : 'response');
      const bytes = prng.chance(0.5) ? prng.bytes(prng.int(1, 200)) : frame.slice();
      bytes[prng.int(0, bytes.length)]! ^= 1 << prng.int(0, 8);
      const events = [...framer.push(bytes), ...framer.flush()];
      expect(concatBytes(...events.map((event) => event.bytes))).toEqual(bytes);
    }
  });
});

test('diagnostics are cut by their check sum alone', () => {
  const frame = encodeRtu({ unit: 1, pdu: hex('080000A537B1') });
  const framer = createModbusFramer('rtu', 'response');
  expect(framer.push(frame.subarray(0, 8))).toEqual([]);
  expect(framer.push(frame.subarray(8))).toMatchObject([{ kind: 'frame', bytes: frame }]);
});
