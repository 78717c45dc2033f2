/**
 * `npm run read -- optical ADDRESS readout | get <code> | set <code> <value> | listen | hdlc`: a
 * meter of IEC 62056-21. With `simulated` instead of an address it is one on a line with faults
 * (`--fault dropped --at 3`). Prints JSON. Knows the command line; the sessions know the meter.
 */
import { parseArgs } from 'node:util';
import { openHdlc } from '#lib/meters/iec62056-21/hdlc-mode.ts';
import type { DataSet } from '#lib/meters/iec62056-21/data-set.ts';
import { createLineRun } from '#lib/meters/iec62056-21/line.ts';
import { parseIdentification } from '#lib/meters/iec62056-21/message.ts';
import { runProgramming, type ProgrammingJob } from '#lib/meters/iec62056-21/programming.ts';
import { createPushFramer } from '#lib/meters/iec62056-21/push-framer.ts';
import { initialReadState, step } from '#lib/meters/iec62056-21/session.ts';
import { sevenBits } from '#lib/meters/iec62056-21/sign-on.ts';
import { must } from '#lib/base/assert.ts';
import { LINE_FAULTS } from '#lib/sim/devices/line-faults.ts';
import { talkOverLine, type OpticalLineOptions } from '#lib/sim/devices/optical-line.ts';
import { DeviceError, type Transport } from '#lib/transport/transport.ts';
import { LINE_OPTIONS, lineTarget, type Out } from './line-arguments.ts';
import { talk, type TalkEvent, type TalkStep } from './talk.ts';

export const OPTICAL_USAGE = [
  'ADDRESS readout | get <code> | listen | hdlc [--eight-bits]',
  'ADDRESS set <code> <value> --password <text> --write',
  `simulated …: --fault ${LINE_FAULTS.join('|')} --at <byte> --seed <n>`,
];

type Session = (event: TalkEvent) => TalkStep<object>;

export type OpticalRequest = {
  /** Null: a simulated meter on `line`. */
  readonly transport: Transport | null;
  readonly eightBits: boolean;
  readonly command: string;
  readonly code: string;
  readonly value: string;
  readonly password: string | null;
  readonly allowWrite: boolean;
  readonly line: OpticalLineOptions;
};

const setJson = ({ address, value, unit }: DataSet): object => ({ address, value, unit });

function readoutSession({ eightBits }: OpticalRequest): Session {
  let state = initialReadState({ eightBits });
  return (event) => {
    const next = step(state, event);
    state = next.state;
    const { result } = state;
    if (result?.kind !== 'done') return { ...next, result };
    const { identification, dataSets, bccValid } = result.readout;
    return { ...next, result: { identification, bccValid, values: dataSets.map(setJson) } };
  };
}

function programmingSession(request: OpticalRequest): Session {
  const { code, value, password, allowWrite, eightBits } = request;
  const read: ProgrammingJob = { command: 'R', type: '1', address: code, value: '' };
  const jobs =
    request.command === 'set' ? [{ ...read, command: 'W' as const, value }, read] : [read];
  const given =
    password === null ? {} : { password: { type: '1', answer: () => password } as const };
  const run = createLineRun(runProgramming({ jobs, allowWrite, eightBits, ...given }));
  return (event) => {
    const { result, ...action } = run.step(event);
    if (result === null) return { ...action, result };
    const answers = result.answers.map(({ job, dataSets }) => ({
      command: job.command,
      values: dataSets.map(setJson),
    }));
    const failure = result.kind === 'failed' ? { code: result.code, detail: result.detail } : {};
    return { ...action, result: { kind: result.kind, ...failure, answers } };
  };
}

function hdlcSession({ eightBits }: OpticalRequest): Session {
  const run = createLineRun(openHdlc({ eightBits }));
  return (event) => run.step(event);
}

function sessionOf(request: OpticalRequest): Session {
  if (request.command === 'readout') return readoutSession(request);
  return request.command === 'hdlc' ? hdlcSession(request) : programmingSession(request);
}

