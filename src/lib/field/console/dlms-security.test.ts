import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createPrng } from '#lib/base/prng.ts';
import { fromLatin1, toHex } from '#lib/base/bytes.ts';
import type { DlmsCounters } from '#lib/offline/dlms-counters.ts';
import { createDlmsDevice } from '#lib/sim/devices/dlms/device.ts';
import { electricityMeter } from '#lib/sim/devices/dlms/electricity-meter.ts';
import { SimulatedTransport } from '#lib/transport/simulated.ts';
import { openConsole } from './console.ts';
import type { DlmsSecurity, FoundDevice } from './types.ts';
import './dlms.ts';

const NOW = Date.UTC(2026, 9, 20, 13, 20);
const KEY = '000102030405060708090a0b0c0d0e0f';
const AUTH_KEY = 'd0d1d2d3d4d5d6d7d8d9dadbdcdddedf';
const SECURITY: DlmsSecurity = {
  key: KEY,
  authKey: AUTH_KEY,
  isProven: true,
  counterObis: '0-0:43.1.0*255',
};
const DEVICE: FoundDevice = {
  protocol: 'dlms',
  settings: { baud: 9600, dataBits: 8, parity: 'none', stopBits: 1 },
  identity: { serial: '', manufacturer: '', model: '' },
  kind: 'meter',
  address: '1/17',
};

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
});

const bytes = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g)!, (pair) => Number.parseInt(pair, 16));

/** A meter that lets in client 1 with keys only. */
function sealedMeter() {
  const counters = { client: 41, own: 1 };
  const prng = createPrng(7);
  const meter = { serial: '12345678', systemTitle: fromLatin1('KLT00001'), loadW: 420 };
  const device = createDlmsDevice({
    carrier: { kind: 'hdlc', address: { upper: 1, lower: 17 }, maxInformation: 512 },
    server: {
      systemTitle: meter.systemTitle,
      key: bytes(KEY),
      authKey: bytes(AUTH_KEY),
      clients: [
        {
          clientId: 16,
          mechanism: 0,
          secret: new Uint8Array(0),
          rights: { canReadAll: false, canWrite: false, canCall: false },
          protection: 0,
        },
        {
          clientId: 1,
          mechanism: 5,
          secret: new Uint8Array(0),
          rights: { canReadAll: true, canWrite: false, canCall: false },
          protection: 0x30,
        },
      ],
      objects: electricityMeter({ ...meter, startAt: NOW - 1e9, startWh: 0, counters }),
      maxPdu: 1024,
      challenge: () => prng.bytes(16),
      counters,
    },
  });
  let due: readonly { at: number; bytes: Uint8Array }[] = [];
  return {
    write(sent: Uint8Array, at: number) {
      due = [...due, ...device.write(sent, at)];
    },
    poll(at: number) {
      const ready = due.filter((one) => one.at <= at);
      due = due.filter((one) => one.at > at);
      return ready.map((one) => one.bytes);
    },
  };
}

function memory(): DlmsCounters & { readonly kept: Map<string, number> } {
  const kept = new Map<string, number>();
  return {
    kept,
    title: () => Promise.resolve(fromLatin1('KLTPHONE')),
    next: (device) => Promise.resolve(kept.get(device) ?? 0),
    reserve: (device, next) => {
      kept.set(device, next);
      return Promise.resolve();
    },
  };
}

async function read(security: DlmsSecurity, counters?: DlmsCounters) {
  const transport = new SimulatedTransport('meter', sealedMeter());
  const line = openConsole(transport, { onLog: () => undefined, ...(counters && { counters }) });
  const work = line.read(DEVICE, { clientId: 1, password: '', security });
  let isOver = false;
  void work.finally(() => (isOver = true));
  for (let i = 0; i < 5000 && !isOver; i++) await vi.advanceTimersByTimeAsync(20);
  return { result: await work, log: line.log };
}

it('reads a meter that wants keys, and keeps the counter before it is used', async () => {
  const counters = memory();
  const { result, log } = await read(SECURITY, counters);
  expect(result).toMatchObject({ ok: true, value: { identity: { serial: '12345678' } } });
  const [[name, next]] = [...counters.kept] as [[string, number]];
  expect(next).toBeGreaterThan(41);
  expect(name).not.toContain(KEY.slice(0, 8));
  const said = log.flatMap(({ notes }) =>
    notes.flatMap((note) => ('bytes' in note ? [toHex(note.bytes).toLowerCase()] : [])),
  );
  expect(said.join('')).not.toContain(KEY);
});

it('names a wrong key, a key that is none, and a phone that keeps nothing', async () => {
  const other = { ...SECURITY, key: 'ff'.repeat(16) };
  expect((await read(other, memory())).result.ok).toBe(false);
  const short = { ...SECURITY, key: '0011' };
  expect((await read(short, memory())).result).toMatchObject({ error: { code: 'bad_value' } });
  expect((await read(SECURITY)).result).toMatchObject({ error: { code: 'no_counter' } });
});
