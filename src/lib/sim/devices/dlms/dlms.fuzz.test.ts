import { expect, test } from 'vitest';
import { concatBytes, fromLatin1 } from '#lib/base/bytes.ts';
import { createPrng, type Prng } from '#lib/base/prng.ts';
import { encodeApdu } from '../../../meters/dlms/apdu.ts';
import { decodeData, encodeData, type DlmsData } from '../../../meters/dlms/axdr.ts';
import { readObjects, readProfile } from '../../../meters/dlms/client/plans.ts';
import { createSession, type SessionOptions } from '../../../meters/dlms/client/session.ts';
import * as make from '../../../meters/dlms/cosem/build.ts';
import { LLC_RESPONSE } from '../../../meters/dlms/hdlc/assemble.ts';
import { encodeHdlc } from '../../../meters/dlms/hdlc/frame.ts';
import { withFlags } from '../../../meters/dlms/hdlc/stream.ts';
import { encodeMbusMessage } from '../../../meters/dlms/mbus-segment.ts';
import { readControl, sealApdu } from '../../../meters/dlms/security.ts';
import { encodeWrapped } from '../../../meters/dlms/wrapper.ts';
import { createDlmsDevice, type DeviceOptions } from './device.ts';
import { electricityMeter } from './electricity-meter.ts';
import { createLine } from './line.ts';
import { DLMS_TARGETS, feed } from '../../../../../tests/support/fuzz-targets.ts';
import { mutate } from '../../../../../tests/support/mutate.ts';
import { runSession } from '../../../../../tests/support/run-dlms.ts';

/** A longer run: VITE_FUZZ_COUNT=1000000. */
const COUNT = Number(import.meta.env['VITE_FUZZ_COUNT'] ?? 3000);
const NOW = Date.UTC(2026, 9, 20, 13, 20);
const [KEY, TITLE] = [new Uint8Array(16).fill(7), fromLatin1('KLT00001')];
const KEYS = { key: KEY, authKey: KEY };

const carriers = {
  hdlc: { kind: 'hdlc', address: { upper: 1, lower: 17 }, maxInformation: 128 },
  wrapper: { kind: 'wrapper', port: 1 },
} as const satisfies Record<string, DeviceOptions['carrier']>;

function newDevice(kind: keyof typeof carriers) {
  const counters = { client: 0, own: 1 };
  const meter = {
    serial: '12345678',
    systemTitle: TITLE,
    loadW: 500,
    startAt: NOW - 864_000_000,
    startWh: 1000,
    counters,
  };
  return createDlmsDevice({
    carrier: carriers[kind],
    server: {
      systemTitle: TITLE,
      ...KEYS,
      clients: [
        {
          clientId: 1,
          mechanism: 0,
          secret: KEY,
          rights: { canReadAll: true, canWrite: true, canCall: true },
          protection: 0,
        },
      ],
      objects: electricityMeter(meter),
      maxPdu: 300,
      challenge: () => KEY,
      counters,
    },
  });
}

const options = (kind: keyof typeof carriers): SessionOptions => ({
  carrier: kind === 'hdlc' ? { kind, server: { upper: 1, lower: 17 } } : { kind, server: 1 },
  client: { clientId: 1, authentication: { kind: 'none' }, keys: null, ciphering: null },
});

const newSession = (kind: keyof typeof carriers) =>
  createSession(options(kind), function* (context) {
    const target = { classId: 3, obis: '1-0:1.8.0*255', attribute: 2 };
    const objects = yield* readObjects(context, [target]);
    return objects.ok ? yield* readProfile(context, '1-0:99.2.0*255', null) : objects;
  });

/** Everything that both sides say in a session. */
function conversation(kind: keyof typeof carriers) {
  const device = newDevice(kind);
  const answers: Uint8Array[] = [];
  const line = createLine(device, { prng: createPrng(1) });
  const { sent, result } = runSession(
    newSession(kind),
    {
      write: (bytes, at) => {
        const back = line.write(bytes, at);
        answers.push(...back.map((one) => one.bytes));
        return back;
      },
    },
    NOW,
  );
  expect(result?.ok).toBe(true);
  return { sent, answers };
}

