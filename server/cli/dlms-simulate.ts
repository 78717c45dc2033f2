/**
 * Serves a simulated DLMS device over TCP, so that other programs can talk to it:
 *
 *   npx tsx server/cli/dlms-simulate.ts [meter|emis] [--port 4059] [--carrier wrapper|hdlc|mode-e]
 *     [--suite 1|2 [--way global|wrapped|one-pass|static] [--write-keys keys.json]]
 *   npx tsx server/cli/dlms-simulate.ts push [--list aidon|kamstrup|kaifa|landis] [--every 10]
 *
 * Knows sockets and the wall clock; the device is of `src/lib/sim`. The meter takes client 1
 * without security, the concentrator its reader (16); passwords are given with `--password`. A
 * meter that pushes sends its list in HDLC frames, unasked, every so many seconds.
 */
import { createServer, type Server } from 'node:net';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { fromLatin1 } from '#lib/base/bytes.ts';
import { DAY_MS } from '#lib/base/interval.ts';
import { createDlmsDevice, type DlmsDevice } from '#lib/sim/devices/dlms/device.ts';
import { electricityMeter } from '#lib/sim/devices/dlms/electricity-meter.ts';
import { emisClients, emisConcentrator } from '#lib/sim/devices/dlms/emis-concentrator.ts';
import { createPushMeter, PUSH_LISTS, type PushList } from '#lib/sim/devices/dlms/push-meter.ts';
import type { ServerOptions } from '#lib/sim/devices/dlms/server.ts';
import { createModeEMeter } from '#lib/sim/devices/mode-e-meter.ts';
import { KEY_WAYS, practiceKeyFile, practiceMeter, type Practice } from './dlms-practice.ts';

export type DlmsCarrier = 'wrapper' | 'hdlc' | 'mode-e';

export type SimulateOptions = {
  readonly device: 'meter' | 'emis';
  /** `mode-e`: an optical eye that signs on by IEC 62056-21 and goes over to HDLC. */
  readonly carrier: DlmsCarrier;
  /** Practice keys of suite 1 or 2; absent: everything goes in clear. */
  readonly practice?: Practice | null;
  /** Password of clients that write; null: nobody can. */
  readonly password: string | null;
};

/** IANA port number of DLMS/COSEM; IEC 62056-47:2006 clause 5.3.2. */
export const DLMS_PORT = 4059;
const HDLC_ADDRESS = { upper: 1, lower: 17 } as const;

function serverOptions(options: SimulateOptions, startAt: number): ServerOptions {
  const { device, password, practice } = options;
  const secured = practice ? practiceMeter(practice) : null;
  const protection = practice ? 0x30 : 0;
  const systemTitle = fromLatin1('KLT00001');
  const secret = fromLatin1(password ?? '');
  const counters = { client: 0, own: 1 };
  const meter = { serial: '12345678', systemTitle, loadW: 420, startAt, startWh: 0, counters };
  const meters = ['70000001', '70000002', '70000003'].map((serial, i) => ({
    serial,
    loadW: 250 + 100 * i,
  }));
  const all = { canReadAll: true, canWrite: false, canCall: false };
  const plain: ServerOptions = {
    systemTitle,
    key: randomBytes(16),
    authKey: randomBytes(16),
    clients:
      device === 'emis'
        ? emisClients({ configurator: secret, administrator: secret })
        : [
            { clientId: 1, mechanism: 0, secret, rights: all, protection },
            {
              clientId: 2,
              mechanism: 1,
              secret,
              rights: { canReadAll: true, canWrite: true, canCall: true },
              protection: 0,
            },
          ],
    objects:
      device === 'emis'
        ? emisConcentrator({ serial: '95100042', meters, startAt })
        : electricityMeter({ ...meter, ...(secured && { security: secured.security }) }),
    maxPdu: 1024,
    challenge: () => new Uint8Array(randomBytes(16)),
    counters,
  };
  // Copied as they are: keys that are agreed on take the place of the practice keys.
  const properties = secured ? Object.getOwnPropertyDescriptors(secured.server) : {};
  return Object.defineProperties(plain, properties);
}

