import { expect, test } from 'vitest';
import { fromLatin1 } from '#lib/base/bytes.ts';
import { createPrng } from '#lib/base/prng.ts';
import { ok, type Result } from '#lib/base/result.ts';
import type { ClientOptions } from '../../meters/dlms/client/context.ts';
import type { Dialog } from '../../meters/dlms/client/dialog.ts';
import { rangeOf, readObjects, readProfile } from '../../meters/dlms/client/plans.ts';
import type { Plan } from '../../meters/dlms/client/session.ts';
import { encodeDateTime } from '../../meters/dlms/date-time.ts';
import { integerOf } from '../../meters/dlms/values.ts';
import { openOptical, type OpticalEvent } from '../../meters/optical-dlms.ts';
import type { Timed } from './dlms/device.ts';
import { electricityMeter, energyAt } from './dlms/electricity-meter.ts';
import { createLine, LINE_FAULTS, type LineOptions } from './dlms/line.ts';
import { createModeEMeter, type ModeEOptions } from './mode-e-meter.ts';

const NOW = Date.UTC(2026, 9, 20, 13, 20);
const KEY = Uint8Array.from({ length: 16 }, (_, i) => i);
const AUTH_KEY = Uint8Array.from({ length: 16 }, (_, i) => 0xd0 + i);
const TITLE = fromLatin1('KLT00001');
const SECRET = fromLatin1('a secret of ours');
const ALL = { canReadAll: true, canWrite: true, canCall: true };
const ADDRESS = { upper: 1, lower: 17 };

const meterOf = (counters: { client: number; own: number }) => ({
  serial: '12345678',
  systemTitle: TITLE,
  loadW: 500,
  startAt: Date.UTC(2026, 5, 1),
  startWh: 1_000_000,
  counters,
});

const client = (clientId: number, mechanism: number, protection: number) => ({
  ...{ clientId, mechanism, secret: SECRET, rights: ALL, protection },
});
const CLIENTS = [client(16, 0, 0), client(1, 0, 0), client(25, 5, 0x30)];

type World = {
  readonly client?: Partial<ClientOptions>;
  readonly meter?: Partial<ModeEOptions>;
  readonly line?: Partial<LineOptions>;
  readonly taken?: number;
  readonly seed?: number;
  /** The port has eight data bits from the beginning. */
  readonly eightBits?: boolean;
};

type Outcome<T> = {
  readonly result: Result<T> | null;
  readonly endAt: number;
  readonly speeds: readonly string[];
  readonly stored: readonly number[];
  /** Transmissions in both directions. */
  readonly count: number;
};

type Port = { readonly baud: number; readonly dataBits: 7 | 8 };
const MAX_TURNS = 100_000;

/** What comes next at the port's speed until `until`; what comes at another is lost. */
function nextHeard(due: Timed[], until: number, port: Port | null): Timed | null {
  due.sort((a, b) => a.at - b.at);
  while (due.length && due[0]!.at <= until) {
    const one = due.shift()!;
    if (one.baud === undefined || one.baud === port?.baud) return one;
  }
  return null;
}

function newMeter(w: World) {
  const counters = { client: w.taken ?? 0, own: 1 };
  const prng = createPrng(w.seed ?? 1);
  const server = {
    systemTitle: TITLE,
    key: KEY,
    authKey: AUTH_KEY,
    clients: CLIENTS,
    objects: electricityMeter(meterOf(counters)),
    maxPdu: 500,
    challenge: () => prng.bytes(16),
    counters,
  };
  const carrier = { kind: 'hdlc', address: ADDRESS, maxInformation: 128 } as const;
  const meter = createModeEMeter({ dlms: { server, carrier }, ...w.meter });
  let count = 0;
  const counted = {
    beBusy: (polls: number) => meter.beBusy(polls),
    write: (bytes: Uint8Array, at: number) => {
      const answers = meter.write(bytes, at);
      count += 1 + answers.length;
      return answers;
    },
  };
  const line = createLine(counted, { prng: prng.fork('line'), ...w.line });
  return { meter, line, count: () => count };
}

