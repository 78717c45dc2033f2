/**
 * `npm run simulate -- <device> [--port 5000] [--mode-e]`: a simulated meter at a TCP port, for
 * programs of other people and for our own reading commands. Knows the names of all devices; how
 * each protocol is served is known by `mbus-simulate.ts`, `dlms-simulate.ts` and
 * `simulate-streams.ts`.
 */
import type { Server } from 'node:net';
import { stderr, stdout } from 'node:process';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { DLMS_PORT, simulateDlms, simulatePush, type DlmsCarrier } from './dlms-simulate.ts';
import { createBusServer } from './mbus-simulate.ts';
import { STREAM_DEVICES, type NamedServer } from './simulate-streams.ts';

const MBUS_PORT = 10001;
const MODE_E_PORT = 7104;
const PUSH_PORT = 10005;
const PUSH_MS = 10_000;

const dlms =
  (device: 'meter' | 'emis', carrier: DlmsCarrier = 'wrapper') =>
  (): Server =>
    simulateDlms({ device, carrier, password: null });
/** `dlms --mode-e` is the device `dlms-mode-e`. */
const MODE_E = 'mode-e';

const DEVICES: Readonly<Record<string, NamedServer>> = {
  mbus: { about: 'three wired water meters', port: MBUS_PORT, serve: () => createBusServer() },
  ...STREAM_DEVICES,
  dlms: { about: 'an electricity meter, DLMS', port: DLMS_PORT, serve: dlms('meter') },
  'dlms-mode-e': {
    about: 'an electricity meter at its optical eye, mode E and DLMS',
    port: MODE_E_PORT,
    serve: dlms('meter', MODE_E),
  },
  emis: { about: 'a concentrator EMIS 951, DLMS', port: DLMS_PORT, serve: dlms('emis') },
  push: {
    about: 'a Norwegian meter that pushes, DLMS',
    port: PUSH_PORT,
    serve: () => simulatePush('aidon', PUSH_MS),
  },
};

/** The server of one device, or null for a word that names none. */
export const simulated = (name: string): Server | null => DEVICES[name]?.serve() ?? null;

export const deviceList = (): readonly string[] =>
  Object.entries(DEVICES).map(
    ([name, { about, port }]) => `  ${name.padEnd(16)}${about} (${port})`,
  );

const USAGE = 'npm run simulate -- DEVICE [--port N] [--mode-e], where DEVICE is one of:';

function main(args: readonly string[]): number {
  const options = { port: { type: 'string' }, [MODE_E]: { type: 'boolean' } } as const;
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    strict: false,
    options,
  });
  const name = positionals[0] ?? '';
  const device = DEVICES[values[MODE_E] ? `${name}-${MODE_E}` : name];
  const port = Number(values.port ?? device?.port);
  if (!device || !Number.isInteger(port) || port < 1 || port > 65_535) {
    stderr.write(`${[USAGE, ...deviceList()].join('\n')}\n`);
    return 2;
  }
  const server = device.serve();
  server.on('error', (error) => {
    stderr.write(`Port ${port} cannot be served: ${error.message}\n`);
    process.exitCode = 1;
  });
  server.listen(port, '127.0.0.1', () => {
    stdout.write(`${device.about} answers at 127.0.0.1:${port}. Ctrl+C ends.\n`);
  });
  return 0;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = main(process.argv.slice(2));
}
