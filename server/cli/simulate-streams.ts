/**
 * `npx tsx server/cli/simulate-streams.ts [device…] [--fault dropped --at 3 --nth 2 --seed 1]`:
 * simulated devices at TCP ports of this machine, for other people's programs and for the reader's
 * app behind a TCP bridge. Without names all devices are served. Knows sockets and the clock; the
 * devices are rows of `simulate-streams.table.ts`.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { stdout } from 'node:process';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { disturb, LINE_FAULTS, type LineFault } from '#lib/sim/devices/line-faults.ts';
import { SIMULATED_DEVICES, type DeviceRow } from './simulate-streams.table.ts';

export type ServeOptions = {
  readonly seed: number;
  readonly fault: LineFault;
  /** Byte it happens to. */
  readonly at: number;
  /** Every so many answers one is disturbed. */
  readonly nth: number;
};

export const NO_FAULT: ServeOptions = { seed: 1, fault: 'none', at: 0, nth: 1 };

/** What leaves the device, with the line's fault in every nth piece. */
function createSender(socket: Socket, { fault, at, nth, seed }: ServeOptions) {
  let sent = 0;
  return (bytes: Uint8Array): void => {
    sent++;
    const heard = sent % nth === 0 ? disturb(bytes, { fault, at, seed: seed + sent }) : bytes;
    if (socket.writable && heard.length) socket.write(heard);
  };
}

/** Serves one row; each connection has a device of its own, as each head has its meter. */
export const serveDevice = (row: DeviceRow, options: ServeOptions): Server =>
  createServer((socket) => {
    const device = row.make(options.seed, Date.now());
    const send = createSender(socket, options);
    const timers = new Set<NodeJS.Timeout>();
    socket.on('data', (piece) => {
      let delay = 0;
      for (const reply of device.answer?.(new Uint8Array(piece)) ?? []) {
        delay += reply.delayMs;
        const timer = setTimeout(() => {
          timers.delete(timer);
          send(reply.bytes);
        }, delay);
        timers.add(timer);
      }
    });
    const { push } = device;
    const pulse = push && setInterval(() => send(push.next(Date.now())), push.everyMs);
    if (push) send(push.next(Date.now()));
    socket.on('close', () => {
      clearInterval(pulse);
      timers.forEach(clearTimeout);
    });
    // A client that leaves without closing is ordinary.
    socket.on('error', () => socket.destroy());
  });

export type NamedServer = {
  readonly about: string;
  readonly port: number;
  serve(): Server;
};

/** By name, without faults: for a table of the devices of all protocols. */
export const STREAM_DEVICES: Readonly<Record<string, NamedServer>> = Object.fromEntries(
  SIMULATED_DEVICES.map((row) => [
    row.name,
    { about: row.what, port: row.port, serve: () => serveDevice(row, NO_FAULT) },
  ]),
);

const USAGE = (): string =>
  [
    'simulate-streams.ts [device…] [--fault word] [--at byte] [--nth n] [--seed n]',
    ...SIMULATED_DEVICES.map(({ name, port, what }) => `  ${name.padEnd(13)} ${port}  ${what}`),
    `  faults: ${LINE_FAULTS.join(', ')}`,
  ].join('\n');

export type SimulateRequest = { readonly rows: readonly DeviceRow[]; readonly serve: ServeOptions };

/** What the arguments ask for; words for the person where they are wrong. */
export function readArguments(args: readonly string[]): SimulateRequest | string {
  try {
    const number = { type: 'string', default: '1' } as const;
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        fault: { type: 'string', default: 'none' },
        at: { type: 'string', default: '0' },
        nth: number,
        seed: number,
      },
    });
    const fault = LINE_FAULTS.find((word) => word === values.fault);
    const [at, nth, seed] = [values.at, values.nth, values.seed].map(Number);
    const rows = SIMULATED_DEVICES.filter(
      ({ name }) => !positionals.length || positionals.includes(name),
    );
    const isKnown = !positionals.length || rows.length === new Set(positionals).size;
    const isWhole = [at, nth, seed].every((n) => Number.isSafeInteger(n) && n! >= 0) && nth! > 0;
    if (!fault || !isKnown || !isWhole) return USAGE();
    return { rows, serve: { fault, at: at!, nth: nth!, seed: seed! } };
  } catch {
    return USAGE();
  }
}

function main(): void {
  const request = readArguments(process.argv.slice(2));
  if (typeof request === 'string') {
    stdout.write(`${request}\n`);
    process.exitCode = 2;
    return;
  }
  for (const row of request.rows) {
    const server = serveDevice(row, request.serve);
    server.on('error', (error) => stdout.write(`${row.name}: ${error.message}\n`));
    server.listen(row.port, '127.0.0.1', () =>
      stdout.write(`127.0.0.1:${row.port}  ${row.name.padEnd(13)} ${row.what}\n`),
    );
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) main();