function newDevice(options: SimulateOptions): Pick<DlmsDevice, 'write'> {
  const startAt = Math.floor(Date.now() / DAY_MS - 500) * DAY_MS;
  const server = serverOptions(options, startAt);
  const hdlc = { kind: 'hdlc', address: HDLC_ADDRESS, maxInformation: 512, window: 1 } as const;
  if (options.carrier === 'mode-e') return createModeEMeter({ dlms: { carrier: hdlc, server } });
  const carrier = options.carrier === 'hdlc' ? hdlc : ({ kind: 'wrapper', port: 1 } as const);
  return createDlmsDevice({ carrier, server });
}

/** Each connection has a device of its own, as each optical head has its meter. */
export const simulateDlms = (options: SimulateOptions): Server =>
  createServer((socket) => {
    const device = newDevice(options);
    socket.on('data', (bytes) => {
      for (const answer of device.write(new Uint8Array(bytes), Date.now())) {
        setTimeout(() => socket.writable && socket.write(answer.bytes), answer.at - Date.now());
      }
    });
    // A client that leaves without closing is ordinary.
    socket.on('error', () => socket.destroy());
  });

/** A meter at its home port: each connection is a listener. */
export const simulatePush = (list: PushList, everyMs: number): Server =>
  createServer((socket) => {
    const startAt = Math.floor(Date.now() / DAY_MS - 500) * DAY_MS;
    const counters = { client: 0, own: 0 };
    const systemTitle = fromLatin1('KLT00001');
    const meter = createPushMeter({
      list,
      meter: { serial: '12345678', systemTitle, loadW: 420, startAt, startWh: 0, counters },
      carrier: {
        carrier: 'hdlc',
        source: HDLC_ADDRESS,
        destination: { upper: 103, lower: null },
        size: 512,
        blockSize: null,
      },
      seal: null,
    });
    const send = () => void socket.write(meter.push(Date.now()));
    const timer = setInterval(send, everyMs);
    socket.on('close', () => clearInterval(timer));
    socket.on('error', () => socket.destroy());
    send();
  });

const CARRIERS: readonly DlmsCarrier[] = ['wrapper', 'hdlc', 'mode-e'];

function serverFor(what: string | undefined, values: Values): Server {
  if (what === 'push') {
    const list = PUSH_LISTS.find((one) => one === values.list) ?? 'aidon';
    return simulatePush(list, Number(values.every) * 1000);
  }
  return simulateDlms({
    device: what === 'emis' ? 'emis' : 'meter',
    carrier: CARRIERS.find((one) => one === values.carrier) ?? 'wrapper',
    password: values.password ?? null,
    practice: practiceOf(values),
  });
}

/** Null without `--suite`; the client's keys are written where `--write-keys` says. */
function practiceOf(values: Values): Practice | null {
  const suite = ([1, 2] as const).find((one) => String(one) === values.suite);
  if (!suite) return null;
  const practice = { suite, way: KEY_WAYS.find((one) => one === values.way) ?? 'global' };
  const path = values['write-keys'];
  if (path) writeFileSync(path, `${JSON.stringify(practiceKeyFile(practice))}\n`);
  return practice;
}

type Values = {
  readonly list: string;
  readonly every: string;
  readonly carrier: string;
  readonly password?: string | undefined;
  readonly suite?: string | undefined;
  readonly way: string;
  readonly 'write-keys'?: string | undefined;
};

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      port: { type: 'string', default: String(DLMS_PORT) },
      carrier: { type: 'string', default: 'wrapper' },
      password: { type: 'string' },
      list: { type: 'string', default: 'aidon' },
      every: { type: 'string', default: '10' },
      suite: { type: 'string' },
      way: { type: 'string', default: 'global' },
      'write-keys': { type: 'string' },
    },
  });
  const server = serverFor(positionals[0], values);
  server.listen(Number(values.port), '127.0.0.1', () => {
    console.log(`${positionals[0] ?? 'meter'} on port ${values.port}`);
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) main();
