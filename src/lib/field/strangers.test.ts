import { expect, test } from 'vitest';
import { must } from '#lib/base/assert.ts';
import { decimal } from '#lib/base/decimal.ts';
import { makeRecord } from '#lib/meters/mbus/build.ts';
import { encodeRecords } from '#lib/meters/mbus/records.ts';
import { encodeTelegram } from '#lib/meters/wmbus/encode.ts';
import { hearAgain } from './heard-stranger.ts';
import { hearStranger } from './strangers.ts';

const made = makeRecord({ quantity: 'volume', unit: 'm3', value: decimal(12_345, -3) });
const payload = encodeRecords({ records: [must(made.ok ? made.value : null, 'a volume')] });

const telegram = (access: number, more: { mode: 0 } | { mode: 5; key: Uint8Array }, type = 7) =>
  encodeTelegram({
    ...{ format: 'A', ci: 0x7a, access, payload, ...more },
    sender: { manufacturer: 'KLT', id: '48125519', version: 27, type },
  });
const hear = (bytes: Uint8Array, at = 1000, rssiDbm: number | null = -74) =>
  hearStranger({ bytes, at, rssiDbm });

test('a telegram in clear tells medium and value, one with a key the medium alone', () => {
  expect(hear(telegram(1, { mode: 0 }))).toMatchObject({
    ...{ radioId: '48125519', manufacturer: 'KLT', resource: 'cold-water', value: '12.345' },
    ...{ rssiDbm: -74, count: 1 },
  });
  const key = new Uint8Array(16).fill(7);
  expect(hear(telegram(1, { mode: 5, key }))).toMatchObject({
    ...{ resource: 'cold-water', value: null, raw: null },
  });
});

test('what no round reads has no resource and no value', () => {
  expect(hear(telegram(1, { mode: 0 }, 0x1a))).toMatchObject({ resource: null, value: null });
});

test('noise is nobody', () => {
  expect(hear(Uint8Array.of(1, 2, 3))).toBeNull();
  const cut = telegram(1, { mode: 0 });
  cut[5] = cut[5]! ^ 0xff;
  expect(hear(cut)).toBeNull();
});

test('a later telegram without a value keeps the earlier one and brings the newest signal', () => {
  const first = must(hear(telegram(1, { mode: 0 })), 'heard');
  const key = new Uint8Array(16).fill(7);
  const second = must(hear(telegram(2, { mode: 5, key }), 2000, -60), 'heard');
  expect(hearAgain(first, second)).toMatchObject({
    ...{ value: '12.345', raw: first.raw, at: 2000, rssiDbm: -60, count: 2 },
  });
});
