import { describe, expect, test } from 'vitest';
import { fromLatin1 } from '#lib/base/bytes.ts';
import { createPrng } from '#lib/base/prng.ts';
import { ok, type Result } from '#lib/base/result.ts';
import type { CarrierOptions } from '../../../meters/dlms/client/channel.ts';
import type { ClientContext, ClientOptions } from '../../../meters/dlms/client/context.ts';
import type { Dialog, SessionFailure } from '../../../meters/dlms/client/dialog.ts';
import { entriesOf, rangeOf, readObjects, readProfile } from '../../../meters/dlms/client/plans.ts';
import { get, getList } from '../../../meters/dlms/client/services.ts';
import {
  createSession,
  type Plan,
  type SessionTimes,
} from '../../../meters/dlms/client/session.ts';
import { action, actionList, set, setList } from '../../../meters/dlms/client/writing.ts';
import * as make from '../../../meters/dlms/cosem/build.ts';
import { encodeDateTime, instantOf } from '../../../meters/dlms/date-time.ts';
import { integerOf } from '../../../meters/dlms/values.ts';
import { createDlmsDevice, type DeviceOptions } from './device.ts';
import { electricityMeter, energyAt, type ElectricityMeterOptions } from './electricity-meter.ts';
import { createLine, LINE_FAULTS, type LineOptions } from './line.ts';
import { runSession, type RunOutcome } from '../../../../../tests/support/run-dlms.ts';
import type { ServerClient, ServerOptions } from './server.ts';

const NOW = Date.UTC(2026, 9, 20, 13, 20);
const START = Date.UTC(2026, 5, 1);
const KEY = Uint8Array.from({ length: 16 }, (_, i) => i);
const AUTH_KEY = Uint8Array.from({ length: 16 }, (_, i) => 0xd0 + i);
const DEDICATED = Uint8Array.from({ length: 16 }, (_, i) => 0xa0 + i);
const TITLE = fromLatin1('KLT00001');
const CLIENT_TITLE = fromLatin1('KLTREAD1');
const SECRET = fromLatin1('a secret of ours');
const ALL = { canReadAll: true, canWrite: true, canCall: true };

/** Client 1 none, 2 LLS, 3 ciphered without authentication, 30 + n HLS n, 20 + n ciphered HLS n. */
const CLIENTS: readonly ServerClient[] = [
  {
    clientId: 16,
    mechanism: 0,
    secret: SECRET,
    rights: { ...ALL, canReadAll: false },
    protection: 0,
  },
  { clientId: 1, mechanism: 0, secret: SECRET, rights: ALL, protection: 0 },
  { clientId: 2, mechanism: 1, secret: SECRET, rights: ALL, protection: 0 },
  { clientId: 3, mechanism: 0, secret: SECRET, rights: ALL, protection: 0x30 },
  ...[2, 3, 4, 5, 6].flatMap((mechanism) => [
    { clientId: 30 + mechanism, mechanism, secret: SECRET, rights: ALL, protection: 0 },
    { clientId: 20 + mechanism, mechanism, secret: SECRET, rights: ALL, protection: 0x30 },
  ]),
];

type World = {
  readonly client?: Partial<ClientOptions>;
  readonly carrier?: Partial<DeviceOptions['carrier']> & { readonly kind?: 'hdlc' | 'wrapper' };
  readonly server?: Partial<ServerOptions>;
  readonly meter?: Partial<ElectricityMeterOptions>;
  readonly line?: Partial<LineOptions>;
  readonly baud?: number;
  readonly link?: Partial<Extract<CarrierOptions, { kind: 'hdlc' }>>;
  readonly times?: Partial<SessionTimes>;
  readonly seed?: number;
};

const METER: ElectricityMeterOptions = {
  serial: '12345678',
  systemTitle: TITLE,
  loadW: 500,
  startAt: START,
  startWh: 1_000_000,
  counters: { client: 0, own: 1 },
};

