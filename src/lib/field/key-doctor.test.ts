/**
 * Five ways in which a telegram of the right number gives no reading, forty seeded frames of each:
 * the radio book must name the way, because the next step of the reader depends on it.
 */
import { expect, test } from 'vitest';
import { must } from '#lib/base/assert.ts';
import { concatBytes } from '#lib/base/bytes.ts';
import { decimal } from '#lib/base/decimal.ts';
import { createPrng, type Prng } from '#lib/base/prng.ts';
import { writeLinkAddress } from '#lib/meters/mbus/address.ts';
import { makeRecord } from '#lib/meters/mbus/build.ts';
import { encodeRecords } from '#lib/meters/mbus/records.ts';
import { encodeTelegram, type TelegramInput } from '#lib/meters/wmbus/encode.ts';
import { buildLink } from '#lib/meters/wmbus/link.ts';
import { RadioBook, type TroubleCause } from './radio-book.ts';

const FRAMES = 40;
const LINK_HEADER_WITH_CRC = 12;
const FIRST_B_WITH_CRC = 128;
const METER = { meterId: 7, radioId: '48125519', manufacturer: 'KLT', register: 10 } as const;
const SENDER = { manufacturer: 'KLT', id: METER.radioId, version: 27, type: 7 };

const volumes = (prng: Prng): Uint8Array => {
  const records = Array.from({ length: prng.int(1, 6) }, () => {
    const value = decimal(prng.int(0, 99_999_999), -3);
    const made = makeRecord({ quantity: 'volume', unit: 'm3', value });
    return must(made.ok ? made.value : null, 'a record of volume');
  });
  return encodeRecords({ records });
};

const inputOf = (prng: Prng, key: Uint8Array): TelegramInput => ({
  format: prng.pick(['A', 'stripped'] as const),
  sender: SENDER,
  ci: 0x7a,
  access: prng.int(0, 256),
  payload: volumes(prng),
  mode: prng.pick([5, 7, 8, 9, 10] as const),
  counter: prng.int(1, 1_000_000),
  key,
});

type Case = { readonly bytes: Uint8Array; readonly key: Uint8Array };

const header = Uint8Array.of(0x44, ...writeLinkAddress(SENDER));
/** Modes that no table of EN 13757-7 gives to AES and that Kilter does not open. */
const MODES = [1, 4, 6, 11, 12, 13, 14, 15];

const CLASSES: Readonly<Partial<Record<TroubleCause, (prng: Prng) => Case>>> = {
  'wrong-key': (prng) => {
    const bytes = encodeTelegram(inputOf(prng, prng.bytes(16)));
    return { bytes, key: prng.bytes(16) };
  },
  corrupt: (prng) => {
    const key = prng.bytes(16);
    const isLong = prng.chance(0.3);
    const bytes = encodeTelegram({
      ...inputOf(prng, key),
      // Long enough for a second block of format B, which has a CRC of its own.
      ...(isLong && { payload: concatBytes(volumes(prng), new Uint8Array(128).fill(0x2f)) }),
      format: isLong ? 'B' : 'A',
    });
    for (let n = prng.int(1, 4); n > 0; n--) {
      // The first block holds the address: without it nobody knows whose telegram it was.
      const from = isLong ? FIRST_B_WITH_CRC : LINK_HEADER_WITH_CRC;
      bytes[prng.int(from, bytes.length)]! ^= prng.int(1, 256);
    }
    return { bytes, key };
  },
  'unknown-mode': (prng) => {
    const config = (prng.pick(MODES) << 8) | 0x20;
    const tpl = Uint8Array.of(0x7a, prng.int(0, 256), 0, config, config >> 8);
    const bytes = buildLink(concatBytes(header, tpl, prng.bytes(32)), 'A');
    return { bytes, key: prng.bytes(16) };
  },
  'unknown-format': (prng) => {
    const key = prng.bytes(16);
    const size = prng.int(8, 40);
    if (prng.chance(0.3)) {
      // The maker's own block inside an ordinary, sealed telegram.
      const payload = concatBytes(Uint8Array.of(0x0f), prng.bytes(size));
      return { bytes: encodeTelegram({ ...inputOf(prng, key), payload }), key };
    }
    if (prng.chance(0.3)) {
      // No records behind an ordinary header: 3Fh is a reserved DIF.
      const payload = concatBytes(Uint8Array.of(0x3f), prng.bytes(size));
      return { bytes: encodeTelegram({ ...inputOf(prng, key), payload }), key };
    }
    const own = concatBytes(Uint8Array.of(prng.int(0xa0, 0xb8)), prng.bytes(size));
    return { bytes: buildLink(concatBytes(header, own), prng.pick(['A', 'stripped'])), key };
  },
  'other-meter': (prng) => {
    const sender = { ...SENDER, manufacturer: prng.pick(['QDS', 'KAM', 'ZRI', 'EFE', 'APA']) };
    const input = { ...inputOf(prng, prng.bytes(16)), sender };
    const isClear = prng.chance(0.5);
    const bytes = encodeTelegram(isClear ? { ...input, mode: 0 } : input);
    return { bytes, key: prng.bytes(16) };
  },
};

test.each(Object.entries(CLASSES))('%s is told from the others', (cause, make) => {
  const told = new Map<string, number>();
  for (let seed = 0; seed < FRAMES; seed++) {
    const { bytes, key } = make(createPrng(1000 + seed));
    const book = new RadioBook([METER], new Map([[METER.meterId, key]]));
    const outcome = book.take({ bytes, at: 1000, rssiDbm: -74 });
    const said = outcome.kind === 'trouble' ? outcome.trace.cause! : outcome.kind;
    told.set(said, (told.get(said) ?? 0) + 1);
  }
  const right = told.get(cause) ?? 0;
  expect(right / FRAMES, JSON.stringify([...told])).toBeGreaterThanOrEqual(0.98);
});