/** Clause 6.4.4: mode D sends at 2400 Bd. */
const PUSH_BAUD = 2400;

/** The first whole message that comes unasked. */
async function listen(transport: Transport, eightBits: boolean): Promise<object> {
  const framer = createPushFramer();
  await transport.open(sevenBits(PUSH_BAUD, eightBits));
  try {
    for await (const { bytes } of transport.read()) {
      for (const event of framer.push(bytes)) {
        if (event.kind !== 'message') continue;
        const { message, bccValid } = event;
        const { identification, dataSets } = message;
        return { identification, bccValid, values: dataSets.map(setJson) };
      }
    }
    throw new DeviceError('disconnected', 'The connection was closed.');
  } finally {
    await transport.close();
  }
}

/** One finding; `kind: "failed"` in it when the meter could not be read. */
export async function findOptical(request: OpticalRequest): Promise<object> {
  const { transport, command, eightBits, line } = request;
  const session = sessionOf(request);
  if (transport) {
    return command === 'listen' ? listen(transport, eightBits) : talk(transport, session);
  }
  const { result, elapsedMs } = talkOverLine((event) => {
    const said = session(event);
    return { ...said, open: (said.open ?? null) as never };
  }, line);
  return { ...result, elapsedMs };
}

const METER = {
  identification: must(parseIdentification('/KLT5\\2KILTER-SIM'), 'the line is well formed'),
  address: '',
  echo: true,
  password: 'OPEN',
  dataSets: [
    { address: '0.0.0', value: '10000042', unit: null },
    { address: '1.8.0', value: '004821.500', unit: 'kWh' },
  ],
};

const OPTIONS = {
  ...LINE_OPTIONS,
  fault: { type: 'string' },
  at: { type: 'string' },
  seed: { type: 'string' },
  password: { type: 'string' },
  write: { type: 'boolean' },
  'eight-bits': { type: 'boolean' },
} as const;

/** What the arguments ask for; words for the person where they are wrong. */
export function opticalRequest(args: readonly string[]): OpticalRequest | string {
  const given = { args: [...args], allowPositionals: true, strict: false, options: OPTIONS };
  const { values, positionals } = parseArgs(given);
  const isSimulated = positionals[0] === 'simulated';
  const target = isSimulated ? null : lineTarget(values, positionals);
  if (typeof target === 'string') return target;
  const [command = '', code = '', value = ''] = target?.rest ?? positionals.slice(1);
  const fault = LINE_FAULTS.find((word) => word === (values.fault ?? 'none'));
  const needsCode = command === 'get' || command === 'set';
  const isKnown = needsCode ? code !== '' : ['readout', 'listen', 'hdlc'].includes(command);
  if (!isKnown) return 'What is to be read: readout, get and a code, set, listen, hdlc.';
  if (!fault) return `A fault is one of: ${LINE_FAULTS.join(', ')}.`;
  if (isSimulated && command === 'listen') return 'The simulated meter sends nothing unasked.';
  const place = { fault, at: Number(values.at) || 0, seed: Number(values.seed) || 1 };
  const clean = { fault: 'none', at: 0, seed: 1 } as const;
  return {
    transport: target?.transport ?? null,
    eightBits: values['eight-bits'] === true,
    ...{ command, code, value },
    password: typeof values.password === 'string' ? values.password : null,
    allowWrite: values.write === true,
    // The second answer is the first with data.
    line: { meter: METER, faultOf: (reply) => (reply === 1 ? place : clean) },
  };
}

/** Resolves with the exit code: 0 read, 1 failed, 2 wrong arguments. */
export async function readOptical(args: readonly string[], out: Out): Promise<number> {
  const request = opticalRequest(args);
  if (typeof request === 'string') return out.wrong(request);
  const found = await findOptical(request);
  out.line(JSON.stringify(found));
  return 'kind' in found && found.kind === 'failed' ? 1 : 0;
}
