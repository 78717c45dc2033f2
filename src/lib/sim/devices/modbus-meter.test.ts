import { describe, expect, test } from 'vitest';
import { formatDecimal } from '#lib/base/decimal.ts';
import type { Transmission } from '../../meters/modbus/frames.ts';
import { planRequests, readQuantities } from '../../meters/modbus/register-map.ts';
import { REGISTER_MAPS } from '../../meters/modbus/register-maps.table.ts';
import {
  initialModbusState,
  stepModbus,
  type ModbusInput,
  type ModbusState,
} from '../../meters/modbus/session.ts';
import { disturb, LINE_FAULTS, type FaultPlace } from './line-faults.ts';
import { createModbusMeter } from './modbus-meter.ts';

const MAP = REGISTER_MAPS[0]!;
const VALUES = { '1-0:1.8.0': 1234.5, '1-0:32.7.0': 230.25, '1-0:16.7.0': -1500 };
const plan = planRequests(MAP);
const REQUESTS = plan.ok ? plan.value : [];

type Line = {
  readonly transmission: Transmission;
  /** The answer of this number is disturbed; from it on all when `forever`. */
  readonly answer: number;
  readonly forever?: boolean;
  readonly place: FaultPlace;
  readonly unit?: number;
  readonly echo?: boolean;
};

/** Speaks with the meter until the session ends; chunks arrive three bytes at a time. */
function talk(line: Line): ModbusState {
  const { transmission } = line;
  const meter = createModbusMeter({ transmission, unit: 1, map: MAP, values: VALUES });
  let state = initialModbusState({ transmission, unit: line.unit ?? 1, requests: REQUESTS });
  let inbox: Uint8Array[] = [];
  let input: ModbusInput = { kind: 'start' };
  let answers = 0;
  for (let turns = 0; turns < 3000; turns++) {
    const next = stepModbus(state, input);
    state = next.state;
    if (state.result) return state;
    if (next.send) {
      const replies = meter.write(next.send).map((bytes) => {
        const isHit = line.forever ? answers >= line.answer : answers === line.answer;
        answers++;
        return isHit ? disturb(bytes, line.place) : bytes;
      });
      const heard = line.echo ? [next.send, ...replies] : replies;
      inbox = heard.flatMap((bytes) =>
        Array.from({ length: Math.ceil(bytes.length / 3) }, (_, i) =>
          bytes.subarray(3 * i, 3 * i + 3),
        ),
      );
    }
    const bytes = inbox.shift();
    input = bytes ? { kind: 'bytes', bytes } : { kind: 'timeout' };
  }
  throw new Error('the session does not end');
}

const NONE = { fault: 'none', at: 0, seed: 1 } as const;

describe.each(['rtu', 'ascii', 'tcp'] as const)('%s', (transmission) => {
  test('reads all quantities, with and without the echo of a line converter', () => {
    for (const echo of [false, true]) {
      if (echo && transmission !== 'rtu') continue;
      const { result } = talk({ transmission, answer: 0, place: NONE, echo });
      const blocks = result?.kind === 'done' ? result.blocks : [];
      const read = readQuantities(MAP, blocks);
      const values = Object.fromEntries(
        (read.ok ? read.value : []).map((q) => [q.obis, q.value && formatDecimal(q.value)]),
      );
      expect(values).toMatchObject({
        '1-0:1.8.0': '1234.5',
        '1-0:32.7.0': '230.25',
        '1-0:16.7.0': '-1500',
      });
    }
  });

  test('any single fault at any place ends right or with a name, never with wrong numbers', () => {
    const clean = talk({ transmission, answer: 0, place: NONE }).result;
    let done = 0;
    let all = 0;
    for (const fault of LINE_FAULTS) {
      for (let at = 0; at < 60; at++) {
        const { result } = talk({ transmission, answer: 0, place: { fault, at, seed: 9 } });
        all++;
        if (result?.kind === 'failed') expect(result.code).toMatch(/^[a-z_]+$/);
        // TCP has no check sum of its own: what the network delivers is taken.
        else if (transmission !== 'tcp') expect(result, `${fault} at ${at}`).toEqual(clean);
        if (result?.kind === 'done') done++;
      }
    }
    // One repeat suffices on serial lines.
    if (transmission !== 'tcp') expect(done).toBe(all);
  });

  test('a fault that stays has a name', () => {
    const place = { fault: 'silent', at: 0, seed: 1 } as const;
    expect(talk({ transmission, answer: 0, forever: true, place }).result).toMatchObject({
      kind: 'failed',
      code: 'no_answer',
    });
    expect(talk({ transmission, answer: 0, place: NONE, unit: 2 }).result).toMatchObject({
      code: 'no_answer',
    });
    if (transmission === 'tcp') return;
    const broken = { fault: 'wrong-sum', at: 4, seed: 1 } as const;
    expect(talk({ transmission, answer: 0, forever: true, place: broken }).result).toMatchObject({
      code: 'disturbed',
    });
  });
});

test('an exception is told by its word', () => {
  const meter = createModbusMeter({ transmission: 'rtu', unit: 1, map: MAP, values: {} });
  const request = { functionCode: 4, address: 0, count: 100 } as const;
  const first = stepModbus(
    initialModbusState({ transmission: 'rtu', unit: 1, requests: [request] }),
    { kind: 'start' },
  );
  const [bytes] = meter.write(first.send!);
  const { state } = stepModbus(first.state, { kind: 'bytes', bytes: bytes! });
  expect(state.result).toMatchObject({ code: 'refused', exception: 'illegal_value' });
});
