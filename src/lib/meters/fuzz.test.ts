/**
 * Garbage is a value: every decoder of the M-Bus family, fed with telegrams cut at every offset and
 * with seeded mutations, throws nothing, ends, and gives no more records than there are bytes.
 */
import { expect, test } from 'vitest';
import { concatBytes, fromHex } from '#lib/base/bytes.ts';
import { must } from '#lib/base/assert.ts';
import { createPrng, type Prng } from '#lib/base/prng.ts';
import { createDongleFramer, wrapTelegram } from './dongles/dongle.ts';
import { DONGLE_TABLE } from './dongles/dongles.table.ts';
import { decodeMbus } from './mbus/decode.ts';
import { encodeLong, encodeShort } from './mbus/frame.ts';
import { decodeRecords } from './mbus/records.ts';
import { writeTpl } from './mbus/tpl.ts';
import { normaliseRecords } from './normalise.ts';
import { decodeTelegram } from './wmbus/decode.ts';
import { encodeFragments, encodeTelegram, type TelegramInput } from './wmbus/encode.ts';
import { explainTelegram } from './wmbus/explain.ts';
import { collectFragment, NO_FRAGMENTS } from './wmbus/fragments.ts';

const hex = (text: string): Uint8Array => {
  const bytes = fromHex(text);
  return must(bytes.ok ? bytes.value : null, 'hex in a test');
};
const KEY = hex('000102030405060708090A0B0C0D0E0F');
const METER = { manufacturer: 'KLT', id: '12345678', version: 3, type: 7 };
/** BCD, date, flags, DIFE and VIFE chains, plain text, LVAR of each form, a maker's block. */
const RECORDS = hex(
  '0C1427048502046D32371F1502FD1700008C8410933C78563412027C03324F430001' +
    '0D7805414243444501FD6FC1' +
    '0DFD0FE3010203' +
    '0D13C20123' +
    '44FB8275010203048E8DFE000F0A0B0C',
);
const base: TelegramInput = {
  format: 'A',
  sender: METER,
  ci: 0x7a,
  access: 42,
  payload: RECORDS,
  key: KEY,
  counter: 7,
};
const ELL = { communicationControl: 0x20, session: 0x21234567, encrypted: true, target: METER };

const RADIO = [
  encodeTelegram({ ...base, mode: 0 }),
  encodeTelegram({ ...base, mode: 5, format: 'B' }),
  encodeTelegram({ ...base, mode: 7, ci: 0x72, meter: METER }),
  ...([8, 9, 10] as const).map((mode) => encodeTelegram({ ...base, mode })),
  encodeTelegram({ ...base, format: 'stripped', ci: 0x78, ell: ELL }),
  ...encodeFragments({ ...base, mode: 7 }, 3),
];
const address = METER;
const head = { address, access: 1, status: 0, config: 0 };
const WIRED = [
  encodeLong(8, 1, concatBytes(writeTpl({ ...head, ci: 0x72 }), RECORDS)),
  encodeLong(8, 1, hex('76' + '12345678' + '2D94' + '03072A000000' + '0C1402850427')),
  encodeLong(8, 1, hex('73' + '78563412' + '0A00E97E' + '01000000' + '35010000')),
  encodeLong(8, 1, hex('7008')),
  encodeShort(0x5b, 1),
];

/** Every decoder on `bytes`; what they give is bounded by what they got. */
function tryAll(bytes: Uint8Array): void {
  const radio = decodeTelegram(bytes, { keyFor: () => KEY });
  const wired = decodeMbus(bytes, { keyFor: () => KEY });
  const list = decodeRecords(bytes);
  for (const { records } of [radio, wired, list]) {
    expect(records.length).toBeLessThanOrEqual(bytes.length);
  }
  expect(normaliseRecords(radio.records, 7).values.length).toBeLessThanOrEqual(bytes.length);
  const explained = explainTelegram(radio).reduce((sum, { length }) => sum + length, 0);
  expect(explained).toBe(radio.frame.length);
  const taken = collectFragment(NO_FRAGMENTS, bytes, 0);
  if (taken.ok) decodeTelegram(taken.value.frame ?? bytes);
}

function mutate(bytes: Uint8Array, prng: Prng): Uint8Array {
  const at = prng.int(0, bytes.length);
  const some = prng.bytes(prng.int(1, 4));
  switch (prng.int(0, 4)) {
    case 0:
      return bytes.map((byte, i) => (i === at ? byte ^ (1 << prng.int(0, 8)) : byte));
    case 1:
      return concatBytes(bytes.subarray(0, at), some, bytes.subarray(at));
    case 2:
      return concatBytes(bytes.subarray(0, at), bytes.subarray(at + some.length));
    default:
      return concatBytes(bytes.subarray(0, at), some, bytes.subarray(at + some.length));
  }
}

test('cut at every offset', () => {
  for (const bytes of [...RADIO, ...WIRED, RECORDS]) {
    for (let end = 0; end <= bytes.length; end++) tryAll(bytes.subarray(0, end));
  }
});

test('seeded mutations of mutations', () => {
  const prng = createPrng(13757);
  for (const seed of [...RADIO, ...WIRED, RECORDS]) {
    for (let round = 0; round < 40; round++) {
      let bytes = seed;
      for (let depth = 0; depth < 4 && bytes.length > 0; depth++) {
        bytes = mutate(bytes, prng);
        tryAll(bytes);
      }
    }
  }
});

test.each(DONGLE_TABLE.map(({ name }) => name))('%s: mutated streams', (name) => {
  const prng = createPrng(868);
  const clean = RADIO.map((bytes) => wrapTelegram(name, bytes, -70));
  for (let round = 0; round < 60; round++) {
    const stream = concatBytes(mutate(prng.pick(clean), prng), prng.pick(clean));
    const framer = createDongleFramer(name);
    const cut = prng.int(0, stream.length);
    const events = [
      ...framer.push(stream.subarray(0, cut)),
      ...framer.push(stream.subarray(cut)),
      ...framer.flush(),
    ];
    expect(events.length).toBeLessThanOrEqual(stream.length);
    for (const event of events) if (event.kind === 'telegram') tryAll(event.bytes);
  }
});
