import { createConnection, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { concatBytes, toLatin1 } from '#lib/base/bytes.ts';
import { createP1Framer } from '#lib/meters/dsmr/framer.ts';
import { parseTelegram } from '#lib/meters/dsmr/telegram.ts';
import { createPushFramer } from '#lib/meters/iec62056-21/push-framer.ts';
import { createSmlFramer } from '#lib/meters/sml/transport.ts';
import { decodeLine } from './decode-protocols.ts';
import { findModbus, modbusRequest } from './read-modbus.ts';
import { findOptical, opticalRequest } from './read-optical.ts';
import { SIMULATED_DEVICES } from './simulate-streams.table.ts';
import { NO_FAULT, readArguments, serveDevice, type ServeOptions } from './simulate-streams.ts';

let socket: Socket | null = null;

const servers: Server[] = [];

afterEach(() => {
  socket?.destroy();
  for (const one of servers.splice(0)) one.close();
});

async function connect(name: string, options: ServeOptions = NO_FAULT): Promise<Socket> {
  const row = SIMULATED_DEVICES.find((one) => one.name === name)!;
  const server = serveDevice(row, options);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  socket = createConnection((server.address() as AddressInfo).port, '127.0.0.1');
  await new Promise<void>((done) => socket!.once('connect', done));
  return socket;
}

/** All bytes until `isEnough`. */
function collect(line: Socket, isEnough: (bytes: Uint8Array) => boolean): Promise<Uint8Array> {
  let all: Uint8Array = new Uint8Array(0);
  return new Promise((done) =>
    line.on('data', (piece) => {
      all = concatBytes(all, new Uint8Array(piece));
      if (isEnough(all)) done(all);
    }),
  );
}

const optical = (args: readonly string[]): Promise<object> => {
  const request = opticalRequest(args);
  if (typeof request === 'string') throw new Error(request);
  return findOptical(request);
};
const modbus = (args: readonly string[]) => {
  const request = modbusRequest(args);
  if (typeof request === 'string') throw new Error(request);
  return findModbus(request);
};

describe('devices that answer', () => {
  const readFrom = async (name: string, ...args: readonly string[]): Promise<object> => {
    const line = await connect(name);
    return optical([`127.0.0.1:${line.remotePort}`, ...args]);
  };

  test.each(['iec-c', 'iec-b'])('%s is read', async (name) => {
    expect(await readFrom(name, 'readout')).toMatchObject({
      bccValid: true,
      values: expect.arrayContaining([{ address: '1.8.0', value: '004821.500', unit: 'kWh' }]),
    });
  });

  test('iec-c: a register is written with the password and read back', async () => {
    const write = ['set', '0.0.0', '10000043', '--password', 'OPEN'];
    expect(await readFrom('iec-c', ...write)).toMatchObject({ code: 'write_not_allowed' });
    expect(await readFrom('iec-c', ...write, '--write')).toMatchObject({
      kind: 'done',
      answers: [{ command: 'W' }, { command: 'R', values: [{ value: '10000043' }] }],
    });
  }, 20_000);

  test('iec-c offers no HDLC; iec-d is listened to', async () => {
    expect(await readFrom('iec-c', 'hdlc')).toMatchObject({ code: 'unsupported_mode' });
    expect(await readFrom('iec-d', 'listen')).toMatchObject({ bccValid: true });
  });

  test.each([
    ['modbus-tcp', 'tcp', 'eastron-sdm630'],
    ['modbus-rtu', 'rtu', 'gavazzi-em300'],
    ['modbus-ascii', 'ascii', 'eastron-sdm630'],
  ] as const)(
    '%s is read, in spite of a dropped byte',
    async (name, transmission, id) => {
      // TCP loses no bytes.
      const fault = transmission === 'tcp' ? 'none' : 'dropped';
      const line = await connect(name, { ...NO_FAULT, fault, at: 3, nth: 2 });
      const args = [`127.0.0.1:${line.remotePort}`, id, '--transmission', transmission];
      const found = await modbus(args);
      expect(found).toContainEqual({ obis: '1-0:1.8.0', value: '4821500', unit: 'Wh' });
    },
    20_000,
  );

  test('modbus: another unit is not there, words that are wrong are told', async () => {
    const line = await connect('modbus-tcp');
    const args = [`127.0.0.1:${line.remotePort}`, 'eastron-sdm630', '--unit', '9'];
    expect(await modbus(args)).toMatch(/^Nobody answers/);
    for (const wrong of [[], ['here', 'eastron-sdm630'], ['a:1', 'abacus']]) {
      expect(modbusRequest(wrong)).toBeTypeOf('string');
    }
  }, 20_000);
});

describe('devices that send', () => {
  test('iec-d', async () => {
    const bytes = await collect(await connect('iec-d'), (all) => all.length > 100);
    expect(createPushFramer().push(bytes)).toMatchObject([{ kind: 'message', bccValid: true }]);
  });

  test.each(['p1', 'p1-3', 'p1-sealed'])('%s', async (name) => {
    const line = await connect(name);
    const framer = createP1Framer();
    let found = '';
    await collect(line, (all) => {
      const event = framer.push(all).find(({ kind }) => kind !== 'discarded');
      found = event?.kind ?? '';
      if (event?.kind === 'telegram') expect(parseTelegram(event.bytes).ok).toBe(true);
      return event !== undefined;
    });
    expect(found).toBe(name === 'p1-sealed' ? 'encrypted' : 'telegram');
  });

  test('sml', async () => {
    const bytes = await collect(await connect('sml'), (all) => all.length > 200);
    expect(createSmlFramer().push(bytes)[0]?.kind).toBe('file');
  });

  test('pulse', async () => {
    const bytes = await collect(await connect('pulse'), (all) => all.includes(10));
    const line = JSON.stringify({ protocol: 'dongle_rtlwmbus', ascii: toLatin1(bytes) });
    const { telegrams } = decodeLine(line) as { telegrams: { hex: string }[] };
    const decoded = decodeLine(JSON.stringify({ protocol: 'wmbus', hex: telegrams[0]?.hex }));
    expect(decoded).toMatchObject({ status: 'decoded', device: { id: '00052017' } });
  });
});

test('every row can be made, and ports are told apart', () => {
  expect(new Set(SIMULATED_DEVICES.map(({ port }) => port)).size).toBe(SIMULATED_DEVICES.length);
  for (const row of SIMULATED_DEVICES) {
    const device = row.make(1, 0);
    expect(device.answer !== undefined || device.push !== undefined, row.name).toBe(true);
  }
});

test('a simulated line with a fault is read all the same', async () => {
  const doubled = ['simulated', 'readout', '--fault', 'doubled', '--at', '9'];
  expect(await optical(doubled)).toMatchObject({ bccValid: true });
  const silent = ['simulated', 'get', '1.8.0', '--fault', 'silent'];
  expect(await optical(silent)).toMatchObject({ kind: 'done' });
  for (const args of [['simulated'], ['nowhere', 'readout'], ['simulated', 'get']]) {
    expect(opticalRequest(args)).toBeTypeOf('string');
  }
});

test('wrong words are answered with the right ones', () => {
  for (const args of [['toaster'], ['p1', '--fault', 'gremlin'], ['--nth', '0'], ['--bogus']]) {
    expect(readArguments(args)).toMatch(/iec-c .*faults: none/s);
  }
  expect(readArguments(['p1', '--fault', 'noise', '--at', '7'])).toMatchObject({
    rows: [{ name: 'p1' }],
    serve: { fault: 'noise', at: 7, nth: 1 },
  });
});