function run<T>(plan: Plan<T>, w: World = {}): RunOutcome<T> & { counters: { client: number } } {
  const prng = createPrng(w.seed ?? 1);
  const counters = w.server?.counters ?? { client: 0, own: 1 };
  const address = { upper: 1, lower: 17 };
  const isWrapper = w.carrier?.kind === 'wrapper';
  const device = createDlmsDevice({
    baud: w.baud ?? 9600,
    carrier: isWrapper
      ? { kind: 'wrapper', port: 1 }
      : { kind: 'hdlc', address, maxInformation: 128, ...(w.carrier as object) },
    server: {
      systemTitle: TITLE,
      key: KEY,
      authKey: AUTH_KEY,
      clients: CLIENTS,
      objects: electricityMeter({ ...METER, ...w.meter, counters }),
      maxPdu: 500,
      challenge: () => prng.bytes(16),
      ...w.server,
      counters,
    },
  });
  const line = createLine(device, { prng: prng.fork('line'), ...w.line });
  const session = createSession(
    {
      carrier: isWrapper
        ? { kind: 'wrapper', server: 1 }
        : { kind: 'hdlc', server: address, ...w.link },
      client: {
        clientId: 1,
        authentication: { kind: 'none' },
        keys: null,
        ciphering: null,
        ...w.client,
      },
      ...(w.times && { times: w.times }),
    },
    plan,
  );
  return { ...runSession(session, line, NOW), counters };
}

const codeOf = (result: Result<unknown> | null): string =>
  !result ? 'running' : result.ok ? 'done' : result.error.code;

const keys = (counterObis: string | null = null, nextCounter = 100) => ({
  systemTitle: CLIENT_TITLE,
  key: KEY,
  authKey: AUTH_KEY,
  nextCounter,
  counterObis,
});
const ciphering = { form: 'service', control: 0x30, dedicatedKey: null } as const;
const hls = (mechanism: number) => ({
  kind: 'hls' as const,
  mechanism,
  secret: SECRET,
  challenge: fromLatin1('12345678'),
});

/** What a reading must be; the clock runs during a session, so that values lie in a range. */
type Seen = { readonly serial: string; readonly wh: number; readonly rows: readonly number[] };

const RANGE = rangeOf(encodeDateTime(Date.UTC(2026, 9, 1)), encodeDateTime(Date.UTC(2026, 9, 5)));
const ENERGY = { classId: 3, obis: '1-0:1.8.0*255', attribute: 2 };

function* readAll(context: ClientContext): Dialog<Seen> {
  const objects = yield* readObjects(context, [
    { classId: 1, obis: '0-0:96.1.0*255', attribute: 2 },
    ENERGY,
    { classId: 3, obis: '1-0:32.7.0*255', attribute: 2 },
  ]);
  if (!objects.ok) return objects;
  const profile = yield* readProfile(context, '1-0:99.2.0*255', RANGE);
  if (!profile.ok) return profile;
  const [serial, energy, voltage] = objects.value;
  if (!serial || !energy || !voltage || 'error' in serial || 'error' in energy) {
    return { ok: false, error: { code: 'test', detail: 'an object is refused' } };
  }
  if (!('value' in voltage) || voltage.value.scalerUnit?.scaler !== -1) {
    return { ok: false, error: { code: 'test', detail: 'voltage has no scaler' } };
  }
  const text =
    serial.value.data.type === 'octet-string' ? serial.value.data.value : new Uint8Array();
  return ok({
    serial: String.fromCharCode(...text),
    wh: Number(integerOf(energy.value.data)),
    rows: profile.value.rows.map(({ cells }) => Number(integerOf(cells[1]))),
  });
}

const ROWS = [1, 2, 3, 4, 5].map((day) => energyAt(METER, Date.UTC(2026, 9, day)).total);

function expectRight(outcome: RunOutcome<Seen>): void {
  if (!outcome.result?.ok) throw new Error(JSON.stringify(outcome.result));
  const { serial, wh, rows } = outcome.result.value;
  expect(serial).toBe('12345678');
  expect(wh).toBeGreaterThanOrEqual(energyAt(METER, NOW).total);
  expect(wh).toBeLessThanOrEqual(energyAt(METER, outcome.endAt).total);
  expect(rows).toEqual(ROWS);
}

