import { expect, test } from 'vitest';
import { concatBytes, fromLatin1, toLatin1 } from '#lib/base/bytes.ts';
import { createPrng } from '#lib/base/prng.ts';
import { addParity, stripParity } from './bytes.ts';
import { formatDataBlock, parseDataSets } from './data-set.ts';
import {
  encodeCommand,
  encodeData,
  encodeMessage,
  parseIdentification,
  parseMessage,
} from './message.ts';
import { idleMeter, respond, type VirtualMeter } from './responder.ts';
import { initialReadState, step, type ReadOptions, type ReadState } from './session.ts';

const SETS = [
  { address: '0.0.0', value: '12345678', unit: null },
  { address: '1.8.0', value: '001204.317', unit: 'kWh' },
  { address: '1.8.0*01', value: '001100.000', unit: 'kWh' },
];

function meterOf(line: string, more: Partial<VirtualMeter> = {}): VirtualMeter {
  const identification = parseIdentification(line);
  if (!identification) throw new Error('a test meter has an identification');
  return { identification, address: '00000042', dataSets: SETS, ...more };
}

type Line = { readonly meter: VirtualMeter; readonly parity?: boolean; readonly drop?: number };

/** Joins session and virtual meter: a port at another speed than the line sees nothing. */
function read(line: Line, options: ReadOptions = {}): { state: ReadState; bauds: number[] } {
  let meter = idleMeter;
  let baud = 0;
  const bauds: number[] = [];
  let now = step(initialReadState(options), { kind: 'start' });
  let dropped = line.drop ?? 0;
  const pending: { bytes: Uint8Array; baud: number }[] = [];
  for (let i = 0; i < 200 && now.state.phase !== 'ended'; i++) {
    if (now.send && dropped-- <= 0) {
      const answer = respond(line.meter, meter, now.send);
      meter = answer.state;
      pending.push(...answer.replies);
    }
    if (now.open) {
      baud = now.open.baud;
      bauds.push(baud);
      now = step(now.state, { kind: 'reopened' });
      continue;
    }
    const next = pending.findIndex((reply) => reply.baud === baud);
    if (next < 0) now = step(now.state, { kind: 'timeout' });
    else {
      const [reply] = pending.splice(next, 1);
      const bytes = line.parity ? addParity(reply!.bytes) : reply!.bytes;
      for (const byte of bytes) {
        const got = step(now.state, { kind: 'bytes', bytes: Uint8Array.of(byte) });
        now = got;
        if (got.send || got.open || got.state.phase === 'ended') break;
      }
    }
  }
  return { state: now.state, bauds };
}

const code = (state: ReadState): string =>
  state.result?.kind === 'failed' ? state.result.code : (state.result?.kind ?? 'running');

test.each([
  ['mode C, 9600', '/KLT5\\2KILTER 1', [300, 9600]],
  ['mode C, 300', '/KLT0KILTER 1', [300]],
  ['mode B, 1200', '/KLTBKILTER 1', [300, 1200]],
  ['mode A', '/KLT@KILTER 1', [300]],
] as const)('%s: the readout ends with all data sets', (_, identification, bauds) => {
  for (const echo of [false, true]) {
    for (const parity of [false, true]) {
      const got = read({ meter: meterOf(identification, { echo }), parity });
      expect(code(got.state), `echo ${echo}, parity ${parity}`).toBe('done');
      expect(got.bauds).toEqual(bauds);
      const readout = got.state.result?.kind === 'done' ? got.state.result.readout : null;
      expect(readout?.dataSets.map((set) => set.address)).toEqual(SETS.map((set) => set.address));
      expect(readout?.bccValid).toBe(true);
      expect(readout?.dataSets[1]?.number).toEqual({ units: 1204317n, scale: -3 });
    }
  }
});

test('one wrong block check is asked for again, two are a failure', () => {
  expect(code(read({ meter: meterOf('/KLT5X', { badBlocks: 1 }) }).state)).toBe('done');
  expect(code(read({ meter: meterOf('/KLT5X', { badBlocks: 2 }) }).state)).toBe('bad_bcc');
});

test('a sleeping meter gets wake-up characters, a missing one is no answer', () => {
  const meter = meterOf('/KLT5X');
  expect(code(read({ meter, drop: 1 }).state)).toBe('done');
  expect(code(read({ meter, drop: 99 }).state)).toBe('no_answer');
});

test('only the addressed meter answers; leading zeros do not count', () => {
  const meter = meterOf('/KLT5X');
  expect(code(read({ meter }, { address: '42' }).state)).toBe('done');
  expect(code(read({ meter }, { address: '43' }).state)).toBe('no_answer');
});

