/** Whole sessions in security suites 1 and 2 against the simulated meter. */
import { describe, expect, test } from 'vitest';
import { fromLatin1, toHex } from '#lib/base/bytes.ts';
import { createPrng } from '#lib/base/prng.ts';
import { ok, type Result } from '#lib/base/result.ts';
import type { Ciphering, ClientOptions } from '../../../meters/dlms/client/context.ts';
import { rangeOf, readObjects, readProfile } from '../../../meters/dlms/client/plans.ts';
import { createSession, type Plan } from '../../../meters/dlms/client/session.ts';
import { encodeDateTime } from '../../../meters/dlms/date-time.ts';
import { wrappedKeys, type KeySource } from '../../../meters/dlms/key-source.ts';
import type { Signer } from '../../../meters/dlms/signing.ts';
import { agreedKeys } from '../../../meters/dlms/suites/agreed-key.ts';
import {
  ECC_SUITES,
  eccSigner,
  newPrivateKey,
  publicKeyOf,
  type EccSuite,
} from '../../../meters/dlms/suites/ecc.ts';
import { rekeyPlan, type AgreedKey, type KeyId } from '../../../meters/dlms/suites/rekey.ts';
import { integerOf } from '../../../meters/dlms/values.ts';
import { runSession, type RunOutcome } from '../../../../../tests/support/run-dlms.ts';
import { createDlmsDevice } from './device.ts';
import { electricityMeter, energyAt } from './electricity-meter.ts';
import { agreeKeysBy } from './key-agreement.ts';
import { createLine, LINE_FAULTS, type LineOptions } from './line.ts';

const NOW = Date.UTC(2026, 9, 20, 13, 20);
const TITLE = fromLatin1('KLT00001');
const CLIENT_TITLE = fromLatin1('KLTREAD1');
const ALL = { canReadAll: true, canWrite: true, canCall: true };
const ADDRESS = { upper: 1, lower: 17 };

const prng = createPrng(800_56);
const random = (size: number): Uint8Array => prng.bytes(size);

/** What one side has and the other side has of it. */
function sides(suite: EccSuite) {
  const keys = () => ({
    agreement: newPrivateKey(suite, random),
    signing: newPrivateKey(suite, random),
  });
  const [client, meter] = [keys(), keys()];
  const side = (own: typeof client, peer: typeof client) => {
    const signer = eccSigner(suite, {
      own: own.signing,
      peer: publicKeyOf(suite, peer.signing),
    });
    const sourceOf = (scheme: 'one-pass' | 'static'): KeySource => {
      const peerKey = publicKeyOf(suite, peer.agreement);
      const made = agreedKeys({ suite, scheme, own: own.agreement, peer: peerKey, signer, random });
      if (!made.ok) throw new Error(made.error.detail);
      return made.value;
    };
    return { signer, sourceOf };
  };
  return { client: side(client, meter), meter: side(meter, client) };
}
const SIDES = { 1: sides(1), 2: sides(2) };

type Keys = { key: Uint8Array; authKey: Uint8Array };
type Extras = { readonly keySource?: KeySource; readonly signer?: Signer };
type World = {
  readonly suite: EccSuite;
  readonly keys?: Keys;
  readonly form?: Ciphering['form'];
  readonly client?: Extras;
  readonly meter?: Extras;
  readonly isDedicated?: boolean;
  readonly line?: Partial<LineOptions>;
  readonly seed?: number;
  readonly options?: Partial<ClientOptions>;
  readonly onKeys?: (keys: readonly AgreedKey[]) => void;
};

const keysOf = (suite: EccSuite): Keys => ({
  key: new Uint8Array(ECC_SUITES[suite].keySize).fill(7),
  authKey: new Uint8Array(ECC_SUITES[suite].keySize).fill(8),
});

const meterOf = (counters: { client: number; own: number }) => ({
  ...{ serial: '12345678', systemTitle: TITLE, loadW: 500, startWh: 1_000_000, counters },
  startAt: Date.UTC(2026, 5, 1),
});