const WORLDS: readonly (readonly [name: string, world: World])[] = [
  ['without security', {}],
  ['over TCP', { carrier: { kind: 'wrapper' } }],
  [
    'with a password',
    { client: { clientId: 2, authentication: { kind: 'lls', password: SECRET } } },
  ],
  ['four-byte addresses', { carrier: { addressSize: 4 }, link: { addressSize: 4 } }],
  ['windows of five', { carrier: { window: 5, maxInformation: 32 }, link: { window: 7 } }],
  ['small frames both ways', { carrier: { maxInformation: 20 } }],
  ['an echoing head', { line: { hasEcho: true } }],
  ['300 Bd', { baud: 300, times: { answerMs: 8000, sessionMs: 1_200_000 } }],
  ['small buffers', { server: { maxPdu: 90 } }],
  [
    'a meter that knows no lists',
    { server: { conformance: ['get', 'block-transfer-with-get-or-read'] } },
  ],
  ['a meter that does not select', { meter: { selects: [] } }],
  ['left-out cells', { meter: { isCompressed: true } }],
  ['general blocks', { server: { usesGeneralBlocks: true, maxPdu: 120 } }],
  ['ciphered', { client: { clientId: 3, keys: keys(), ciphering } }],
  [
    'ciphered, the counter read first',
    {
      client: { clientId: 3, keys: keys('0-0:43.1.0*255', 5), ciphering },
      server: { counters: { client: 7000, own: 9 } },
    },
  ],
  [
    'a dedicated key',
    { client: { clientId: 3, keys: keys(), ciphering: { ...ciphering, dedicatedKey: DEDICATED } } },
  ],
  [
    'general ciphering in general blocks',
    {
      client: { clientId: 3, keys: keys(), ciphering: { ...ciphering, form: 'general' } },
      server: { usesGeneralBlocks: true, maxPdu: 120 },
    },
  ],
  [
    'general-ciphering',
    {
      client: { clientId: 3, keys: keys(), ciphering: { ...ciphering, form: 'general-ciphering' } },
    },
  ],
  [
    'general-ded-ciphering',
    {
      client: {
        clientId: 3,
        keys: keys(),
        ciphering: { ...ciphering, form: 'general', dedicatedKey: DEDICATED },
      },
    },
  ],
  ...[2, 3, 4, 5, 6].flatMap((n): (readonly [string, World])[] => [
    [`HLS ${n}`, { client: { clientId: 30 + n, keys: keys(), authentication: hls(n) } }],
    [
      `HLS ${n} ciphered`,
      { client: { clientId: 20 + n, keys: keys(), authentication: hls(n), ciphering } },
    ],
  ]),
];

test.each(WORLDS)('a session completes: %s', (_, world) => expectRight(run(readAll, world)));

const SECURE: World = {
  client: { clientId: 25, keys: keys(), authentication: hls(5), ciphering },
};

test('counters are stored before they are used, and the next session goes on from there', () => {
  const counters = { client: 0, own: 1 };
  const first = run(readAll, { ...SECURE, server: { counters } });
  expectRight(first);
  expect(first.stored.length).toBeGreaterThan(0);
  expect(first.stored.at(-1)).toBeGreaterThan(counters.client);
  const replay = run(readAll, { ...SECURE, server: { counters } });
  expect(codeOf(replay.result)).toBe('association_refused');
  const next = { ...SECURE.client, keys: keys(null, first.stored.at(-1)) };
  expectRight(run(readAll, { client: next, server: { counters } }));
});

test('an answer whose counter does not grow is a replay', () => {
  const stuck = {
    client: 0,
    get own() {
      return 5;
    },
    set own(_: number) {
      // The meter repeats its counter.
    },
  };
  const world = { client: { clientId: 3, keys: keys(), ciphering }, server: { counters: stuck } };
  expect(codeOf(run(readAll, world).result)).toBe('replayed');
});

test('a store that fails lets nothing out', () => {
  const session = createSession(
    {
      carrier: { kind: 'wrapper', server: 1 },
      client: { clientId: 3, authentication: { kind: 'none' }, keys: keys(), ciphering },
    },
    readAll,
  );
  const step = session.start(0);
  expect(step).toMatchObject({ send: [], persist: 356 });
  const failed = session.persisted({ ok: false, error: { code: 'disk', detail: 'full' } }, 1);
  expect(failed.send).toEqual([]);
  expect(codeOf(failed.result)).toBe('no_counter');
});

const refusals: readonly (readonly [SessionFailure, string, World])[] = [
  [
    'association_refused',
    'a wrong password',
    { client: { clientId: 2, authentication: { kind: 'lls', password: KEY } } },
  ],
  ['association_refused', 'no password', { client: { clientId: 2 } }],
  ['association_refused', 'an unknown client', { client: { clientId: 99 } }],
  [
    'association_refused',
    'a wrong secret',
    { client: { clientId: 33, authentication: { ...hls(3), secret: KEY } } },
  ],
  [
    'association_refused',
    'a wrong key',
    { client: { clientId: 3, keys: { ...keys(), key: AUTH_KEY }, ciphering } },
  ],
  [
    'association_refused',
    'a wrong authentication key',
    { client: { clientId: 3, keys: { ...keys(), authKey: KEY }, ciphering } },
  ],
  ['association_refused', 'plain where ciphering is asked', { client: { clientId: 3 } }],
  [
    'authentication_failed',
    'a reflected challenge',
    { ...SECURE, server: { challenge: () => fromLatin1('12345678') } },
  ],
  [
    'authentication_failed',
    'a short challenge',
    { ...SECURE, server: { challenge: () => KEY.subarray(0, 4) } },
  ],
  ['no_answer', 'another address', { link: { server: { upper: 2, lower: 3 } } }],
  [
    'no_answer',
    'an echo and nothing else',
    { link: { server: { upper: 2, lower: 3 } }, line: { hasEcho: true } },
  ],
];

