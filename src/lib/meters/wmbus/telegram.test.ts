import { expect, test } from 'vitest';
import { fromHex, toHex } from '#lib/base/bytes.ts';
import { createPrng } from '#lib/base/prng.ts';
import { encodeCompact, exportFormats, restoreFormats } from '../mbus/application.ts';
import { decodeTelegram } from './decode.ts';
import { encodeTelegram, type TelegramInput } from './encode.ts';
import { explainTelegram } from './explain.ts';
import { buildLink, stripLink } from './link.ts';
import { peekAddress } from './peek.ts';

const hex = (text: string): Uint8Array => {
  const bytes = fromHex(text);
  if (!bytes.ok) throw new Error(bytes.error.detail);
  return bytes.value;
};
const KEY = hex('000102030405060708090A0B0C0D0E0F');
const OTHER = hex('0F0E0D0C0B0A09080706050403020100');
const METER = { manufacturer: 'KLT', id: '12345678', version: 3, type: 7 };
const RADIO = { manufacturer: 'RAD', id: '00004711', version: 1, type: 0x37 };
const RECORDS = hex('0C1427048502046D32371F1502FD170000');
const LONG_RECORDS = hex('0C1427048502'.repeat(25));

const FORMATS = ['A', 'B', 'stripped'] as const;
const base = { sender: METER, ci: 0x7a, access: 42, payload: RECORDS } as const;
const VARIANTS: readonly (readonly [string, Omit<TelegramInput, 'format'>])[] = [
  ['clear, short header', base],
  ['clear, no header', { ...base, ci: 0x78 }],
  ['clear, 150 bytes', { ...base, payload: LONG_RECORDS }],
  ['mode 5, short header', { ...base, mode: 5, key: KEY }],
  ['mode 5, long header', { ...base, ci: 0x72, sender: RADIO, meter: METER, mode: 5, key: KEY }],
  ['mode 7, short header', { ...base, mode: 7, key: KEY, counter: 0x12345678 }],
  [
    'mode 7, long header',
    { ...base, ci: 0x72, sender: RADIO, meter: METER, mode: 7, key: KEY, counter: 7 },
  ],
  ['mode 8, short header', { ...base, mode: 8, key: KEY, counter: 0x90abcdef }],
  [
    'mode 8, long header',
    { ...base, ci: 0x72, sender: RADIO, meter: METER, mode: 8, key: KEY, counter: 7 },
  ],
  ['mode 9, short header', { ...base, mode: 9, key: KEY, counter: 0x12345678 }],
  [
    'mode 9, long header',
    { ...base, ci: 0x72, sender: RADIO, meter: METER, mode: 9, key: KEY, counter: 7 },
  ],
  ['mode 10, short header', { ...base, mode: 10, key: KEY, counter: 0x12345678 }],
  [
    'mode 10, long header',
    { ...base, ci: 0x72, sender: RADIO, meter: METER, mode: 10, key: KEY, counter: 7 },
  ],
  ['short extended link layer', { ...base, ell: { communicationControl: 0x20 } }],
  [
    'encrypted extended link layer with a target',
    {
      ...base,
      ci: 0x78,
      key: KEY,
      ell: { communicationControl: 0x20, session: 0x21234567, encrypted: true, target: RADIO },
    },
  ],
  [
    'extended link layer with a target',
    { ...base, ell: { communicationControl: 0x20, target: RADIO } },
  ],
  [
    'encrypted extended link layer',
    {
      ...base,
      ci: 0x78,
      key: KEY,
      ell: { communicationControl: 0x20, session: 0x21234567, encrypted: true },
    },
  ],
];
const CASES = VARIANTS.flatMap(([name, input]) =>
  FORMATS.map((format) => [`${name}, ${format}`, { ...input, format }] as const),
);

test.each(CASES)('%s: decodes to what was encoded', (_, input) => {
  const bytes = encodeTelegram(input);
  const t = decodeTelegram(bytes, { keyFor: ({ id }) => (id === METER.id ? KEY : null) });
  expect(t.fault).toBeNull();
  expect(t.status).toBe('decoded');
  expect(t.link?.format).toBe(input.format);
  expect(t.device).toEqual(METER);
  expect(toHex(t.payload!)).toContain(toHex(input.payload));
  expect(t.records[0]!.value).toEqual({ kind: 'number', value: { units: 2850427n, scale: -2 } });
  expect(peekAddress(bytes)).toMatchObject({ device: METER, sender: input.sender });
});

test.each(CASES)('%s: the explanation covers every byte once', (_, input) => {
  const t = decodeTelegram(encodeTelegram(input), { keyFor: () => KEY });
  let at = 0;
  for (const field of explainTelegram(t)) {
    expect(field.offset).toBe(at);
    at += field.length;
  }
  expect(at).toBe(t.frame.length);
});