function run<T>(plan: Plan<T>, w: World = {}): Outcome<T> {
  const { meter, line, count } = newMeter(w);
  const options = {
    clientId: 1,
    authentication: { kind: 'none' },
    keys: null,
    ciphering: null,
    ...w.client,
  } as const;
  const session = openOptical(
    {
      ...(w.eightBits && { signOn: { eightBits: true } }),
      session: { carrier: { kind: 'hdlc', server: ADDRESS }, client: options },
    },
    plan,
  );
  const due: Timed[] = [];
  const [speeds, stored]: [string[], number[]] = [[], []];
  let now = NOW;
  let port: Port | null = null;
  let event: OpticalEvent = { kind: 'start' };
  for (let turn = 0; turn < MAX_TURNS; turn++) {
    const step = session.step(event, now);
    if (step.send) due.push(...line.write(step.send, now));
    if (step.result) return { result: step.result, endAt: now, speeds, stored, count: count() };
    if (step.open) {
      port = step.open;
      meter.open(port);
      speeds.push(`${port.baud} ${port.dataBits}${step.open.parity[0]}${step.open.stopBits}`);
      event = { kind: 'reopened' };
    } else if (step.persist !== null) {
      stored.push(step.persist);
      event = { kind: 'persisted', outcome: ok(null) };
    } else {
      const until = now + step.waitMs!;
      const heard = nextHeard(due, until, port);
      now = heard ? Math.max(now, heard.at) : until;
      event = heard ? { kind: 'bytes', bytes: heard.bytes } : { kind: 'timeout' };
    }
  }
  return { result: null, endAt: now, speeds, stored, count: count() };
}

type Seen = { readonly serial: string; readonly wh: number; readonly rows: readonly number[] };

const RANGE = rangeOf(encodeDateTime(Date.UTC(2026, 9, 1)), encodeDateTime(Date.UTC(2026, 9, 5)));

const readAll: Plan<Seen> = function* (context): Dialog<Seen> {
  const objects = yield* readObjects(context, [
    { classId: 1, obis: '0-0:96.1.0*255', attribute: 2 },
    { classId: 3, obis: '1-0:1.8.0*255', attribute: 2 },
  ]);
  if (!objects.ok) return objects;
  const profile = yield* readProfile(context, '1-0:99.2.0*255', RANGE);
  if (!profile.ok) return profile;
  const [serial, energy] = objects.value.map((one) => ('value' in one ? one.value.data : null));
  const text = serial?.type === 'octet-string' ? serial.value : new Uint8Array();
  return ok({
    serial: String.fromCharCode(...text),
    wh: Number(integerOf(energy ?? undefined)),
    rows: profile.value.rows.map(({ cells }) => Number(integerOf(cells[1]))),
  });
};

const METER = meterOf({ client: 0, own: 1 });
const ROWS = [1, 2, 3, 4, 5].map((day) => energyAt(METER, Date.UTC(2026, 9, day)).total);

function expectRight({ result, endAt }: Outcome<Seen>): void {
  if (!result?.ok) throw new Error(JSON.stringify(result));
  expect(result.value.serial).toBe('12345678');
  expect(result.value.wh).toBeGreaterThanOrEqual(energyAt(METER, NOW).total);
  expect(result.value.wh).toBeLessThanOrEqual(energyAt(METER, endAt).total);
  expect(result.value.rows).toEqual(ROWS);
}

const codeOf = ({ result }: Outcome<unknown>): string =>
  !result ? 'running' : result.ok ? 'done' : result.error.code;

const secure = (counterObis: string | null, nextCounter: number): Partial<ClientOptions> => ({
  clientId: 25,
  authentication: { kind: 'hls', mechanism: 5, secret: SECRET, challenge: fromLatin1('12345678') },
  keys: {
    ...{ systemTitle: fromLatin1('KLTREAD1'), key: KEY, authKey: AUTH_KEY },
    ...{ nextCounter, counterObis },
  },
  ciphering: { form: 'service', control: 0x30, dedicatedKey: null },
});

const SIGN_ON = ['300 7e1', '9600 8n1'];
const WORLDS: readonly (readonly [string, World, readonly string[]])[] = [
  ['plain', {}, SIGN_ON],
  ['an echoing head', { line: { hasEcho: true } }, SIGN_ON],
  ['a port of eight bits', { eightBits: true }, ['300 8n1', '9600 8n1']],
  ['300 Bd throughout', { meter: { identification: '/KLT0\\2SLOW' } }, ['300 7e1', '300 8n1']],
  ['a fast reaction', { meter: { identification: '/KLt6\\2QUICK' } }, ['300 7e1', '19200 8n1']],
  ['ciphered', { client: secure(null, 100) }, SIGN_ON],
  [
    'ciphered, the counter read first, in a sign-on of its own',
    { client: secure('0-0:43.1.0*255', 5), taken: 7000 },
    [...SIGN_ON, ...SIGN_ON],
  ],
];

