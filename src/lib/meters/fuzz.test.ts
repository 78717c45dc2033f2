/**
 * Garbage is a value: every decoder of the M-Bus family, fed with telegrams cut at every offset and
 * with seeded mutations, throws nothing, ends, and gives no more records than there are bytes.
 */
import { expect, test } from 'vitest';
import { concatBytes } from '#lib/base/bytes.ts';
import { createPrng } from '#lib/base/prng.ts';
import { feed, MBUS_TARGETS } from '../../../tests/support/fuzz-targets.ts';
import { hexBytes, RADIO, RECORDS, WIRED } from '../../../tests/support/meter-samples.ts';
import { mutate } from '../../../tests/support/mutate.ts';
import { createDongleFramer, wrapTelegram } from './dongles/dongle.ts';
import { DONGLE_TABLE } from './dongles/dongles.table.ts';
import { decodeTelegram } from './wmbus/decode.ts';
import { explainTelegram } from './wmbus/explain.ts';

const SAMPLES = [...RADIO, ...WIRED, RECORDS];

test('cut at every offset', () => {
  for (const bytes of SAMPLES) {
    for (let end = 0; end <= bytes.length; end++) feed(MBUS_TARGETS, bytes.subarray(0, end));
  }
});

test('seeded mutations', () => {
  const prng = createPrng(13757);
  for (let i = 0; i < 2000; i++) feed(MBUS_TARGETS, mutate(SAMPLES, prng));
});

test.each(DONGLE_TABLE.map(({ name }) => name))('%s: mutated streams', (name) => {
  const prng = createPrng(868);
  const clean = RADIO.map((bytes) => wrapTelegram(name, bytes, -70));
  for (let round = 0; round < 60; round++) {
    const stream = concatBytes(mutate(clean, prng), prng.pick(clean));
    const framer = createDongleFramer(name);
    const cut = prng.int(0, stream.length);
    const events = [
      ...framer.push(stream.subarray(0, cut)),
      ...framer.push(stream.subarray(cut)),
      ...framer.flush(),
    ];
    expect(events.length).toBeLessThanOrEqual(stream.length);
    for (const event of events) if (event.kind === 'telegram') feed(MBUS_TARGETS, event.bytes);
  }
});

test('a layer that announces more bytes than its fields is explained to its end', () => {
  // Found by fuzzing: an authentication layer of 15 bytes whose fragment needs two.
  const link = '2E44' + '2D2C' + '78563412' + '0107';
  const frame = hexBytes(`${link}900FEC00${'5A'.repeat(33)}`);
  const telegram = decodeTelegram(frame);
  expect(telegram.afl).not.toBeNull();
  const fields = explainTelegram(telegram);
  expect(fields.reduce((sum, { length }) => sum + length, 0)).toBe(telegram.frame.length);
  const rest = fields.find(({ layer, name }) => layer === 'afl' && name === 'rest');
  expect(rest?.hex).toBe('5A'.repeat(13));
});
