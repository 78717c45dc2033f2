/**
 * `npx tsx server/cli/read-bus.ts host:port scan | search | read <address or number>`: a wired bus
 * behind a TCP converter. Prints JSON, one line a finding. Knows the command line and the words for
 * failures; `bus-tcp.ts` knows the socket, `meters/mbus` the bus.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { argv, stderr, stdout } from 'node:process';
import type { BusLine } from '#lib/meters/mbus/line.ts';
import { scanPrimary, searchSecondary } from '#lib/meters/mbus/search.ts';
import { readMeter, type BusFailure, type BusTarget } from '#lib/meters/mbus/session.ts';
import { runOverTcp } from './bus-tcp.ts';
import { recordJson } from './decode-mbus.ts';

/** A converter and the network add up to this to every answer. */
const LINE: BusLine = { baud: 2400, slackMs: 200 };

const FAILURES: Readonly<Record<BusFailure, string>> = {
  no_answer: 'Nobody answers: check wiring, address and speed.',
  noise: 'Something answers, but never whole: two meters with one address, or a bad line.',
  collision: 'Several meters match the number: search the bus first.',
  wrong_meter: 'Another meter answered than the one asked for: search the bus first.',
  busy: 'The meter is busy: try again in a minute.',
  application_error: 'The meter refuses to be read.',
  stuck: 'The meter repeats one telegram: switch its supply off and on.',
  too_long: 'The meter never ends: its telegrams were not kept.',
  unreadable: 'The frames are whole, the records are not: send them in to be studied.',
};

const print = (found: object): void => void stdout.write(`${JSON.stringify(found)}\n`);

const targetOf = (text: string): BusTarget =>
  text.length === 8
    ? {
        kind: 'secondary',
        selection: { id: text, manufacturer: 'FFFF', version: 'FF', type: 'FF' },
      }
    : { kind: 'primary', address: Number(text) };

async function read(socket: Socket, what: string): Promise<number> {
  const reading = await runOverTcp(readMeter(LINE, targetOf(what)), socket);
  if (reading.kind === 'failed') {
    stderr.write(`${FAILURES[reading.code]}\n`);
    return 1;
  }
  for (const { device, records } of reading.telegrams) {
    print({ device, records: records.map(recordJson) });
  }
  return 0;
}

async function main(): Promise<number> {
  const [host = '', command = '', what = ''] = argv.slice(2);
  const [, name, port] = /^(.+):(\d+)$/.exec(host) ?? [];
  const isRead = command === 'read' && /^(\d{1,3}|[0-9A-F]{8})$/.test(what);
  if (!name || !port || !(isRead || command === 'scan' || command === 'search')) {
    stderr.write('Usage: read-bus.ts host:port scan | search | read <address or number>\n');
    return 2;
  }
  const socket = connect(Number(port), name);
  try {
    await once(socket, 'connect');
    if (isRead) return await read(socket, what);
    if (command === 'scan') print(await runOverTcp(scanPrimary(LINE), socket));
    else print(await runOverTcp(searchSecondary(LINE), socket));
    return 0;
  } catch (error) {
    stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  } finally {
    socket.destroy();
  }
}

process.exitCode = await main();