function newDevice(w: World, own: (size: number) => Uint8Array) {
  const { suite, keys = keysOf(suite) } = w;
  const counters = { client: 0, own: 1 };
  const rekey = { suite, signer: SIDES[suite].meter.signer, client: CLIENT_TITLE, meter: TITLE };
  const agreeKeys = agreeKeysBy({ ...rekey, random: own }, (agreed) => w.onKeys?.(agreed));
  return createDlmsDevice({
    baud: 9600,
    carrier: { kind: 'hdlc', address: ADDRESS, maxInformation: 128 },
    server: {
      ...{ systemTitle: TITLE, suite, ...keys, ...w.meter, maxPdu: 900, counters },
      clients: [{ clientId: 3, mechanism: 5, secret: keys.key, rights: ALL, protection: 0x30 }],
      objects: electricityMeter({ ...meterOf(counters), security: { suite, agreeKeys } }),
      challenge: () => own(16),
    },
  });
}

function run<T>(plan: Plan<T>, w: World): RunOutcome<T> {
  const { suite, keys = keysOf(suite), form = 'service' } = w;
  const own = createPrng(w.seed ?? 1);
  const device = newDevice(w, (size) => own.bytes(size));
  const line = createLine(device, { prng: own.fork('line'), ...w.line });
  const size = ECC_SUITES[suite].keySize;
  const client: ClientOptions = {
    clientId: 3,
    authentication: {
      ...{ kind: 'hls', mechanism: 5, secret: keys.key },
      challenge: fromLatin1('a challenge of 24 bytes '),
    },
    keys: { systemTitle: CLIENT_TITLE, ...keys, nextCounter: 100, counterObis: null },
    ciphering: {
      ...{ form, control: 0x30 | suite, ...w.client },
      dedicatedKey: w.isDedicated ? new Uint8Array(size).fill(9) : null,
    },
    ...w.options,
  };
  const carrier = { kind: 'hdlc', server: ADDRESS } as const;
  return runSession(createSession({ carrier, client }, plan), line, NOW);
}

type Seen = { readonly wh: number; readonly rows: readonly number[] };

const RANGE = rangeOf(encodeDateTime(Date.UTC(2026, 9, 1)), encodeDateTime(Date.UTC(2026, 9, 3)));
const readAll: Plan<Seen> = function* (context) {
  const target = { classId: 3, obis: '1-0:1.8.0*255', attribute: 2 };
  const objects = yield* readObjects(context, [target]);
  if (!objects.ok) return objects;
  const profile = yield* readProfile(context, '1-0:99.2.0*255', RANGE);
  if (!profile.ok) return profile;
  const [energy] = objects.value.map((one) => ('value' in one ? one.value.data : undefined));
  return ok({
    wh: Number(integerOf(energy)),
    rows: profile.value.rows.map(({ cells }) => Number(integerOf(cells[1]))),
  });
};

const METER = meterOf({ client: 0, own: 1 });
const ROWS = [1, 2, 3].map((day) => energyAt(METER, Date.UTC(2026, 9, day)).total);

function expectRight({ result, endAt }: RunOutcome<Seen>): void {
  if (!result?.ok) throw new Error(JSON.stringify(result));
  expect(result.value.wh).toBeGreaterThanOrEqual(energyAt(METER, NOW).total);
  expect(result.value.wh).toBeLessThanOrEqual(energyAt(METER, endAt).total);
  expect(result.value.rows).toEqual(ROWS);
}

const codeOf = (result: Result<unknown> | null): string =>
  !result ? 'running' : result.ok ? 'done' : result.error.code;

/** Every way to protect a session in a suite. */
function worldsOf(suite: EccSuite): readonly (readonly [string, World])[] {
  const { client, meter } = SIDES[suite];
  const size = ECC_SUITES[suite].keySize;
  const wrapped = wrappedKeys({ kek: new Uint8Array(size).fill(6), freshKey: () => random(size) });
  const general = { suite, form: 'general-ciphering' } as const;
  const agreed = (scheme: 'one-pass' | 'static'): World => ({
    ...general,
    client: { keySource: client.sourceOf(scheme) },
    meter: { keySource: meter.sourceOf(scheme) },
  });
  const signed = { client: { signer: client.signer }, meter: { signer: meter.signer } };
  return [
    ['global keys', { suite }],
    ['a dedicated key', { suite, isDedicated: true }],
    ['general-glo-ciphering', { suite, form: 'general' }],
    ['the global key named', general],
    ['wrapped keys', { ...general, client: { keySource: wrapped }, meter: { keySource: wrapped } }],
    ['one-pass Diffie-Hellman', agreed('one-pass')],
    ['the static unified model', agreed('static')],
    ['signed services', { suite, ...signed }],
  ];
}

