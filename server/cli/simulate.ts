/**
 * `npm run simulate -- <device> [--port 5000]`: a simulated meter at a TCP port, for programs of
 * other people and for our own reading commands. Knows the table of devices and sockets; what a
 * device says is in `lib/sim`.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { stderr, stdout } from 'node:process';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { fromLatin1 } from '#lib/base/bytes.ts';
import { REGISTER_MAPS } from '#lib/meters/modbus/register-maps.table.ts';
import { createModbusMeter } from '#lib/sim/devices/modbus-meter.ts';
import { createOpticalMeter } from '#lib/sim/devices/optical-meter.ts';
import { createP1Sender } from '#lib/sim/devices/p1-sender.ts';
import { createSmlSender } from '#lib/sim/devices/sml-sender.ts';
import { createBusServer } from './bus-tcp.ts';
import { DLMS_PORT, simulateDlms, simulatePush } from './dlms-simulate.ts';

type Device = {
  readonly about: string;
  readonly port: number;
  readonly serve: () => Server;
};

const SECOND_MS = 1000;
const POLL_MS = 20;
/** A TCP converter in front of an optical head keeps one speed. */
const CONVERTER_BAUD = 300;
const SERVER_ID = fromLatin1('\x0a\x01KLT\x00\x00\x01\x02\x03');
const VALUES = { '1-0:1.8.0': 4821.5, '1-0:2.8.0': 12.25, '1-0:16.7.0': 732, '1-0:32.7.0': 231 };
const OPTICAL = {
  meterId: 1,
  serial: '12345678',
  radioId: null,
  register: 1,
  decimals: 3,
  hasKey: false,
  history: [[Date.UTC(2026, 0, 1), '4821500']],
  usualPerDay: ['4000', '9000'],
} as const;

/** A client that leaves without closing is ordinary. */
const each = (greet: (socket: Socket) => void): Server =>
  createServer((socket) => {
    socket.on('error', () => socket.destroy());
    greet(socket);
  });

/** A meter that speaks once a second to whoever listens. */
const pushing = (make: () => (at: number) => Uint8Array): Server =>
  each((socket) => {
    const telegram = make();
    const timer = setInterval(() => socket.write(telegram(Date.now())), SECOND_MS);
    socket.on('close', () => clearInterval(timer));
  });

const modbus = (id: string): Server =>
  each((socket) => {
    const map = REGISTER_MAPS.find((one) => one.id === id) ?? REGISTER_MAPS[0]!;
    const meter = createModbusMeter({ transmission: 'tcp', unit: 1, map, values: VALUES });
    socket.on('data', (bytes) => {
      for (const answer of meter.write(new Uint8Array(bytes))) socket.write(answer);
    });
  });

const optical = (): Server =>
  each((socket) => {
    const meter = createOpticalMeter({ meter: OPTICAL, startAt: Date.now() });
    meter.open({ baud: CONVERTER_BAUD });
    socket.on('data', (bytes) => meter.write(new Uint8Array(bytes), Date.now()));
    const timer = setInterval(() => {
      for (const bytes of meter.poll(Date.now())) socket.write(bytes);
    }, POLL_MS);
    socket.on('close', () => clearInterval(timer));
  });

const dlms = (device: 'meter' | 'emis') => () =>
  simulateDlms({ device, carrier: 'wrapper', password: null });

/** Ports: those of the protocols where they have one (IANA: Modbus 502 + 1000, DLMS 4059). */
const DEVICES: Readonly<Record<string, Device>> = {
  mbus: { about: 'three wired water meters', port: 10001, serve: () => createBusServer() },
  optical: {
    about: 'an electricity meter behind an optical head at 300 Bd',
    port: 10002,
    serve: optical,
  },
  ...Object.fromEntries(
    REGISTER_MAPS.map(({ id, model }) => [
      id,
      { about: `${model}, Modbus TCP`, port: 1502, serve: () => modbus(id) },
    ]),
  ),
  p1: {
    about: 'a Dutch meter, DSMR 5',
    port: 10003,
    serve: () =>
      pushing(() => {
        const sender = createP1Sender({ seed: 1, version: 5 });
        return (at) => sender.telegramAt(at);
      }),
  },
  sml: {
    about: 'a German meter, SML',
    port: 10004,
    serve: () =>
      pushing(() => {
        const sender = createSmlSender({ seed: 1, serverId: SERVER_ID });
        let second = 0;
        return () => sender.fileAt(++second);
      }),
  },
  dlms: { about: 'an electricity meter, DLMS', port: DLMS_PORT, serve: dlms('meter') },
  emis: { about: 'a concentrator EMIS 951, DLMS', port: DLMS_PORT, serve: dlms('emis') },
  push: {
    about: 'a Norwegian meter that pushes, DLMS',
    port: 10005,
    serve: () => simulatePush('aidon', 10 * SECOND_MS),
  },
};

/** The server of one device, or null for a word that names none. */
export const simulated = (name: string): Server | null => DEVICES[name]?.serve() ?? null;

export const deviceList = (): readonly string[] =>
  Object.entries(DEVICES).map(
    ([name, { about, port }]) => `  ${name.padEnd(16)}${about} (${port})`,
  );

function main(args: readonly string[]): number {
  const options = { port: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
  const name = positionals[0] ?? '';
  const device = DEVICES[name];
  const port = Number(values.port ?? device?.port);
  if (!device || !Number.isInteger(port) || port < 1 || port > 65_535) {
    stderr.write(`npm run simulate -- DEVICE [--port N], where DEVICE is one of:\n`);
    stderr.write(`${deviceList().join('\n')}\n`);
    return 2;
  }
  device.serve().listen(port, '127.0.0.1', () => {
    stdout.write(`${device.about} answers at 127.0.0.1:${port}. Ctrl+C ends.\n`);
  });
  return 0;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = main(process.argv.slice(2));
}
