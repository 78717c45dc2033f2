/**
 * The key doctor from the air to the words: a real telegram for each way of breaking goes through
 * the radio book, and the chain names the first broken link.
 */
import { beforeAll, expect, test } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { must } from '#lib/base/assert.ts';
import { decimal } from '#lib/base/decimal.ts';
import { RadioBook, type RadioTrace, type TroubleCause } from '#lib/field/radio-book.ts';
import { overwriteGetLocale } from '#lib/i18n/paraglide/runtime.js';
import { makeRecord } from '#lib/meters/mbus/build.ts';
import { encodeRecords } from '#lib/meters/mbus/records.ts';
import { encodeTelegram } from '#lib/meters/wmbus/encode.ts';
import '../../../../app.css';
import { doctorWords } from '../device-words.ts';
import DoctorChain from './DoctorChain.svelte';

beforeAll(() => overwriteGetLocale(() => 'en'));

const KEY = new Uint8Array(16).fill(7);
const METER = { meterId: 7, radioId: '48125519', manufacturer: 'KLT', register: 10 };

type Wish = { readonly format?: 'A' | 'stripped'; readonly maker?: string; readonly key?: boolean };

/** A telegram of the meter with 1204.317 m³, sealed by mode 5 unless told otherwise. */
function telegram({ format = 'stripped', maker = 'KLT', key = true }: Wish = {}): Uint8Array {
  const made = makeRecord({ quantity: 'volume', unit: 'm3', value: decimal(1_204_317, -3) });
  const records = [must(made.ok ? made.value : null, 'a record of volume')];
  return encodeTelegram({
    format,
    sender: { manufacturer: maker, id: METER.radioId, version: 27, type: 7 },
    ci: 0x7a,
    access: 1,
    payload: encodeRecords({ records }),
    ...(key && { mode: 5, key: KEY }),
  });
}

/** Changes one byte; offsets as in the telegram without link checksums. */
function changed(bytes: Uint8Array, at: number, to: (byte: number) => number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = to(copy[at]!);
  return copy;
}

const hear = (bytes: Uint8Array, key: Uint8Array | null = KEY, register = 10): RadioTrace => {
  const book = new RadioBook([{ ...METER, register }], new Map(key ? [[7, key]] : []));
  const outcome = book.take({ bytes, at: 1000, rssiDbm: -74 });
  return must('trace' in outcome ? outcome.trace : null, 'the telegram is the meter’s');
};

/** EN 13757-3: CI 7Ah, access, status, then two bytes whose upper one holds the mode. */
const MODE_BYTE = 14;
const CI_BYTE = 10;

const CASES: readonly (readonly [TroubleCause, () => RadioTrace, number, string, string])[] = [
  [
    'corrupt',
    () => hear(changed(telegram({ format: 'A' }), 20, (byte) => byte ^ 0x40)),
    1,
    'Frame damaged',
    'the check sum is wrong',
  ],
  [
    'other-meter',
    () => hear(telegram({ maker: 'XYZ', key: false })),
    2,
    'Another meter',
    'same number, another maker',
  ],
  [
    'wrong-key',
    () => hear(telegram(), new Uint8Array(16).fill(8)),
    3,
    'The key does not fit',
    'no 2F 2F after decryption',
  ],
  ['no-key', () => hear(telegram(), null), 3, 'No key', 'it did not come with the round'],
  [
    'unknown-mode',
    () => hear(changed(telegram(), MODE_BYTE, (byte) => (byte & 0xe0) | 4)),
    3,
    'Cipher unknown',
    'we cannot read mode 4 yet',
  ],
  [
    'unknown-format',
    () => hear(changed(telegram(), CI_BYTE, () => 0xb9)),
    4,
    'Telegram not understood',
    'not understood',
  ],
  ['no-register', () => hear(telegram(), KEY, 1), 4, 'The reading is missing', 'not understood'],
];

const drawn = () =>
  [...document.querySelectorAll('li')].map((li) => ({
    state: li.classList[0],
    title: li.querySelector('b')?.textContent,
    text: li.querySelector('.how')?.textContent ?? '',
  }));

test.each(CASES)('%s is named at its link', (cause, make, at, title, text) => {
  const trace = make();
  expect(trace.cause).toBe(cause);
  render(DoctorChain, { trace, serial: '4812 5519' });
  const links = drawn();
  const waiting = Array(4 - at).fill('waiting') as string[];
  const passed = Array(at).fill('passed') as string[];
  expect(links.map(({ state }) => state)).toEqual([...passed, 'broken', ...waiting]);
  expect(links[at]).toMatchObject({ title, text });
  expect(links[0]!.text).toBe('−74\u00a0dBm, 1 telegram');
  expect(doctorWords(cause).title).not.toBe(doctorWords(null).title);
});

test('each way of breaking is told apart by its headline or its link', () => {
  const words = CASES.map(([cause, , , title]) => `${doctorWords(cause).title} / ${title}`);
  expect(new Set(words).size).toBe(CASES.length);
});

test.each(['KLT', 'XYZ'])('a telegram that its key opens passes every link, maker %s', (maker) => {
  const trace = hear(telegram({ maker }));
  expect(trace.cause).toBeNull();
  render(DoctorChain, { trace, serial: '4812 5519' });
  expect(new Set(drawn().map(({ state }) => state))).toEqual(new Set(['passed']));
});

test('a meter that was not heard breaks nothing: its links wait', () => {
  render(DoctorChain, { trace: null, serial: '4812 5519' });
  expect(new Set(drawn().map(({ state }) => state))).toEqual(new Set(['waiting']));
});