test.each(WORLDS)('a session completes: %s', (_, world, speeds) => {
  const outcome = run(readAll, world);
  expectRight(outcome);
  expect(outcome.speeds).toEqual(speeds);
});

test('a counter that the meter took is never used again', () => {
  const { stored } = run(readAll, { client: secure('0-0:43.1.0*255', 5), taken: 7000 });
  expect(stored[0]).toBe(7001 + 256);
});

test('a meter without mode E, and no meter at all, are told apart', () => {
  const plain = run(readAll, { meter: { identification: '/KLT5KILTER-SIM' } });
  expect(codeOf(plain)).toBe('unsupported_mode');
  const deaf = run(readAll, { line: { chances: { drop: 1, crc: 1 } } });
  expect(['no_answer', 'bad_identification']).toContain(codeOf(deaf));
  expect(deaf.endAt - NOW).toBeLessThan(60_000);
});

const WHOLE = run(readAll, {}).count;
/** IEC 62056-21:2002 clause 6.3.14 item 12 allows a meter 1500 ms; 200 ms are its own. */
const WITHIN_MS = 1000;

/** Runs with one fault at every transmission, without and with an echo of the head. */
function* everywhere(fault: (typeof LINE_FAULTS)[number], slowMs: number) {
  for (const hasEcho of [false, true]) {
    for (let at = 0; at < WHOLE; at++) {
      for (const seed of [1, 2, 3]) {
        const line = { hasEcho, slowMs, once: { fault, at } };
        yield [run(readAll, { seed, line }), `at ${at}, echo ${hasEcho}, seed ${seed}`] as const;
      }
    }
  }
}

test.each(LINE_FAULTS)('%s at any single transmission', (fault) => {
  for (const [outcome, where] of everywhere(fault, WITHIN_MS)) {
    expect(codeOf(outcome), where).toBe('done');
    expectRight(outcome);
    expect(outcome.endAt - NOW, where).toBeLessThan(60_000);
  }
});

test('slower than a meter may be, at any single transmission: right, or silence is told', () => {
  let done = 0;
  for (const [outcome, where] of everywhere('slow', 9000)) {
    if (codeOf(outcome) === 'done') {
      expectRight(outcome);
      done++;
    } else expect(codeOf(outcome), where).toBe('no_answer');
    expect(outcome.endAt - NOW, where).toBeLessThan(90_000);
  }
  expect(done).toBeGreaterThan(WHOLE * 5);
});

const FAILURES = [
  ...['no_answer', 'bad_identification', 'unsupported_mode', 'noise', 'busy', 'refused'],
  ...['rejected', 'disconnected', 'bad_answer', 'exception', 'association_refused', 'bad_tag'],
  ...['replayed', 'too_slow'],
];
/** A longer run: VITE_FUZZ_COUNT=5000. */
const MIXES = Number(import.meta.env['VITE_FUZZ_COUNT'] ?? 200);

test('two hundred mixes of faults end right or with a name', () => {
  const prng = createPrng(62056);
  let done = 0;
  for (let seed = 1; seed <= MIXES; seed++) {
    const chances = Object.fromEntries(
      LINE_FAULTS.map((fault) => [fault, prng.pick([0, 0, 0.02, 0.05, 0.15])]),
    );
    const [, world] = prng.pick(WORLDS);
    const line = { chances, hasEcho: prng.chance(0.5) };
    const outcome = run(readAll, { ...world, seed, line });
    const code = codeOf(outcome);
    if (code === 'done') {
      expectRight(outcome);
      done++;
    } else expect(FAILURES, `seed ${seed}`).toContain(code);
    // Two sessions of ten minutes at most, and the sign-ons in front of them.
    expect(outcome.endAt - NOW).toBeLessThan(1_500_000);
  }
  expect(done).toBeGreaterThan(MIXES * 0.75);
}, 600_000);
