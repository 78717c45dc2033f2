import { describe, expect, test } from 'vitest';
import { idleMeter, respond, type VirtualMeter } from '#lib/meters/iec62056-21/responder.ts';
import { SimulatedTransport } from '#lib/transport/simulated.ts';
import type { SerialSettings } from '#lib/transport/transport.ts';
import { readOptical, sameSerial, serialOf } from './read-optical.ts';

const METER: VirtualMeter = {
  identification: {
    kind: 'identification',
    manufacturer: 'KLT',
    baudChar: '5',
    baud: 9600,
    mode: 'C',
    speaksHdlc: false,
    reactionTimeMs: 200,
    identification: 'TEST',
  },
  address: '',
  echo: true,
  dataSets: [
    { address: '0.0.0', value: '48125519', unit: null },
    { address: '1.8.0', value: '012345.678', unit: 'kWh' },
  ],
};

/** The codec's virtual meter behind a port that drops what is sent at another speed. */
function head(meter: VirtualMeter) {
  let state = idleMeter;
  let baud = 0;
  const openings: SerialSettings[] = [];
  const due: { at: number; bytes: Uint8Array; baud: number }[] = [];
  const transport = new SimulatedTransport('head', {
    open: (settings) => {
      baud = settings.baud;
      openings.push(settings);
    },
    write: (bytes, at) => {
      const answer = respond(meter, state, bytes);
      state = answer.state;
      for (const reply of answer.replies) {
        due.push({ at: at + reply.delayMs, bytes: reply.bytes, baud: reply.baud });
      }
    },
    poll: (at) => {
      const ready = due.filter((reply) => reply.at <= at && reply.baud === baud);
      for (const reply of ready) due.splice(due.indexOf(reply), 1);
      return ready.map(({ bytes }) => bytes);
    },
  });
  return { transport, openings };
}
const signal = new AbortController().signal;

describe('optical reading', () => {
  test('reads mode C through echo and a change of speed', async () => {
    const { transport, openings } = head(METER);
    const meter = { serial: '4812 5519', register: 1 };
    const result = await readOptical({ transport, meter }, signal);
    expect(result).toMatchObject({ kind: 'read', value: 12_345_678n, serial: '48125519' });
    expect(openings.map(({ baud }) => baud)).toEqual([300, 9600]);
  }, 15_000);

  test('another meter is named and not read', async () => {
    const { transport } = head(METER);
    const meter = { serial: '11112222', register: 1 };
    const result = await readOptical({ transport, meter }, signal);
    expect(result).toMatchObject({ kind: 'other-meter', serial: '48125519' });
  }, 15_000);

  test('stops when the person stops', async () => {
    const { transport } = head({ ...METER, address: 'deaf' });
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 60);
    const reading = readOptical({ transport, meter: { serial: '1', register: 1 } }, stop.signal);
    expect(await reading).toEqual({ kind: 'failed', code: 'aborted' });
    expect(transport.status).toBe('closed');
  });
});

test('numbers are the same with noughts and spaces, not with other digits', () => {
  expect(sameSerial('0048125519', '4812 5519')).toBe(true);
  expect(sameSerial('KLT48125519', '48125519')).toBe(true);
  expect(sameSerial('48125510', '48125519')).toBe(false);
  expect(sameSerial('19', '48125519')).toBe(false);
  expect(serialOf([{ address: '1.8.0', value: '5' }])).toBeNull();
});