test('a meter that falls silent, talks nonsense or stops in the middle', () => {
  const start = step(step(initialReadState(), { kind: 'start' }).state, { kind: 'reopened' });
  let state = start.state;
  const bytes = fromLatin1('hello?\r\n');
  for (let i = 0; i < 3; i++) {
    state = step(state, { kind: 'bytes', bytes }).state;
    state = step(state, { kind: 'timeout' }).state;
  }
  expect(code(state)).toBe('bad_identification');
  const identified = step(start.state, { kind: 'bytes', bytes: fromLatin1('/KLTBX\r\n') });
  expect(identified.open?.baud).toBe(1200);
  const reading = step(identified.state, { kind: 'reopened' });
  const quiet = step(reading.state, { kind: 'timeout' });
  expect(quiet.send).toEqual(Uint8Array.of(0x15));
  expect(code(step(quiet.state, { kind: 'timeout' }).state)).toBe('no_data');
  const half = step(reading.state, { kind: 'bytes', bytes: fromLatin1('\x021.8.0(00') });
  const asked = step(half.state, { kind: 'timeout' });
  expect(asked.send).toEqual(Uint8Array.of(0x15));
  expect(code(step(asked.state, { kind: 'timeout' }).state)).toBe('incomplete');
  const flood = step(reading.state, { kind: 'bytes', bytes: new Uint8Array(70_000) });
  expect(code(flood.state)).toBe('too_long');
});

test('the speed changes when the echo of the acknowledgement has come back whole', () => {
  const start = step(step(initialReadState(), { kind: 'start' }).state, { kind: 'reopened' });
  const hello = fromLatin1('/KLT5X\r\n');
  const ack = step(start.state, { kind: 'bytes', bytes: hello });
  const echo = ack.send ?? new Uint8Array();
  const part = step(ack.state, { kind: 'bytes', bytes: echo.subarray(0, 3) });
  expect(part).toMatchObject({ open: null, waitMs: 240 });
  const whole = step(part.state, { kind: 'bytes', bytes: echo.subarray(3) });
  expect(whole.open).toMatchObject({ baud: 9600 });
  // A head without echo: the time of the characters decides.
  expect(step(ack.state, { kind: 'timeout' }).open).toMatchObject({ baud: 9600 });
});

test.each([
  [{ kind: 'request', address: '' } as const, '/?!\r\n'],
  [{ kind: 'request', address: '12345' } as const, '/?12345!\r\n'],
  [{ kind: 'ack', protocol: '0', baudChar: '5', modeChar: '1' } as const, '\x06051\r\n'],
  [{ kind: 'nak' } as const, '\x15'],
])('message %o', (message, text) => {
  expect(toLatin1(encodeMessage(message))).toBe(text);
  expect(parseMessage(fromLatin1(text))).toMatchObject({ ok: true, value: { message } });
});

test('identifications', () => {
  expect(parseIdentification('/DEfB\\2TEST')).toMatchObject({
    manufacturer: 'DEf',
    baud: 1200,
    mode: 'B',
    speaksHdlc: true,
    reactionTimeMs: 20,
    identification: 'TEST',
  });
  expect(parseIdentification('/12')).toBeNull();
});

test('commands carry a block check', () => {
  expect(toLatin1(encodeCommand('B', '0', null))).toBe('\x01B0\x03q');
  const command = encodeCommand('R', '1', '1.8.0()');
  expect(parseMessage(command)).toMatchObject({
    ok: true,
    value: { bccValid: true, message: { command: 'R', type: '1', data: { address: '1.8.0' } } },
  });
});

test('data sets: several on a line, over lines, without address, packed values', () => {
  const sets = parseDataSets('6.8(0029.055*MWh)6.26(01589.28*m3)\r\n9.4(088*C&082*C)F()(00)!\r\n');
  expect(sets.ok && sets.value.map((s) => [s.address, s.value, s.unit])).toEqual([
    ['6.8', '0029.055', 'MWh'],
    ['6.26', '01589.28', 'm3'],
    ['9.4', '088*C&082*C', null],
    ['F', '', null],
    ['', '00', null],
  ]);
});

test('parity is put on and taken off', () => {
  const text = fromLatin1('/?!\r\n 1.8.0(5)');
  expect(stripParity(addParity(text))).toEqual(text);
  expect(addParity(Uint8Array.of(0x01, 0x03))).toEqual(Uint8Array.of(0x81, 0x03));
});

test('every cut and every bit error of a data message is noticed', () => {
  const message = encodeData(formatDataBlock(SETS));
  for (let end = 1; end < message.length; end++) {
    const parsed = parseMessage(message.subarray(0, end));
    expect(parsed.ok && parsed.value.bccValid === true, `cut at ${end}`).toBe(false);
  }
  for (let bit = 8; bit < message.length * 8; bit++) {
    // Bit 7 is the parity, which the block check does not cover.
    if (bit % 8 === 7) continue;
    const broken = message.slice();
    broken[bit >> 3]! ^= 1 << (bit & 7);
    const parsed = parseMessage(broken);
    expect(parsed.ok && parsed.value.bccValid === true, `bit ${bit}`).toBe(false);
  }
});

test('random characters never throw, neither alone nor in a session', () => {
  const prng = createPrng(62056);
  const good = concatBytes(fromLatin1('/KLT5X\r\n'), encodeData(formatDataBlock(SETS)));
  for (let i = 0; i < 400; i++) {
    const bytes = prng.chance(0.5) ? prng.bytes(prng.int(1, 80)) : good.slice();
    bytes[prng.int(0, bytes.length)]! ^= 1 << prng.int(0, 8);
    parseMessage(bytes);
    let now = step(step(initialReadState(), { kind: 'start' }).state, { kind: 'reopened' });
    for (let n = 0; n < 6; n++) {
      now = step(now.state, { kind: 'bytes', bytes });
      now = step(now.state, { kind: now.open ? 'reopened' : 'timeout' });
    }
    expect(now.state.phase).toBeDefined();
  }
});
