/**
 * `npm run read -- dlms ADDRESS [OBIS …]`: registers and a profile of a DLMS meter, over TCP, over
 * HDLC on a serial line, or at its optical eye (`--mode-e`). Knows the command line; the
 * conversation is that of `src/lib/meters/dlms/client`. It only reads.
 */
import { parseArgs } from 'node:util';
import { fromLatin1 } from '#lib/base/bytes.ts';
import { formatDecimal } from '#lib/base/decimal.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import type { ClientOptions } from '#lib/meters/dlms/client/context.ts';
import { readObjects, readProfile, type ObjectReading } from '#lib/meters/dlms/client/plans.ts';
import type { Plan, SessionOptions } from '#lib/meters/dlms/client/session.ts';
import { ACCESS_RESULTS } from '#lib/meters/dlms/cosem/results.table.ts';
import { formatLocal } from '#lib/meters/dlms/date-time.ts';
import { plainOf, scaledOf, unitOf } from '#lib/meters/dlms/values.ts';
import { normaliseDlms } from '#lib/meters/normalise-dlms.ts';
import { dlmsOnLine, openOptical, type OpticalDlms } from '#lib/meters/optical-dlms.ts';
import type { SerialSettings, Transport } from '#lib/transport/transport.ts';
import { readKeyFile } from './dlms-keys.ts';
import { DLMS_PORT } from './dlms-simulate.ts';
import { LINE_OPTIONS, lineTarget, type Out } from './line-arguments.ts';
import { talk } from './talk.ts';

export const DLMS_USAGE = [
  'ADDRESS [--carrier wrapper|hdlc | --mode-e [--eight-bits]] [--client 1] [--server 1/17]',
  '  [--password TEXT] [--keys FILE] [--profile 1-0:99.2.0*255] [OBIS …]',
  '  without --carrier: wrapper over TCP, hdlc on a port',
];

/**
 * Runs a session on a pipe. Without a file of keys there is no store, and nobody can promise that a
 * counter was never used: sessions that need one fail with `no_counter`.
 */
function runOnPipe({ transport, session, settings, persist }: DlmsRequest) {
  return talk(
    transport,
    (event) => {
      let step = session.step(event, Date.now());
      while (step.persist !== null) {
        const outcome = persist(step.persist);
        step = session.step({ kind: 'persisted', outcome }, Date.now());
      }
      return step;
    },
    settings,
  );
}

const REGISTERS = ['1-0:1.8.0', '1-0:1.8.1', '1-0:1.8.2', '1-0:1.7.0', '1-0:32.7.0', '1-0:14.7.0'];

export type Reading = { readonly lines: readonly string[] };

function lineOf(reading: ObjectReading): string {
  const { obis } = reading.target;
  if ('error' in reading) return `${obis}  ${ACCESS_RESULTS.get(reading.error) ?? reading.error}`;
  const { value } = reading;
  const number = scaledOf(value);
  const shown = number ? formatDecimal(number) : plainOf(value.data);
  const [register] = normaliseDlms([value]).values;
  const canonical = register ? ` = ${formatDecimal(register.value)} ${register.unit}` : '';
  return `${obis}  ${shown ?? value.data.type} ${unitOf(value) ?? ''}${canonical}`;
}

/** Registers and, where one is asked for, a profile, as lines for a person. */
export const readingPlan = (codes: readonly string[], profile: string | null): Plan<Reading> =>
  function* (context) {
    const targets = codes.map((code) => ({
      classId: 3,
      obis: code.includes('*') ? code : `${code}*255`,
      attribute: 2,
    }));
    const objects = yield* readObjects(context, targets);
    if (!objects.ok) return objects;
    const lines = objects.value.map(lineOf);
    if (!profile) return ok({ lines });
    const rows = yield* readProfile(context, profile, null);
    if (!rows.ok) return rows;
    const shown = rows.value.rows.map(({ time, cells }) =>
      [time ? formatLocal(time) : '?', ...cells.slice(1).map(plainOf)].join('  '),
    );
    return ok({ lines: [...lines, ...shown] });
  };

const text = { type: 'string' } as const;
const OPTIONS = {
  ...LINE_OPTIONS,
  ...{ carrier: text, client: text, server: text, password: text, profile: text },
  'mode-e': { type: 'boolean' },
  'eight-bits': { type: 'boolean' },
  keys: text,
} as const;
const HDLC_LINE: SerialSettings = { baud: 9600, dataBits: 8, parity: 'none', stopBits: 1 };