const TALK = { hdlc: conversation('hdlc'), wrapper: conversation('wrapper') };
const BODY: DlmsData = make.array([
  make.structure([make.obisData('0-0:1.0.0*255'), make.octets(new Uint8Array(12))]),
  make.structure([make.obisData('1-0:1.8.0*255'), make.u32(123456), make.scalerUnit(0, 30)]),
]);
const PLAIN = encodeApdu({
  type: 'data-notification',
  longInvoke: 1,
  dateTime: { bytes: new Uint8Array(0), isTagged: false },
  data: encodeData(BODY),
});
const sealed = { control: readControl(0x30), systemTitle: TITLE, invocationCounter: 3, ...KEYS };
const SEALED = encodeApdu({
  type: 'general-glo-ciphering',
  systemTitle: TITLE,
  ciphered: sealApdu(PLAIN, sealed),
});
const pushFrame = (apdu: Uint8Array): Uint8Array =>
  withFlags(
    encodeHdlc({
      type: 'UI',
      destination: { upper: 103, lower: null },
      source: { upper: 1, lower: 17 },
      isSegmented: false,
      isFinal: false,
      send: null,
      receive: null,
      payload: concatBytes(LLC_RESPONSE, apdu),
    }),
  );

const SAMPLES: readonly Uint8Array[] = [
  ...TALK.hdlc.sent,
  ...TALK.hdlc.answers,
  ...TALK.wrapper.sent.flatMap((b) => [b, b.subarray(8)]),
  ...TALK.wrapper.answers.flatMap((b) => [b, b.subarray(8)]),
  PLAIN,
  SEALED,
  ...[PLAIN, SEALED].flatMap((apdu) => [
    pushFrame(apdu),
    encodeMbusMessage(apdu, 40),
    encodeWrapped({ source: 1, destination: 16, apdu }),
  ]),
  encodeData(BODY),
];

const decodeAll = (bytes: Uint8Array): void => feed(DLMS_TARGETS, bytes);
const damaged = (prng: Prng): Uint8Array => mutate(SAMPLES, prng);

test('every sample cut at every offset', () => {
  for (const sample of SAMPLES) {
    for (let n = 0; n <= sample.length; n++) decodeAll(sample.subarray(0, n));
  }
});

test('mutated samples never throw and never take long', () => {
  const prng = createPrng(62056);
  let slowestMs = 0;
  for (let i = 0; i < COUNT; i++) {
    const bytes = damaged(prng);
    const before = performance.now();
    decodeAll(bytes);
    slowestMs = Math.max(slowestMs, performance.now() - before);
  }
  // A pause of the collector is allowed; a loop that grows with a claimed length is not.
  expect(slowestMs).toBeLessThan(1500);
}, 7_200_000);

test('small bytes that claim large contents are refused at once', () => {
  for (const text of [
    '0184FFFFFFFF',
    '0984FFFFFFFF',
    '0484FFFFFFFF',
    // Compact arrays of arrays of 65535 empty elements, nested.
    '1301FFFF01FFFF01FFFF0001FF',
    '1301FFFF01FFFF1101FF',
    '01'.repeat(4000),
    '0201'.repeat(4000),
  ]) {
    const bytes = Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
    const before = performance.now();
    expect(decodeData(bytes).ok).toBe(false);
    expect(performance.now() - before).toBeLessThan(500);
  }
});

test.each(['hdlc', 'wrapper'] as const)('a session that is fed garbage ends: %s', (kind) => {
  const prng = createPrng(4059);
  for (let i = 0; i < Math.min(COUNT / 30, 2000); i++) {
    const session = newSession(kind);
    let now = NOW;
    let step = session.start(now);
    for (let k = 0; k < 5000 && !step.result; k++) {
      const isTalk = prng.chance(0.7);
      now += prng.int(0, 700);
      step = isTalk
        ? session.receive(prng.chance(0.5) ? prng.pick(TALK[kind].answers) : damaged(prng), now)
        : session.tick(now);
    }
    expect(step.result).not.toBeNull();
  }
});

test('a device that is fed garbage answers or stays silent, and lives', () => {
  for (const kind of ['hdlc', 'wrapper'] as const) {
    const prng = createPrng(951);
    const device = newDevice(kind);
    for (let i = 0; i < COUNT / 10; i++) {
      device.write(prng.chance(0.5) ? prng.pick(TALK[kind].sent) : damaged(prng), NOW + i * 100);
    }
    // Whatever came, a new session is served, over TCP on a new connection.
    const served = kind === 'hdlc' ? device : newDevice(kind);
    const line = createLine(served, { prng });
    expect(runSession(newSession(kind), line, NOW + 1e9).result?.ok).toBe(true);
  }
});
