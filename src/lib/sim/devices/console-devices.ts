/**
 * Devices that the meter console can imitate, each at the speed and parity that its kind has: at
 * another one it hears and says nothing, as on a real line. Knows the simulated meters of this
 * folder, no port and no clock. Only transport/simulated.ts and tests make one.
 */
import { fromLatin1 } from '#lib/base/bytes.ts';
import { DAY_MS, type Instant } from '#lib/base/interval.ts';
import { createPrng } from '#lib/base/prng.ts';
import { idleMeter, respond, type VirtualMeter } from '../../meters/iec62056-21/responder.ts';
import { createDlmsDevice } from './dlms/device.ts';
import { electricityMeter } from './dlms/electricity-meter.ts';
import { emisClients, emisConcentrator } from './dlms/emis-concentrator.ts';
import { createPushMeter } from './dlms/push-meter.ts';
import type { ServerOptions } from './dlms/server.ts';
import { createModeEMeter, type ModeEOptions } from './mode-e-meter.ts';
import { createModbusMeter } from './modbus-meter.ts';
import { createP1Sender } from './p1-sender.ts';
import {
  PRACTICE_REGISTERS,
  PRACTICE_SLAVES,
  practiceMap,
  practiceMeter,
  practiceProfile,
} from './practice.ts';
import { createSmlSender } from './sml-sender.ts';
import { createWiredBus } from './wired-bus.ts';

export type ConsoleKind =
  'emis951' | 'dlms' | 'eye' | 'optical' | 'mbus' | 'modbus' | 'sml' | 'p1' | 'push';

type Settings = {
  readonly baud: number;
  readonly dataBits: 7 | 8;
  readonly parity: 'none' | 'even' | 'odd';
};
type Timed = { readonly at: Instant; readonly bytes: Uint8Array };

export type ConsoleDeviceSim = {
  open(settings: Settings, at: Instant): void;
  write(bytes: Uint8Array, at: Instant): void;
  poll(at: Instant): readonly Uint8Array[];
};

/** Something that answers; `hears` says whether it understands the port's speed. */
type Answering = {
  hears(settings: Settings): boolean;
  write(bytes: Uint8Array, at: Instant, settings: Settings): readonly (Timed & Partial<Settings>)[];
};

function answering({ hears, write }: Answering): ConsoleDeviceSim {
  let settings: Settings = { baud: 0, dataBits: 8, parity: 'none' };
  let due: readonly (Timed & Partial<Settings>)[] = [];
  return {
    open(next) {
      settings = next;
    },
    write(bytes, at) {
      if (hears(settings)) due = [...due, ...write(bytes, at, settings)];
    },
    poll(at) {
      const ready = due.filter((one) => one.at <= at);
      due = due.filter((one) => one.at > at);
      return ready.flatMap(({ bytes, baud }) =>
        baud === undefined || baud === settings.baud ? [bytes] : [],
      );
    },
  };
}

function pushing(
  own: Pick<Settings, 'baud' | 'parity'>,
  everyMs: number,
  next: (at: Instant) => Uint8Array,
): ConsoleDeviceSim {
  let isHeard = false;
  let nextAt = 0;
  return {
    open({ baud, parity }, at) {
      isHeard = baud === own.baud && parity === own.parity;
      nextAt = at + everyMs / 2;
    },
    write: () => undefined,
    poll(at) {
      if (at < nextAt) return [];
      nextAt = at + everyMs;
      return isHeard ? [next(at)] : [];
    },
  };
}

const HDLC_ADDRESS = { upper: 1, lower: 17 } as const;
const PASSWORD_SIZE = 16;
const DAYS_OF_DATA = 500;
/** Three events a day: every code once, and the ring of 128 is nearly full. */
const DAYS_OF_EVENTS = 42;
const HOUSE_METERS = 24;

type DlmsParts = Omit<ServerOptions, 'key' | 'authKey' | 'maxPdu' | 'challenge'>;

function onHdlc(options: DlmsParts): ModeEOptions['dlms'] {
  const random = createPrng(options.counters.own);
  return {
    baud: 9600,
    carrier: { kind: 'hdlc', address: HDLC_ADDRESS, maxInformation: 512, window: 1 },
    server: {
      ...options,
      key: random.bytes(PASSWORD_SIZE),
      authKey: random.bytes(PASSWORD_SIZE),
      maxPdu: 1024,
      challenge: () => random.bytes(PASSWORD_SIZE),
    },
  };
}

const nineSix = ({ baud, parity }: Settings): boolean => baud === 9600 && parity === 'none';

function overHdlc(options: DlmsParts): ConsoleDeviceSim {
  const device = createDlmsDevice(onHdlc(options));
  return answering({ hears: nineSix, write: (bytes, at) => device.write(bytes, at) });
}

/** The same meter behind an optical eye: it signs on at 300 Bd, then goes over to HDLC. */
function behindEye(options: DlmsParts): ConsoleDeviceSim {
  const meter = createModeEMeter({ dlms: onHdlc(options) });
  const line = answering({ hears: () => true, write: (bytes, at) => meter.write(bytes, at) });
  return {
    ...line,
    open(settings, at) {
      line.open(settings, at);
      meter.open(settings);
    },
  };
}

const meterOptions = (startAt: Instant) => ({
  serial: '12345678',
  systemTitle: fromLatin1('KLT00001'),
  loadW: 420,
  startAt,
  startWh: 0,
  counters: { client: 0, own: 1 },
});