export type DlmsRequest = {
  readonly transport: Transport;
  readonly session: OpticalDlms<Reading>;
  /** Null: the session opens the port itself. */
  readonly settings: SerialSettings | null;
  /** Keeps the next invocation counter. */
  persist(counter: number): Result<null>;
};

type Carrier = SessionOptions['carrier'];

function carrierOf(isHdlc: boolean, server: string): Carrier | string {
  const [, upper, lower] = /^(\d{1,5})(?:\/(\d{1,5}))?$/.exec(server) ?? [];
  if (!upper) return 'The server is a number, or two with a stroke: logical/physical device.';
  if (!isHdlc) return { kind: 'wrapper', server: Number(upper) };
  return { kind: 'hdlc', server: { upper: Number(upper), lower: lower ? Number(lower) : null } };
}

type Values = ReturnType<typeof parse>['values'];

const parse = (args: readonly string[]) =>
  parseArgs({ args: [...args], allowPositionals: true, strict: false, options: OPTIONS });

const textOf = (value: string | boolean | undefined): string | null =>
  typeof value === 'string' ? value : null;

/** Who reads, and with which keys. */
async function clientOf(values: Values): Promise<Result<Pick<DlmsRequest, 'persist'> & Who>> {
  const password = textOf(values.password);
  const authentication =
    password === null
      ? ({ kind: 'none' } as const)
      : ({ kind: 'lls', password: fromLatin1(password) } as const);
  const client = { clientId: Number(values.client ?? 1), authentication };
  const path = textOf(values.keys);
  if (path === null) {
    const persist = (): Result<null> => fault('no_store', 'Counters need a file: --keys.');
    return ok({ client: { ...client, keys: null, ciphering: null }, persist });
  }
  const file = await readKeyFile(path);
  if (!file.ok) return file;
  const { keys, ciphering, persist } = file.value;
  return ok({ client: { ...client, keys, ciphering }, persist });
}

type Who = { readonly client: ClientOptions };

/** What the arguments ask for; words for the person where they are wrong. */
export async function dlmsRequest(args: readonly string[]): Promise<DlmsRequest | string> {
  const { values, positionals } = parse(args);
  const [name = '', ...words] = positionals;
  // A host alone has the port of DLMS.
  const isHost = values.port === undefined && /^[^\s:/]+$/.test(name) && !/^COM\d+$/i.test(name);
  const target = lineTarget(values, isHost ? [`${name}:${DLMS_PORT}`, ...words] : positionals);
  if (typeof target === 'string') return target;
  const isOptical = values['mode-e'] === true;
  const eightBits = values['eight-bits'] === true;
  const usual = isOptical || target.isSerial ? 'hdlc' : 'wrapper';
  const isHdlc = (values.carrier ?? usual) === 'hdlc';
  if (isOptical && !isHdlc) return 'Mode E goes over to HDLC, not to the wrapper.';
  const carrier = carrierOf(isHdlc, String(values.server ?? (isHdlc ? '1/17' : '1')));
  if (typeof carrier === 'string') return carrier;
  const who = await clientOf(values);
  if (!who.ok) return who.error.detail;
  const { client, persist } = who.value;
  const codes = target.rest.length > 0 ? target.rest : REGISTERS;
  const plan = readingPlan(codes, textOf(values.profile));
  const session =
    isOptical && carrier.kind === 'hdlc'
      ? openOptical({ signOn: { eightBits }, session: { carrier, client } }, plan)
      : dlmsOnLine({ carrier, client }, plan);
  const settings = isOptical ? null : target.settings(HDLC_LINE);
  return { transport: target.transport, session, settings, persist };
}

/** Resolves with the exit code: 0 read, 1 failed, 2 wrong arguments. */
export async function readDlms(args: readonly string[], out: Out): Promise<number> {
  const request = await dlmsRequest(args);
  if (typeof request === 'string') return out.wrong(request);
  const result = await runOnPipe(request);
  if (result.ok) result.value.lines.forEach((line) => out.line(line));
  else out.note(`${result.error.code}: ${result.error.detail}`);
  return result.ok ? 0 : 1;
}