test.each(refusals)('%s: %s', (code, _, world) => {
  const outcome = run(readAll, world);
  if (code === 'no_answer') expect(['no_answer', 'noise']).toContain(codeOf(outcome.result));
  else expect(codeOf(outcome.result)).toBe(code);
  expect(outcome.endAt - NOW).toBeLessThan(60_000);
});

describe('every single fault', () => {
  const worlds = WORLDS.filter(([name]) =>
    /^without|windows|^HLS 5 ciphered|^general blocks/.test(name),
  );
  test.each(worlds)('%s', (_, world) => {
    const count = run(readAll, world).sent.length * 2;
    for (const fault of LINE_FAULTS) {
      for (let at = 0; at < count; at++) {
        const outcome = run(readAll, { ...world, seed: at + 1, line: { once: { fault, at } } });
        // A lost DISC or release takes nothing away; everything else is asked for again.
        expectRight(outcome);
        expect(outcome.endAt - NOW).toBeLessThan(90_000);
      }
    }
  });
});

const FAILURES: readonly string[] = [
  'no_answer',
  'noise',
  'busy',
  'refused',
  'rejected',
  'disconnected',
  'broken_stream',
  'bad_answer',
  'exception',
  'association_refused',
  'bad_tag',
  'replayed',
  'too_slow',
];

/** A longer run: VITE_FUZZ_COUNT=5000. */
const MIXES = Number(import.meta.env['VITE_FUZZ_COUNT'] ?? 200);

test('two hundred mixes of faults end right or with a name', () => {
  const prng = createPrng(951);
  const ends = new Map<string, number>();
  for (let seed = 1; seed <= MIXES; seed++) {
    const [, world] = prng.pick(WORLDS);
    const chances = Object.fromEntries(
      LINE_FAULTS.map((fault) => [fault, prng.pick([0, 0, 0.02, 0.05, 0.15])]),
    );
    // TCP delivers bytes whole or not at all: there the answers are only slow.
    const isTcp = world.carrier?.kind === 'wrapper';
    const line = isTcp
      ? { chances: { slow: 0.2 }, slowMs: 9000 }
      : { ...world.line, chances, hasEcho: prng.chance(0.3) };
    const outcome = run(readAll, { ...world, seed, line });
    const code = codeOf(outcome.result);
    ends.set(code, (ends.get(code) ?? 0) + 1);
    if (code === 'done') expectRight(outcome);
    else expect(FAILURES, `seed ${seed}`).toContain(code);
    expect(outcome.endAt - NOW).toBeLessThan(1_200_001);
  }
  expect(ends.get('done')).toBeGreaterThan(MIXES * 0.75);
}, 3_600_000);

test('a TCP stream that loses bytes ends right or with a name', () => {
  const world: World = { ...SECURE, carrier: { kind: 'wrapper' } };
  const ends = new Set<string>();
  for (let seed = 1; seed <= 60; seed++) {
    const chances = { noise: 0.05, drop: 0.05, double: 0.05, crc: 0.05 };
    const outcome = run(readAll, { ...world, seed, line: { chances } });
    const code = codeOf(outcome.result);
    ends.add(code);
    if (code === 'done') expectRight(outcome);
    else expect(FAILURES, `seed ${seed}`).toContain(code);
    expect(outcome.endAt - NOW).toBeLessThan(120_000);
  }
  expect(ends).toContain('done');
  expect(ends).toContain('broken_stream');
});

test('lines of nothing but noise end in time', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const chances = { noise: 1, drop: 1, crc: 1 };
    const outcome = run(readAll, { seed, line: { chances } });
    expect(['no_answer', 'noise']).toContain(codeOf(outcome.result));
    expect(outcome.endAt - NOW).toBeLessThan(60_000);
  }
});

