import { expect, test } from 'vitest';
import { concatBytes, fromHex, fromLatin1, toHex, toLatin1 } from '#lib/base/bytes.ts';
import { createPrng } from '#lib/base/prng.ts';
import { buildLink, stripLink } from '../wmbus/link.ts';
import { createDongleFramer, dongleRow, frameMessage, wrapTelegram } from './dongle.ts';
import { DONGLE_TABLE, type DongleName, type RadioMode } from './dongles.table.ts';
import type { DongleEvent } from './framer.ts';
import { initialState, step, type SessionEvent, type SessionStep } from './session.ts';

const hex = (text: string): Uint8Array => {
  const bytes = fromHex(text);
  if (!bytes.ok) throw new Error(bytes.error.detail);
  return bytes.value;
};
const NAMES = DONGLE_TABLE.map((row) => row.name);
/** Includes bytes that SLIP must escape. */
const CONTENT = hex('442D2C78563412031B78C0DBDCDD01020304050607');
const telegramFor = (name: DongleName): Uint8Array =>
  buildLink(CONTENT, name === 'cul' ? 'A' : 'stripped');

test.each(NAMES)('%s: a telegram comes out as it went in, byte by byte or at once', (name) => {
  const telegram = telegramFor(name);
  const wire = wrapTelegram(name, telegram, -61);
  const framer = createDongleFramer(name);
  const slow = [...wire].flatMap((byte) => framer.push(Uint8Array.of(byte)));
  expect(slow).toEqual(createDongleFramer(name).push(wire));
  expect(slow).toMatchObject([{ kind: 'telegram', bytes: telegram, rssi_dbm: -61 }]);
  expect(stripLink(telegram).frame.subarray(1)).toEqual(CONTENT);
});

test.each(NAMES)('%s: noise between messages is reported and costs no message', (name) => {
  const wire = wrapTelegram(name, telegramFor(name), -61);
  const noise = name === 'cul' || name === 'rtlwmbus' ? fromLatin1('\x01\x02\n') : hex('01020304');
  const framer = createDongleFramer(name);
  const events = [...framer.push(concatBytes(noise, wire, noise, wire)), ...framer.flush()];
  expect(events.filter(({ kind }) => kind === 'telegram')).toHaveLength(2);
  const lost = events.filter((event) => event.kind === 'discarded');
  expect(lost.reduce((n, event) => n + event.bytes.length, 0)).toBe(2 * noise.length);
});

test.each(['im871a', 'iu891a', 'amb8465', 'embit'] as const)(
  '%s: a damaged message is discarded, the next one is read',
  (name) => {
    const good = wrapTelegram(name, telegramFor(name), -61);
    for (let at = 0; at < good.length; at++) {
      const bad = good.slice();
      bad[at]! ^= 0x01;
      const framer = createDongleFramer(name);
      const events = [...framer.push(concatBytes(bad, good)), ...framer.flush()];
      const telegrams = events.filter((event) => event.kind === 'telegram');
      expect(telegrams.at(-1)?.bytes, `damaged at ${at}`).toEqual(telegramFor(name));
      expect(telegrams.length, `damaged at ${at}`).toBe(1);
    }
  },
);

test.each(NAMES)('%s: random bytes never throw and nothing is lost silently', (name) => {
  const prng = createPrng(871);
  for (let i = 0; i < 300; i++) {
    const framer = createDongleFramer(name);
    const input = prng.bytes(prng.int(1, 200));
    const events = [...framer.push(input), ...framer.flush()];
    const seen = events.reduce(
      (n, event) => n + ('message' in event ? event.message.length : event.bytes.length),
      0,
    );
    expect(seen).toBeLessThanOrEqual(input.length);
  }
});

test('the L field of format B is corrected when the dongle took the CRCs away', () => {
  for (const size of [20, 126, 140]) {
    const stripped = buildLink(createPrng(size).bytes(size), 'stripped');
    const onAir = buildLink(stripped.subarray(1), 'B');
    const asDelivered = Uint8Array.from([onAir[0]!, ...stripped.subarray(1)]);
    for (const name of ['iu891a', 'embit'] as const) {
      const events = createDongleFramer(name).push(wrapTelegram(name, asDelivered, -60));
      expect(events).toMatchObject([{ kind: 'telegram', bytes: stripped }]);
    }
  }
});

test('a CUL names format B, so damage there is no secret', () => {
  const wire = toLatin1(wrapTelegram('cul', buildLink(CONTENT, 'B'), -61));
  const [good] = createDongleFramer('cul').push(fromLatin1(wire));
  expect(good).not.toHaveProperty('crcOk');
  const damaged = wire.replace('78563412', '78563413');
  const [bad] = createDongleFramer('cul').push(fromLatin1(damaged));
  expect(bad).toMatchObject({ kind: 'telegram', crcOk: false });
});

test('documented messages of the devices', () => {
  expect(toHex(frameMessage('im871a', '0104'))).toBe('A58104009CF7');
  expect(toHex(frameMessage('amb8465', '0C'))).toBe('FF0C00F3');
  expect(toHex(frameMessage('amb8465', '0409'))).toBe('FF040109F3');
  expect(toHex(frameMessage('iu891a', '0101'))).toBe('C001011607C0');
  expect(toHex(frameMessage('embit', '01'))).toBe('00040105');
});

