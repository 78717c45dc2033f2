/**
 * `npm run read -- mbus ADDRESS scan | search | read <address or number>`: a wired bus behind a
 * converter. Prints JSON, one line a finding. Knows the words for failures; `meters/mbus` knows the
 * bus.
 */
import { parseArgs } from 'node:util';
import { createBusRun, type BusBaud, type BusLine, type BusScript } from '#lib/meters/mbus/line.ts';
import { scanPrimary, searchSecondary } from '#lib/meters/mbus/search.ts';
import { readMeter, type BusFailure, type BusTarget } from '#lib/meters/mbus/session.ts';
import type { Transport } from '#lib/transport/transport.ts';
import { recordJson } from './decode-mbus.ts';
import { LINE_OPTIONS, lineTarget, type Out } from './line-arguments.ts';
import { talk } from './talk.ts';

export const MBUS_USAGE = [
  'ADDRESS scan | search | read <1 to 250, or eight digits> [--baud 2400]',
];

/** A converter and the network add up to this to every answer. */
const SLACK_MS = 200;
const BAUDS: readonly BusBaud[] = [300, 600, 1200, 2400, 4800, 9600, 19200, 38400];

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

const targetOf = (text: string): BusTarget =>
  text.length === 8
    ? {
        kind: 'secondary',
        selection: { id: text, manufacturer: 'FFFF', version: 'FF', type: 'FF' },
      }
    : { kind: 'primary', address: Number(text) };

/** Runs a script of the bus over a pipe. */
export function runOnBus<T>(transport: Transport, script: BusScript<T>): Promise<T> {
  const run = createBusRun(script);
  return talk(transport, (event) => run.step(event));
}

async function readOne(transport: Transport, script: ReturnType<typeof readMeter>, out: Out) {
  const reading = await runOnBus(transport, script);
  if (reading.kind === 'failed') {
    out.note(FAILURES[reading.code]);
    return 1;
  }
  for (const { device, records } of reading.telegrams) {
    out.line(JSON.stringify({ device, records: records.map(recordJson) }));
  }
  return 0;
}

/** Resolves with the exit code: 0 read, 1 failed, 2 wrong arguments. */
export async function readMbus(args: readonly string[], out: Out): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    strict: false,
    options: LINE_OPTIONS,
  });
  const target = lineTarget(values, positionals);
  if (typeof target === 'string') return out.wrong(target);
  const [command = '', what = ''] = target.rest;
  const baud = BAUDS.find((one) => one === Number(values.baud ?? 2400));
  if (!baud) return out.wrong(`A bus has ${BAUDS.join(', ')} Bd.`);
  const line: BusLine = { baud, slackMs: SLACK_MS };
  const { transport } = target;
  const isRead = command === 'read' && /^(\d{1,3}|[0-9A-F]{8})$/.test(what);
  if (isRead) return readOne(transport, readMeter(line, targetOf(what)), out);
  if (command === 'scan') out.line(JSON.stringify(await runOnBus(transport, scanPrimary(line))));
  else if (command === 'search') {
    out.line(JSON.stringify(await runOnBus(transport, searchSecondary(line))));
  } else return out.wrong('What is to be read: scan, search, or read and an address.');
  return 0;
}
