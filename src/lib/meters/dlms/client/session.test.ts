import { expect, test } from 'vitest';
import { fromLatin1 } from '#lib/base/bytes.ts';
import { ok, type Result } from '#lib/base/result.ts';
import { makeAare } from '../acse.ts';
import { decodeApdu, encodeApdu, type Apdu } from '../apdu.ts';
import { encodeData } from '../axdr.ts';
import * as make from '../cosem/build.ts';
import { conformanceOf } from '../fields.ts';
import { protect, unprotect, type Protection } from '../protection.ts';
import { encodeWrapped, readWrapped } from '../wrapper.ts';
import type { ClientOptions } from './context.ts';
import { get, getList, isData } from './services.ts';
import { createSession, type Plan, type Session, type SessionStep } from './session.ts';

/** A meter of one's own words: `answer` says what comes back for each request. */
type Answer = (request: Apdu) => Apdu | null;

const PLAIN: ClientOptions = {
  clientId: 1,
  authentication: { kind: 'none' },
  keys: null,
  ciphering: null,
};
const INITIATED = encodeApdu({
  type: 'initiate-response',
  qualityOfService: null,
  dlmsVersion: 6,
  conformance: conformanceOf(['get', 'multiple-references']),
  maxPduSize: 1000,
  vaaName: 7,
});
const aare = (userInformation: Uint8Array, title: Uint8Array | null = null) =>
  makeAare({
    context: title ? 3 : 1,
    mechanism: null,
    systemTitle: title,
    authenticationValue: null,
    userInformation,
    result: 0,
    diagnostic: 0,
  });
const TARGET = { classId: 3, obis: '1-0:1.8.0*255', attribute: 2 };
const answerTo = (request: Apdu, value: number, invoke?: number): Apdu => ({
  type: 'get-response-normal',
  invoke: invoke ?? ('invoke' in request ? (request.invoke as number) : 0),
  result: { data: encodeData(make.u32(value)) },
});
const wrapped = (apdu: Apdu) =>
  encodeWrapped({ source: 1, destination: 1, apdu: encodeApdu(apdu) });

function requestOf(bytes: Uint8Array): Apdu {
  const frame = readWrapped(bytes);
  const read = frame.ok ? decodeApdu(frame.value.apdu) : frame;
  if (!read.ok) throw new Error(read.error.detail);
  return read.value.apdu;
}

const newSession = <T>(plan: Plan<T>, client: ClientOptions = PLAIN): Session<T> =>
  createSession({ carrier: { kind: 'wrapper', server: 1 }, client }, plan);

/** Answers at once; where there is no answer, time passes until the session wakes up. */
function converse<T>(session: Session<T>, answer: Answer): { result: Result<T>; count: number } {
  let now = 0;
  let count = 0;
  let step: SessionStep<T> = session.start(now);
  for (let i = 0; i < 100 && !step.result; i++) {
    const [bytes] = step.send;
    const request = bytes && requestOf(bytes);
    if (request) count++;
    const reply = request && (request.type === 'aarq' ? aare(INITIATED) : answer(request));
    now = reply ? now + 10 : (step.wakeAt ?? now);
    step = reply ? session.receive(wrapped(reply), now) : session.tick(now);
  }
  if (!step.result) throw new Error('the session never ends');
  return { result: step.result, count };
}

const codeOf = (result: Result<unknown>): string => (result.ok ? 'done' : result.error.code);

const onePlan: Plan<unknown> = (context) => get(context, TARGET);

test('an answer with the number of another request is refused', () => {
  const right = converse(newSession(onePlan), (request) => answerTo(request, 5));
  expect(right.result).toEqual(ok({ data: make.u32(5) }));
  const wrong = converse(newSession(onePlan), (request) => answerTo(request, 5, 0xc9));
  expect(codeOf(wrong.result)).toBe('bad_answer');
});

test('after a failure of the line nothing is sent any more, and a late answer is not taken', () => {
  const stubborn: Plan<unknown> = function* (context) {
    const first = yield* get(context, TARGET);
    expect(first.ok).toBe(false);
    return yield* get(context, TARGET);
  };
  const { result, count } = converse(newSession(stubborn), () => null);
  expect(codeOf(result)).toBe('no_answer');
  // The association and the first request; the second was never sent.
  expect(count).toBe(2);
});

test('what a meter sends unasked is kept and does not answer a request', () => {
  const session = newSession(onePlan);
  session.start(0);
  let step = session.receive(wrapped(aare(INITIATED)), 1);
  const request = requestOf(step.send[0]!);
  const event: Apdu = {
    type: 'data-notification',
    longInvoke: 1,
    dateTime: { bytes: new Uint8Array(0), isTagged: false },
    data: encodeData(make.u32(99)),
  };
  step = session.receive(wrapped(event), 2);
  expect(step).toMatchObject({ send: [], result: null });
  session.receive(wrapped(answerTo(request, 5)), 3);
  expect(session.notifications).toEqual([encodeApdu(event)]);
  step = session.tick(1_000_000);
  expect(step.result).toEqual(ok({ data: make.u32(5) }));
});