describe.each([1, 2] as const)('suite %d', (suite) => {
  test.each(worldsOf(suite))('a session completes: %s', (_, world) =>
    expectRight(run(readAll, world)),
  );

  test('another suite, other curves and missing signatures are refused with a name', () => {
    const other = suite === 1 ? 2 : 1;
    const { client, meter } = SIDES[suite];
    const stranger = sides(suite);
    const worlds: readonly World[] = [
      {
        suite,
        options: { ciphering: { form: 'service', control: 0x30 | other, dedicatedKey: null } },
      },
      { suite, client: { signer: client.signer } },
      { suite, meter: { signer: meter.signer } },
      { suite, client: { signer: stranger.client.signer }, meter: { signer: meter.signer } },
      {
        ...{ suite, form: 'general-ciphering' },
        client: { keySource: client.sourceOf('one-pass') },
        meter: { keySource: stranger.meter.sourceOf('one-pass') },
      },
    ];
    for (const [i, world] of worlds.entries()) {
      const codes = ['association_refused', 'exception', 'bad_answer', 'not_ciphered', 'bad_tag'];
      expect(codes, `world ${i}`).toContain(codeOf(run(readAll, world).result));
    }
  });

  test('new keys by key agreement open the next association; the old ones do not', () => {
    let taken: readonly AgreedKey[] = [];
    const options = {
      ...{ suite, signer: SIDES[suite].client.signer, random },
      ...{ client: CLIENT_TITLE, meter: TITLE },
    };
    const rekey: Plan<readonly AgreedKey[]> = (context) => rekeyPlan(context, [0, 2, 3], options);
    const { result } = run(rekey, { suite, onKeys: (keys) => (taken = keys) });
    if (!result?.ok) throw new Error(JSON.stringify(result));
    const shown = (keys: readonly AgreedKey[]) =>
      keys.map(({ keyId, key }) => [keyId, toHex(key)] as const);
    expect(shown(result.value)).toEqual(shown(taken));
    expect(new Set(shown(taken).map(([, key]) => key)).size).toBe(3);
    const keyOf = (id: KeyId) => result.value.find(({ keyId }) => keyId === id)!.key;
    const keys = { key: keyOf(0), authKey: keyOf(2) };
    expectRight(run(readAll, { suite, keys }));
    const old = run(readAll, {
      ...{ suite, keys },
      options: {
        keys: {
          ...{ systemTitle: CLIENT_TITLE, ...keysOf(suite) },
          ...{ nextCounter: 1, counterObis: null },
        },
      },
    });
    expect(codeOf(old.result)).toBe('association_refused');
  });
});

test('key agreement with a meter of another signature is authentication that failed', () => {
  const options = {
    suite: 1 as const,
    ...{ signer: sides(1).client.signer, random, client: CLIENT_TITLE, meter: TITLE },
  };
  const rekey: Plan<readonly AgreedKey[]> = (context) => rekeyPlan(context, [0], options);
  // The meter refuses a stranger; a stranger's meter is refused by us.
  expect(codeOf(run(rekey, { suite: 1 }).result)).toBe('service_error');
  const verifier = { ...SIDES[1].client.signer, verify: () => false };
  const doubting: Plan<readonly AgreedKey[]> = (context) =>
    rekeyPlan(context, [0], { ...options, signer: verifier });
  expect(codeOf(run(doubting, { suite: 1 }).result)).toBe('authentication_failed');
});

const FAULTY = worldsOf(1).filter(([name]) => /one-pass|signed|wrapped/.test(name));

/** Signatures take milliseconds: every transmission is tried with VITE_FUZZ_COUNT=1. */
const STRIDE = import.meta.env['VITE_FUZZ_COUNT'] ? 1 : 29;

test.each(FAULTY)(
  'each fault at single transmissions: %s',
  (_, world) => {
    const whole = run(readAll, world).sent.length * 2;
    for (const [i, fault] of LINE_FAULTS.entries()) {
      for (let at = i; at < whole; at += STRIDE) {
        const outcome = run(readAll, { ...world, line: { once: { fault, at } } });
        expect(codeOf(outcome.result), `${fault} at ${at}`).toBe('done');
        expectRight(outcome);
      }
    }
  },
  600_000,
);
