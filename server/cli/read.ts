/**
 * `npm run read -- optical|dlms|mbus|modbus ADDRESS …`: reads one meter behind a TCP converter or
 * at a serial port of this computer. Knows the names of the protocols and where words go; each
 * protocol's command knows its arguments. `npm run simulate` is the other end.
 */
import { stderr, stdout } from 'node:process';
import { pathToFileURL } from 'node:url';
import { DeviceError } from '#lib/transport/transport.ts';
import { LINE_USAGE, type Out } from './line-arguments.ts';
import { DLMS_USAGE, readDlms } from './read-dlms.ts';
import { MBUS_USAGE, readMbus } from './read-mbus.ts';
import { MODBUS_USAGE, readModbus } from './read-modbus.ts';
import { OPTICAL_USAGE, readOptical } from './read-optical.ts';

type Command = {
  readonly about: string;
  readonly usage: readonly string[];
  run(args: readonly string[], out: Out): Promise<number>;
};

const COMMANDS: Readonly<Record<string, Command>> = {
  optical: { about: 'optical eye, IEC 62056-21', usage: OPTICAL_USAGE, run: readOptical },
  dlms: { about: 'DLMS/COSEM', usage: DLMS_USAGE, run: readDlms },
  mbus: { about: 'wired M-Bus', usage: MBUS_USAGE, run: readMbus },
  modbus: { about: 'Modbus', usage: MODBUS_USAGE, run: readModbus },
};

const overview = (): readonly string[] => [
  'npm run read -- PROTOCOL ADDRESS …, where PROTOCOL is one of:',
  ...Object.entries(COMMANDS).map(([name, { about }]) => `  ${name.padEnd(9)}${about}`),
  ...LINE_USAGE,
];

type Streams = Pick<Out, 'line' | 'note'>;

/** Resolves with the exit code: 0 read, 1 failed, 2 wrong arguments. */
export async function read(args: readonly string[], to: Streams): Promise<number> {
  const [name = '', ...rest] = args;
  const command = COMMANDS[name];
  if (!command) {
    overview().forEach((line) => to.note(line));
    return 2;
  }
  const wrong = (why: string): number => {
    const usage = command.usage.map((line) => `  npm run read -- ${name} ${line}`);
    [why, ...usage, ...LINE_USAGE].forEach((line) => to.note(line));
    return 2;
  };
  try {
    return await command.run(rest, { ...to, wrong });
  } catch (cause) {
    if (!(cause instanceof DeviceError)) throw cause;
    to.note(`${cause.code}: ${cause.message}`);
    return 1;
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await read(process.argv.slice(2), {
    line: (text) => void stdout.write(`${text}\n`),
    note: (text) => void stderr.write(`${text}\n`),
  });
}
