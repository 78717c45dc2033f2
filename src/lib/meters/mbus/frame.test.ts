import { expect, test } from 'vitest';
import { concatBytes, fromHex, toHex } from '#lib/base/bytes.ts';
import { createPrng } from '#lib/base/prng.ts';
import { decodeMbus } from './decode.ts';
import { encodeAck, encodeLong, encodeShort, readFrame } from './frame.ts';
import { decodeSelect, encodeSelect } from './select.ts';
import { padPayload, sealPayload } from './security.ts';
import { writeTpl } from './tpl.ts';
import { writeLinkAddress } from './address.ts';

const hex = (text: string): Uint8Array => {
  const bytes = fromHex(text);
  if (!bytes.ok) throw new Error(bytes.error.detail);
  return bytes.value;
};
const METER = { manufacturer: 'KLT', id: '12345678', version: 3, type: 7 };
const RECORDS = hex('0C1427048502046D32371F1502FD170000');

function longFrame(mode: 0 | 5, key: Uint8Array | null): Uint8Array {
  const body = mode ? padPayload(RECORDS) : RECORDS;
  const tpl = { mode, blocks: body.length / 16, access: 9 };
  const address = writeLinkAddress(METER);
  const sealed = sealPayload({ tpl, body, key, address, counter: null });
  const config = mode ? 0x500 | (tpl.blocks << 4) : 0;
  const head = writeTpl({ ci: 0x72, address: METER, access: 9, status: 0, config });
  return encodeLong(8, 5, concatBytes(head, sealed));
}

test('short, single and control frames', () => {
  expect(toHex(encodeShort(0x5b, 1))).toBe('105B015C16');
  expect(readFrame(encodeShort(0x40, 0xfd))).toMatchObject({ ok: true, value: { type: 'short' } });
  expect(readFrame(encodeAck())).toMatchObject({ ok: true, value: { type: 'ack' } });
  const control = readFrame(encodeLong(0x53, 0xfe, Uint8Array.of(0x50)));
  expect(control).toMatchObject({ ok: true, value: { type: 'control', ci: 0x50 } });
});

test('a long frame gives the meter and its records', () => {
  const t = decodeMbus(longFrame(0, null));
  expect(t.fault).toBeNull();
  expect(t.device).toEqual(METER);
  expect(t.records.map((r) => r.quantity)).toEqual(['volume', 'datetime', 'error_flags']);
});

test('an encrypted frame needs its key', () => {
  const key = hex('000102030405060708090A0B0C0D0E0F');
  const frame = longFrame(5, key);
  expect(decodeMbus(frame).fault?.code).toBe('no_key');
  expect(decodeMbus(frame, { keyFor: () => new Uint8Array(16) }).fault?.code).toBe('wrong_key');
  expect(decodeMbus(frame, { keyFor: () => key }).records).toHaveLength(3);
});

test('application error and fixed data structure', () => {
  const error = decodeMbus(encodeLong(8, 1, hex('7004')));
  expect(error.fault?.code).toBe('application_error');
  expect(error.payload).toEqual(hex('04'));
  const fixed = decodeMbus(encodeLong(8, 5, hex('73785634120A00E97E0100000035010000')));
  expect(fixed.device).toEqual({ id: '12345678' });
  expect(fixed.records.map((r) => [r.unit, r.storage, r.value.value])).toEqual([
    ['l', 0, { units: 1n, scale: 0 }],
    ['l', 1, { units: 135n, scale: 0 }],
  ]);
});

test('most significant byte first reads as least significant byte first', () => {
  const mode1 = decodeMbus(longFrame(0, null));
  // Number, manufacturer, version, type, access, status, configuration word; then the same records.
  const head = '76' + '12345678' + '2D94' + '03' + '07' + '2A' + '00' + '0000';
  const mode2 = decodeMbus(
    encodeLong(8, 1, hex(head + '0C1402850427' + '046D151F3732' + '02FD170000' + '0D7803434241')),
  );
  expect(mode2.fault).toBeNull();
  expect(mode2.device).toEqual({ ...METER, id: '12345678' });
  const tell = (t: typeof mode1): unknown[] =>
    t.records.slice(0, 3).map(({ quantity, value }) => [quantity, value]);
  expect(tell(mode2)).toEqual(tell(mode1));
  expect(mode2.records.map(({ raw }) => raw)).toEqual(['02850427', '151F3732', '0000', '434241']);
  expect(mode2.records[3]!.value).toEqual({ kind: 'text', value: 'CBA' });
});

test('a secondary selection and its twin', () => {
  const selection = { id: '1234FFFF', manufacturer: 'FFFF', version: 'FF', type: '07' };
  expect(decodeSelect(encodeSelect(selection))).toEqual(selection);
});

test('every single bit error and every cut of a frame is noticed', () => {
  const frame = longFrame(0, null);
  for (let bit = 0; bit < frame.length * 8; bit++) {
    const broken = frame.slice();
    broken[bit >> 3]! ^= 1 << (bit & 7);
    const t = decodeMbus(broken);
    expect(t.fault, `bit ${bit}`).not.toBeNull();
    expect(t.records).toEqual([]);
  }
  for (let end = 0; end < frame.length; end++) {
    expect(decodeMbus(frame.subarray(0, end)).fault?.code).toBe('truncated');
  }
});

test('random frames with good check sums never throw', () => {
  const prng = createPrng(5);
  for (let i = 0; i < 3000; i++) {
    const t = decodeMbus(encodeLong(8, 1, prng.bytes(prng.int(1, 60))));
    expect(t.frame).not.toBeNull();
  }
});