const CALENDAR = { classId: 20, obis: '0-0:13.0.0*255' };
const long = (n: number) => make.array(Array.from({ length: n }, (_, i) => make.u32(i)));

describe.each([
  ['plain', {}],
  ['ciphered', SECURE],
  ['in small blocks', { server: { maxPdu: 100 } }],
  ['ciphered in small blocks', { ...SECURE, server: { maxPdu: 140 } }],
] as const)('writing %s', (_, world) => {
  test('attributes, long ones in blocks, lists of them', () => {
    const outcome = run(function* (context) {
      const target = { ...CALENDAR, attribute: 7 };
      const one = yield* set(context, target, long(150));
      if (!one.ok) return one;
      const back = yield* get(context, target);
      if (!back.ok) return back;
      const list = yield* setList(context, [
        { target: { ...CALENDAR, attribute: 8 }, data: long(3) },
        { target: { ...CALENDAR, attribute: 2 }, data: make.text('x') },
        { target: { ...CALENDAR, attribute: 9 }, data: make.u8(1) },
        { target: { classId: 11, obis: '0-0:11.0.0*255', attribute: 2 }, data: long(60) },
      ]);
      if (!list.ok) return list;
      const both = yield* getList(context, [
        { ...CALENDAR, attribute: 7 },
        { ...CALENDAR, attribute: 8 },
      ]);
      return both.ok
        ? ok({ one: one.value, back: back.value, list: list.value, both: both.value })
        : both;
    }, world);
    if (!outcome.result?.ok) throw new Error(JSON.stringify(outcome.result));
    const { one, back, list, both } = outcome.result.value;
    expect(one).toBe(0);
    expect(back).toEqual({ data: long(150) });
    // Denied: the active calendar is not written; unmatched: a number is no list.
    expect(list).toEqual([0, 3, 12, 0]);
    expect(both).toEqual([{ data: long(150) }, { data: long(3) }]);
  });

  test('methods, and what they change', () => {
    const relay = { classId: 70, obis: '0-0:96.3.10*255' };
    const outcome = run(function* (context) {
      const off = yield* action(context, { ...relay, method: 1 }, make.i8(0));
      if (!off.ok) return off;
      const state = yield* get(context, { ...relay, attribute: 2 });
      if (!state.ok) return state;
      const calls = yield* actionList(context, [
        { target: { ...relay, method: 2 }, parameter: make.i8(0) },
        { target: { ...relay, method: 9 }, parameter: make.i8(0) },
      ]);
      if (!calls.ok) return calls;
      const long = yield* action(
        context,
        { ...relay, method: 2 },
        make.octets(new Uint8Array(400)),
      );
      return long.ok ? ok([off.value, state.value, calls.value, long.value]) : long;
    }, world);
    expect(outcome.result).toEqual(
      ok([
        { status: 0, data: null },
        { data: make.boolean(false) },
        [
          { status: 0, data: null },
          { status: 4, data: null },
        ],
        { status: 0, data: null },
      ]),
    );
  });
});

test('profiles by entry, the whole buffer in blocks, unknown objects', () => {
  const outcome = run(function* (context) {
    const entries = yield* readProfile(context, '1-0:99.2.0*255', entriesOf(2, 3));
    if (!entries.ok) return entries;
    const whole = yield* readProfile(context, '1-0:99.1.0*255', null);
    if (!whole.ok) return whole;
    const unknown = yield* get(context, { classId: 3, obis: '1-0:99.99.99*255', attribute: 2 });
    if (!unknown.ok) return unknown;
    const other = yield* get(context, { classId: 4, obis: '1-0:1.8.0*255', attribute: 2 });
    return other.ok ? ok({ entries: entries.value, whole: whole.value, unknown, other }) : other;
  });
  if (!outcome.result?.ok) throw new Error(JSON.stringify(outcome.result));
  const { entries, whole, unknown, other } = outcome.result.value;
  expect(entries.rows).toHaveLength(2);
  expect(entries.scalers).toEqual([null, ...Array(3).fill({ scaler: 0, unit: 30 })]);
  expect(whole.rows).toHaveLength(960);
  expect(whole.periodS).toBe(900);
  for (const { time, cells } of whole.rows) {
    const at = instantOf(time!)!;
    expect(Number(integerOf(cells[1]))).toBe(energyAt(METER, at).total);
  }
  expect(unknown).toEqual(ok({ error: 4 }));
  expect(other).toEqual(ok({ error: 9 }));
});
