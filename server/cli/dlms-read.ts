/**
 * Reads a DLMS meter over TCP and prints its registers and a profile:
 *
 *   npx tsx server/cli/dlms-read.ts HOST [--port 4059] [--carrier wrapper|hdlc] [--client 1]
 *     [--password TEXT] [--profile 1-0:99.2.0*255] [OBIS …]
 *
 * Knows sockets and the wall clock; the conversation is that of `src/lib/meters/dlms/client`. It
 * only reads.
 */
import { connect, type Socket } from 'node:net';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { fromLatin1 } from '#lib/base/bytes.ts';
import { formatDecimal } from '#lib/base/decimal.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { readObjects, readProfile, type ObjectReading } from '#lib/meters/dlms/client/plans.ts';
import {
  createSession,
  type Plan,
  type SessionOptions,
  type SessionStep,
} from '#lib/meters/dlms/client/session.ts';
import { ACCESS_RESULTS } from '#lib/meters/dlms/cosem/results.table.ts';
import { formatLocal } from '#lib/meters/dlms/date-time.ts';
import { plainOf, scaledOf, unitOf } from '#lib/meters/dlms/values.ts';
import { normaliseDlms } from '#lib/meters/normalise-dlms.ts';

/**
 * Runs a session on a socket. This command keeps no store, therefore it cannot promise that a
 * counter was never used: sessions that need one fail with `no_counter`.
 */
export function runOnSocket<T>(
  socket: Socket,
  options: SessionOptions,
  plan: Plan<T>,
): Promise<Result<T>> {
  const session = createSession(options, plan);
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const follow = (step: SessionStep<T>): void => {
      clearTimeout(timer);
      for (const bytes of step.send) socket.write(bytes);
      if (step.persist !== null) {
        follow(session.persisted(fault('no_store', 'There is no store.'), Date.now()));
      } else if (step.result) resolve(step.result);
      else if (step.wakeAt !== null) {
        const waitMs = Math.max(0, step.wakeAt - Date.now());
        timer = setTimeout(() => follow(session.tick(Date.now())), waitMs);
      }
    };
    const lost = (): void => {
      clearTimeout(timer);
      resolve(fault('disconnected', 'The connection was lost.'));
    };
    socket.on('data', (bytes) => follow(session.receive(new Uint8Array(bytes), Date.now())));
    socket.on('error', lost);
    socket.on('close', lost);
    follow(session.start(Date.now()));
  });
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

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      port: { type: 'string', default: '4059' },
      carrier: { type: 'string', default: 'wrapper' },
      client: { type: 'string', default: '1' },
      password: { type: 'string' },
      profile: { type: 'string' },
    },
  });
  const [host = '127.0.0.1', ...codes] = positionals;
  const socket = connect({ host, port: Number(values.port) });
  const { password } = values;
  const options: SessionOptions = {
    carrier:
      values.carrier === 'hdlc'
        ? { kind: 'hdlc', server: { upper: 1, lower: 17 } }
        : { kind: 'wrapper', server: 1 },
    client: {
      clientId: Number(values.client),
      authentication:
        password === undefined ? { kind: 'none' } : { kind: 'lls', password: fromLatin1(password) },
      keys: null,
      ciphering: null,
    },
  };
  const plan = readingPlan(codes.length > 0 ? codes : REGISTERS, values.profile ?? null);
  const result = await runOnSocket(socket, options, plan);
  socket.destroy();
  if (result.ok) console.log(result.value.lines.join('\n'));
  else {
    console.error(`${result.error.code}: ${result.error.detail}`);
    process.exitCode = 1;
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
