/** The whole way at a serial port: a command, the port of this computer, a simulated meter. */
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { fromLatin1 } from '#lib/base/bytes.ts';
import { must } from '#lib/base/assert.ts';
import { createPrng } from '#lib/base/prng.ts';
import { electricityMeter } from '#lib/sim/devices/dlms/electricity-meter.ts';
import { createModeEMeter } from '#lib/sim/devices/mode-e-meter.ts';
import { createWiredBus } from '#lib/sim/devices/wired-bus.ts';
import { canHavePorts, newFolder, plugIn, unplugAll } from '../../tests/support/pseudo-terminal.ts';
import { PRACTICE_SLAVES } from '#lib/sim/devices/practice.ts';
import { read } from './read.ts';
import { SIMULATED_DEVICES } from './simulate-streams.table.ts';

const timers = new Set<NodeJS.Timeout>();
afterEach(() => {
  timers.forEach(clearTimeout);
  timers.clear();
  unplugAll();
});

type Reply = { readonly bytes: Uint8Array; readonly afterMs: number };

/** A port whose device answers; its name. */
async function portOf(answer: (bytes: Uint8Array) => readonly Reply[]): Promise<string> {
  const path = join(newFolder(), 'port');
  const device = await plugIn(path, (bytes) => {
    for (const { bytes: back, afterMs } of answer(bytes)) {
      timers.add(setTimeout(() => device.send(back), afterMs));
    }
  });
  return path;
}

async function run(...args: readonly string[]) {
  const [lines, notes]: [string[], string[]] = [[], []];
  const to = { line: (text: string) => lines.push(text), note: (text: string) => notes.push(text) };
  return { code: await read(args, to), lines, notes };
}

function modeEMeter() {
  const counters = { client: 0, own: 1 };
  const systemTitle = fromLatin1('KLT00001');
  const startAt = Date.now() - 10 * 86_400_000;
  const server = {
    systemTitle,
    ...{ key: new Uint8Array(16), authKey: new Uint8Array(16), maxPdu: 500, counters },
    clients: [
      {
        ...{ clientId: 1, mechanism: 0, secret: new Uint8Array(0), protection: 0 },
        rights: { canReadAll: true, canWrite: false, canCall: false },
      },
    ],
    objects: electricityMeter({
      ...{ serial: '12345678', systemTitle, loadW: 420, startAt, startWh: 0, counters },
    }),
    challenge: () => createPrng(1).bytes(16),
  };
  return createModeEMeter({
    dlms: { server, carrier: { kind: 'hdlc', address: { upper: 1, lower: 17 } } },
  });
}

describe.skipIf(!canHavePorts)('at a serial port', () => {
  test('DLMS at an optical eye: from 300 Bd to HDLC', async () => {
    const meter = modeEMeter();
    const path = await portOf((bytes) => {
      const now = Date.now();
      return meter.write(bytes, now).map((one) => ({ bytes: one.bytes, afterMs: one.at - now }));
    });
    const found = await run('dlms', '--port', path, '--mode-e', '1-0:1.7.0');
    expect(found).toEqual({ code: 0, lines: ['1-0:1.7.0*255  420 W = 420 W'], notes: [] });
  }, 30_000);

  test('the optical eye, mode C', async () => {
    const row = must(
      SIMULATED_DEVICES.find(({ name }) => name === 'iec-c'),
      'a row',
    );
    const device = row.make(1, 0);
    const path = await portOf((bytes) =>
      must(device.answer, 'it answers')(bytes).map((one) => ({ ...one, afterMs: one.delayMs })),
    );
    const { code, lines } = await run('optical', path, 'readout');
    expect(code).toBe(0);
    expect(JSON.parse(lines[0]!)).toMatchObject({ bccValid: true });
  }, 30_000);

  test('a wired bus', async () => {
    const bus = createWiredBus({
      ...{ slaves: PRACTICE_SLAVES, echo: true, prng: createPrng(1) },
      faultsAt: () => [],
    });
    bus.open({ baud: 2400 });
    const path = await portOf((bytes) => {
      const now = Date.now();
      bus.write(bytes, now);
      const out: Reply[] = [];
      for (let at = now; at < now + 2000; at += 5) {
        for (let due = bus.poll(at); due; due = bus.poll(at)) {
          out.push({ bytes: due.bytes, afterMs: at - now });
        }
      }
      return out;
    });
    const { code, lines } = await run('mbus', '--port', path, '--baud', '2400', 'read', '1');
    expect(code).toBe(0);
    expect(lines[0]).toContain('24017753');
  }, 30_000);
});