test.each<[string, Apdu]>([
  [
    'exception',
    { type: 'exception-response', stateError: 1, serviceError: 2, invocationCounter: null },
  ],
  ['service_error', { type: 'confirmed-service-error', service: 5, errorKind: 0, error: 1 }],
  ['bad_answer', { type: 'set-response-normal', invoke: 0xc1, result: 0 }],
])('%s', (code, reply) => {
  expect(codeOf(converse(newSession(onePlan), () => reply).result)).toBe(code);
});

test('a refusal of one attribute is a result, not a failure', () => {
  const { result } = converse(newSession(onePlan), (request) => ({
    type: 'get-response-normal',
    invoke: 'invoke' in request ? (request.invoke as number) : 0,
    result: { error: 4 },
  }));
  expect(result).toEqual(ok({ error: 4 }));
});

test('a list must have as many results as were asked for', () => {
  const plan: Plan<unknown> = (context) => getList(context, [TARGET, TARGET]);
  const { result } = converse(newSession(plan), (request) => ({
    type: 'get-response-with-list',
    invoke: 'invoke' in request ? (request.invoke as number) : 0,
    results: [{ error: 4 }],
  }));
  expect(codeOf(result)).toBe('bad_answer');
});

test('blocks that skip a number, and blocks that never end, are refused', () => {
  const blocks =
    (next: (n: number) => number): Answer =>
    (request) => {
      const n = request.type === 'get-request-next' ? request.blockNumber : 0;
      return {
        type: 'get-response-with-block',
        invoke: 'invoke' in request ? (request.invoke as number) : 0,
        lastBlock: false,
        blockNumber: next(n),
        result: { data: new Uint8Array(60_000) },
      };
    };
  expect(
    codeOf(
      converse(
        newSession(onePlan),
        blocks((n) => n + 2),
      ).result,
    ),
  ).toBe('lost_block');
  expect(
    codeOf(
      converse(
        newSession(onePlan),
        blocks((n) => n + 1),
      ).result,
    ),
  ).toBe('too_long');
});

const KEY = new Uint8Array(16).fill(3);
const [CLIENT, METER] = [fromLatin1('KLTREAD1'), fromLatin1('KLT00001')];
const METER_SIDE: Protection = {
  form: 'service',
  control: 0x30,
  isDedicated: false,
  key: KEY,
  authKey: KEY,
  ownTitle: METER,
  peerTitle: CLIENT,
};

test('no counter is ever used before it is stored, over more than one reservation', () => {
  const many: Plan<number> = function* (context) {
    let sum = 0;
    for (let i = 0; i < 600; i++) {
      const one = yield* get(context, TARGET);
      if (!one.ok) return one;
      if (isData(one.value)) sum++;
    }
    return ok(sum);
  };
  const session = newSession(many, {
    ...PLAIN,
    keys: { systemTitle: CLIENT, key: KEY, authKey: KEY, nextCounter: 41, counterObis: null },
    ciphering: { form: 'service', control: 0x30, dedicatedKey: null },
  });
  let [stored, own, last] = [41, 1, 40];
  const answer = (bytes: Uint8Array): Uint8Array => {
    const request = requestOf(bytes);
    if (request.type === 'aarq') return wrapped(aare(protect(INITIATED, METER_SIDE, own++), METER));
    const frame = readWrapped(bytes);
    const opened = frame.ok ? unprotect(frame.value.apdu, METER_SIDE) : frame;
    if (!opened.ok) return wrapped({ type: 'rlre', parts: [] });
    const { counter, plain } = opened.value;
    expect(counter).toBeGreaterThan(last);
    expect(counter).toBeLessThan(stored);
    last = counter;
    const read = decodeApdu(plain);
    if (!read.ok) throw new Error(read.error.detail);
    const reply = encodeApdu(answerTo(read.value.apdu, 7));
    const apdu = protect(reply, METER_SIDE, own++);
    return encodeWrapped({ source: 1, destination: 1, apdu });
  };
  let step = session.start(0);
  for (let now = 1; !step.result && now < 5000; now++) {
    const [bytes] = step.send;
    if (step.persist !== null) {
      expect(step.send).toEqual([]);
      stored = step.persist;
      step = session.persisted(ok(null), now);
    } else step = bytes ? session.receive(answer(bytes), now) : session.tick(step.wakeAt ?? now);
  }
  expect(step.result).toEqual(ok(600));
  expect(last).toBeGreaterThan(600);
});