function dlmsOptions(startAt: Instant): DlmsParts {
  const meter = meterOptions(startAt);
  const rights = { canReadAll: true, canWrite: false, canCall: false };
  const clients = [1, 16].map((clientId) => ({
    clientId,
    mechanism: 0,
    secret: new Uint8Array(0),
    rights,
    protection: 0,
  }));
  const { systemTitle, counters } = meter;
  return { systemTitle, counters, clients, objects: electricityMeter(meter) };
}

/** What the concentrator asks of those who write; whoever makes the device chooses them. */
export type PracticePasswords = { readonly configurator: string; readonly administrator: string };

function concentrator(
  told: PracticePasswords,
  { startAt, journalStartAt }: { readonly startAt: Instant; readonly journalStartAt: Instant },
): ConsoleDeviceSim {
  const passwords = {
    configurator: fromLatin1(told.configurator),
    administrator: fromLatin1(told.administrator),
  };
  const meters = Array.from({ length: HOUSE_METERS }, (_, i) => ({
    serial: String(70_000_001 + i),
    loadW: 180 + ((i * 73) % 400),
    isBlackListed: i === 7 || i === 19,
  }));
  const options = { serial: '95100042', meters, startAt, journalStartAt, passwords };
  return overHdlc({
    systemTitle: fromLatin1('KLT00951'),
    counters: { client: 0, own: 1 },
    clients: emisClients(passwords),
    objects: emisConcentrator(options),
  });
}

const BITS = 10;
const lineMs = (bytes: Uint8Array, baud: number): number =>
  Math.ceil((bytes.length * BITS * 1000) / Math.max(baud, 300));

/** The eye hears at the speed that the session has reached. */
function opticalEye(meter: VirtualMeter): ConsoleDeviceSim {
  let state = idleMeter;
  return answering({
    hears: ({ parity }) => parity === 'even',
    write(bytes, at, { baud }) {
      if (state.phase !== 'programming' && baud !== 300) return [];
      const answer = respond(meter, state, bytes);
      state = answer.state;
      let free = at + lineMs(bytes, baud);
      return answer.replies.map((reply) => {
        free += reply.delayMs + lineMs(reply.bytes, reply.baud);
        return { at: free, bytes: reply.bytes, baud: reply.baud };
      });
    },
  });
}

function bus(seed: number): ConsoleDeviceSim {
  const wire = createWiredBus({
    slaves: PRACTICE_SLAVES,
    echo: true,
    prng: createPrng(seed),
    faultsAt: () => [],
  });
  let isEven = false;
  return {
    open(settings) {
      isEven = settings.parity === 'even';
      wire.open(settings);
    },
    write: (bytes, at) => (isEven ? wire.write(bytes, at) : undefined),
    poll(at) {
      const out: Uint8Array[] = [];
      for (let due = wire.poll(at); due; due = wire.poll(at)) out.push(due.bytes);
      return out;
    },
  };
}

const MODBUS_DELAY_MS = 20;

function modbus(): ConsoleDeviceSim {
  const map = practiceMap('eastron-sdm630');
  const meter = createModbusMeter({
    transmission: 'rtu',
    unit: 1,
    map,
    values: PRACTICE_REGISTERS,
  });
  return answering({
    hears: nineSix,
    write: (bytes, at) =>
      meter.write(bytes).map((reply) => ({ at: at + MODBUS_DELAY_MS, bytes: reply })),
  });
}

const SECOND_MS = 1000;

function sml(seed: number, startAt: Instant): ConsoleDeviceSim {
  const sender = createSmlSender({ seed, serverId: fromLatin1('\x0a\x01KLT\x00\x00\x01\x02\x03') });
  return pushing({ baud: 9600, parity: 'none' }, SECOND_MS, (at) =>
    sender.fileAt(Math.floor((at - startAt) / SECOND_MS)),
  );
}

function pushMeter(startAt: Instant): ConsoleDeviceSim {
  const meter = createPushMeter({
    list: 'kaifa',
    meter: meterOptions(startAt),
    carrier: {
      carrier: 'hdlc',
      source: HDLC_ADDRESS,
      destination: { upper: 103, lower: null },
      size: 512,
      blockSize: null,
    },
    seal: null,
  });
  return pushing({ baud: 2400, parity: 'even' }, 5 * SECOND_MS, (at) => meter.push(at));
}

/** `at` is now: everything in the past is a function of it and of the seed. */
export function createConsoleDevice(
  kind: ConsoleKind,
  options: {
    readonly seed: number;
    readonly at: Instant;
    readonly passwords: PracticePasswords;
  },
): ConsoleDeviceSim {
  const { seed, at, passwords } = options;
  const today = Math.floor(at / DAY_MS) * DAY_MS;
  const startAt = today - DAYS_OF_DATA * DAY_MS;
  const makers: Readonly<Record<ConsoleKind, () => ConsoleDeviceSim>> = {
    emis951: () =>
      concentrator(passwords, { startAt, journalStartAt: today - DAYS_OF_EVENTS * DAY_MS }),
    dlms: () => overHdlc(dlmsOptions(startAt)),
    eye: () => behindEye(dlmsOptions(startAt)),
    optical: () => {
      const profiles = practiceProfile(at);
      return opticalEye(practiceMeter('/KLT5KILTER-SIM', { echo: true, password: null, profiles }));
    },
    mbus: () => bus(seed),
    modbus,
    sml: () => sml(seed, startAt),
    p1: () => {
      const sender = createP1Sender({ seed, version: 5 });
      const line = { baud: 115_200, parity: 'none' } as const;
      return pushing(line, SECOND_MS, (now) => sender.telegramAt(now));
    },
    push: () => pushMeter(startAt),
  };
  return makers[kind]();
}