/** A device that answers every row of its table. */
function device(name: DongleName, mode: RadioMode): (bytes: Uint8Array) => Uint8Array {
  const row = dongleRow(name);
  const rows = [...(row.modes[mode] ?? []), ...(row.selfTest ? [row.selfTest] : [])];
  return (bytes) => {
    const found = rows.find(({ send }) => toHex(frameMessage(name, send)) === toHex(bytes));
    return found ? frameMessage(name, found.answer) : new Uint8Array(0);
  };
}

function run(
  name: DongleName,
  mode: RadioMode,
  answer: (b: Uint8Array) => Uint8Array,
): SessionStep {
  const framer = createDongleFramer(name);
  let now = step(initialState(name, mode), { kind: 'start' });
  for (let i = 0; i < 50 && now.state.phase === 'opening'; i++) {
    const events: SessionEvent[] = now.send.flatMap((bytes) => framer.push(answer(bytes)));
    // The silence before a time-out; it is what tells the prompt of an RC1180.
    if (!events.length) events.push(...framer.flush());
    if (!events.length) events.push({ kind: 'timeout' });
    for (const event of events) now = step(now.state, event);
  }
  return now;
}

const OPENINGS = DONGLE_TABLE.flatMap((row) =>
  Object.keys(row.modes).map((mode) => [row.name, mode as RadioMode] as const),
);

test.each(OPENINGS)('%s opens for %s', (name, mode) => {
  expect(run(name, mode, device(name, mode)).state.phase).toBe('ready');
});

test('a dongle that says nothing, or no, is a failure with a name', () => {
  const mute = (): Uint8Array => new Uint8Array(0);
  expect(run('iu891a', 'T', mute).state.failure).toBe('no_reply');
  expect(run('im871a', 'T+C', mute).state.failure).toBe('unsupported_mode');
  const refusing = (): Uint8Array => frameMessage('iu891a', '010203');
  expect(run('iu891a', 'T', refusing).state.failure).toBe('refused');
});

test('telegrams during opening do not disturb it', () => {
  const answer = device('iu891a', 'T+C');
  const noisy = (bytes: Uint8Array): Uint8Array =>
    concatBytes(wrapTelegram('iu891a', telegramFor('iu891a'), -50), answer(bytes));
  expect(run('iu891a', 'T+C', noisy).state.phase).toBe('ready');
});

test('the AMB8465 is told to send RSSI when it does not', () => {
  const answer = device('amb8465', 'T+C');
  let isOn = false;
  const repaired = (bytes: Uint8Array): Uint8Array => {
    const text = toHex(bytes);
    if (text.startsWith('FF09')) isOn = true;
    const off = text.startsWith('FF0A0245') && !isOn;
    return off ? frameMessage('amb8465', '8A450100') : answer(bytes);
  };
  expect(run('amb8465', 'T+C', repaired).state.phase).toBe('ready');
  expect(isOn).toBe(true);
});

test('an RC1180 without RSSI is told to send it, and leaves its configuration mode', () => {
  const sent: string[] = [];
  let isOn = false;
  const module = (bytes: Uint8Array): Uint8Array => {
    const text = toHex(bytes);
    sent.push(text);
    if (text === '4D0501FF') isOn = true;
    if (text === '5905') return hex(isOn ? '013E' : '003E');
    return hex(text === '58' || text === '4D0501FF' ? '' : '3E');
  };
  const end = run('rc1180', 'T+C', module);
  expect([end.state.phase, end.send.map((bytes) => toHex(bytes))]).toEqual(['ready', ['58']]);
  expect(sent).toEqual(['00', '5905', '4D0501FF', '5905', '470A']);
});

test('an RC1180 tells a prompt from a telegram of 62 bytes by what follows', () => {
  const telegram = buildLink(concatBytes(CONTENT, new Uint8Array(62 - CONTENT.length)), 'stripped');
  expect(telegram[0]).toBe(0x3e);
  const framer = createDongleFramer('rc1180');
  const slow = [...telegram].flatMap((byte) => framer.push(Uint8Array.of(byte)));
  // Without RSSI the silence behind it ends the telegram.
  expect([...slow, ...framer.flush()]).toMatchObject([{ kind: 'telegram', bytes: telegram }]);
  expect([...framer.push(hex('3E')), ...framer.flush()]).toMatchObject([{ key: '3E' }]);
});

test('silence leads to a self test, a dead dongle is noticed, a live one goes on', () => {
  let now = run('iu891a', 'T+C', device('iu891a', 'T+C'));
  now = step(now.state, { kind: 'timeout' });
  expect([now.state.phase, now.send.length]).toEqual(['testing', 1]);
  const alive: DongleEvent = { kind: 'reply', key: '010200', message: hex('00') };
  expect(step(now.state, alive).state.phase).toBe('ready');
  for (let i = 0; i < 3; i++) now = step(now.state, { kind: 'timeout' });
  expect(now.state).toMatchObject({ phase: 'failed', failure: 'silent' });
});