const SECURED = CASES.filter(([, input]) => 'key' in input);

test.each(SECURED)('%s: no key and wrong key are told apart', (_, input) => {
  const bytes = encodeTelegram(input);
  const without = decodeTelegram(bytes);
  expect([without.status, without.fault?.code, without.records]).toEqual([
    'encrypted',
    'no_key',
    [],
  ]);
  expect(without.device).toEqual(METER);
  const wrong = decodeTelegram(bytes, { keyFor: () => OTHER });
  expect([wrong.status, wrong.fault?.code, wrong.records]).toEqual(['error', 'wrong_key', []]);
  const short = decodeTelegram(bytes, { keyFor: () => KEY.subarray(0, 8) });
  expect(short.fault?.code).toBe('bad_key');
});

test.each([2, 3] as const)('mode %s: DES opens with its key, and with its day', (mode) => {
  const key = KEY.subarray(0, 8);
  const day = '2026-11-26';
  const input = { ...base, format: 'A', mode, key, day } as const;
  const bytes = encodeTelegram(input);
  const open = (with_: Uint8Array, on: string | undefined): unknown[] => {
    const t = decodeTelegram(bytes, { keyFor: () => with_, ...(on && { day: on }) });
    return [t.fault?.code ?? null, t.records.length, t.payload && toHex(t.payload).slice(0, 20)];
  };
  const clear = [null, 3, '2F2F' + toHex(RECORDS).slice(0, 16)];
  expect(open(key, day)).toEqual(clear);
  expect(open(key, undefined)).toEqual(mode === 2 ? clear : ['no_day', 0, null]);
  expect(open(OTHER.subarray(0, 8), day)).toEqual(['wrong_key', 0, null]);
  expect(open(KEY, day)).toEqual(['bad_key', 0, null]);
});

// OMS specification volume 2 annex N: gas meter, format A with link CRCs, security mode 5.
const OMS_GAS =
  '2E44931578563412330333637A2A0020255923C95AAA26D1B2E7493BC2AD013EC4A6F6D3529B520EDFF0EA6DEFC9' +
  '55B29D6D69EBF3EC8A';

test('the example of the OMS specification', () => {
  const key = hex('0102030405060708090A0B0C0D0E0F11');
  const t = decodeTelegram(hex(OMS_GAS), { keyFor: () => key });
  expect([t.status, t.link?.format, t.verified]).toEqual(['decoded', 'A', true]);
  expect(t.device).toEqual({ manufacturer: 'ELS', id: '12345678', version: 0x33, type: 3 });
  expect(t.records.map((r) => [r.quantity, r.value.value])).toEqual([
    ['volume', { units: 2850427n, scale: -2 }],
    ['datetime', '2008-05-31T23:50'],
    ['error_flags', { units: 0n, scale: 0 }],
  ]);
});

test('a forged mode 7 telegram fails its MAC', () => {
  const input = { ...base, format: 'stripped', mode: 7, key: KEY, counter: 9 } as const;
  const bytes = encodeTelegram(input);
  // The last block: its damage does not reach the fillers that prove the key.
  bytes[bytes.length - 1]! ^= 1;
  const t = decodeTelegram(bytes, { keyFor: () => KEY });
  expect([t.fault?.code, t.records]).toEqual(['bad_mac', []]);
});

test('a decrypted payload under an encrypted configuration word is read', () => {
  const sealed = encodeTelegram({ ...base, format: 'stripped', mode: 5, key: KEY });
  const opened = decodeTelegram(sealed, { keyFor: () => KEY });
  const t = decodeTelegram(opened.clear);
  expect([t.status, t.tpl?.mode, t.records.length]).toEqual(['decoded', 5, 3]);
});

test('clear bytes behind the encrypted blocks are read too', () => {
  const sealed = encodeTelegram({ ...base, format: 'stripped', mode: 5, key: KEY });
  const longer = Uint8Array.from([...sealed, ...hex('01FD0805')]);
  longer[0]! += 4;
  const t = decodeTelegram(longer, { keyFor: () => KEY });
  expect(t.records.map((r) => r.quantity)).toContain('access_number');
});

test('a compact frame waits for its full frame', () => {
  const compact = encodeTelegram({
    ...base,
    format: 'B',
    ci: 0x79,
    payload: encodeCompact(RECORDS),
  });
  const early = decodeTelegram(compact);
  expect([early.status, early.fault?.code]).toEqual(['incomplete', 'unknown_format']);
  const full = decodeTelegram(encodeTelegram({ ...base, format: 'B', ci: 0x78 }));
  const late = decodeTelegram(compact, { formats: full.formats });
  expect(late.records.map((r) => r.value)).toEqual(full.records.map((r) => r.value));
  expect(late.formats).toBe(full.formats);
  const broken = encodeTelegram({ ...base, format: 'B', ci: 0x79, payload: damaged() });
  expect(decodeTelegram(broken, { formats: full.formats }).fault?.code).toBe('bad_crc');
});

test('formats survive storage, and damaged rows of a store are left out', () => {
  const full = decodeTelegram(encodeTelegram({ ...base, format: 'B', ci: 0x78 }));
  const rows = exportFormats(full.formats);
  const formats = restoreFormats(['', 'no hex', ...(JSON.parse(JSON.stringify(rows)) as string[])]);
  expect(formats).toEqual(full.formats);
  const payload = encodeCompact(RECORDS);
  const compact = encodeTelegram({ ...base, format: 'B', ci: 0x7b, payload });
  expect(decodeTelegram(compact, { formats }).status).toBe('decoded');
});

test('a compact frame of a well-known format needs no full frame', () => {
  // Multical 21: information codes, volume now and at the due date.
  const payload = encodeCompact(hex('02FF200000' + '0413D2040000' + '4413E8030000'));
  const compact = encodeTelegram({ ...base, format: 'B', ci: 0x79, payload });
  const t = decodeTelegram(compact);
  expect([t.status, t.records.map((r) => r.value.value)]).toEqual([
    'decoded',
    [0n, 1234n, 1000n].map((units, i) => ({ units, scale: i ? -3 : 0 })),
  ]);
});

test('the CRC of the last block, left in by a receiver, is no record', () => {
  const whole = encodeTelegram({ ...base, format: 'A', mode: 5, key: KEY });
  const { frame } = stripLink(whole);
  const leftover = Uint8Array.from([...frame, ...whole.subarray(-2)]);
  leftover[0]! += 2;
  const t = decodeTelegram(leftover, { keyFor: () => KEY });
  expect([t.status, t.records.length]).toEqual(['decoded', 3]);
});

test('a Hydrometer address with version and type in front', () => {
  const head = hex('44' + '2423' + '8B07' + '79738960' + '7A' + '01000000');
  const t = decodeTelegram(buildLink(Uint8Array.from([...head, ...RECORDS]), 'A'));
  expect(t.device).toEqual({ manufacturer: 'HYD', id: '60897379', version: 0x8b, type: 7 });
});

function damaged(): Uint8Array {
  const payload = encodeCompact(RECORDS);
  payload[5]! ^= 0x10;
  return payload;
}

test.each(['A', 'B'] as const)('format %s: link CRCs survive building and stripping', (format) => {
  for (let size = 10; size < 240; size++) {
    const content = createPrng(size).bytes(size);
    const { frame, ...found } = stripLink(buildLink(content, format));
    expect(found).toEqual({ format, fault: null });
    expect(frame.subarray(1)).toEqual(content);
  }
});

test('format A: a bit error is a bad CRC, bytes behind the telegram are ignored', () => {
  const bytes = encodeTelegram({ ...base, format: 'A' });
  const longer = Uint8Array.from([...bytes, 0x12, 0x34]);
  expect(decodeTelegram(longer).status).toBe('decoded');
  for (let bit = 8; bit < bytes.length * 8; bit++) {
    const broken = bytes.slice();
    broken[bit >> 3]! ^= 1 << (bit & 7);
    const t = decodeTelegram(broken);
    expect([t.status, t.fault?.code], `bit ${bit}`).toEqual(['error', 'bad_crc']);
  }
});

test.each(CASES)('%s: cut at every offset it is never decoded', (_, input) => {
  const bytes = encodeTelegram(input);
  for (let end = 0; end < bytes.length; end++) {
    const t = decodeTelegram(bytes.subarray(0, end), { keyFor: () => KEY });
    expect(t.status, `cut at ${end}`).not.toBe('decoded');
    peekAddress(bytes.subarray(0, end));
  }
});

test('flipped bits and random bytes never throw', () => {
  const prng = createPrng(4);
  const telegrams = CASES.map(([, input]) => encodeTelegram(input));
  for (let i = 0; i < 1500; i++) {
    const bytes = prng.chance(0.8) ? prng.pick(telegrams).slice() : prng.bytes(prng.int(0, 120));
    for (let n = prng.int(1, 6); n > 0 && bytes.length; n--) {
      bytes[prng.int(0, bytes.length)]! ^= 1 << prng.int(0, 8);
    }
    const t = decodeTelegram(bytes, { keyFor: () => KEY });
    explainTelegram(t);
    peekAddress(bytes);
    expect(['decoded', 'encrypted', 'error', 'incomplete', 'unsupported']).toContain(t.status);
  }
});
