/**
 * The devices of `simulate-streams.ts`, one row each. A row says how to make a device; the server
 * (`simulate-streams.ts`) knows sockets and clocks. A protocol joins by a row of its own.
 */
import { must } from '#lib/base/assert.ts';
import { concatBytes, fromLatin1 } from '#lib/base/bytes.ts';
import { makeRecord } from '#lib/meters/mbus/build.ts';
import { encodeRecords } from '#lib/meters/mbus/records.ts';
import {
  idleMeter,
  pushedMessage,
  respond,
  type VirtualMeter,
} from '#lib/meters/iec62056-21/responder.ts';
import type { Transmission } from '#lib/meters/modbus/frames.ts';
import { writeChannels } from '#lib/meters/pulse/channels.ts';
import { encodeTelegram } from '#lib/meters/wmbus/encode.ts';
import { wrapTelegram } from '#lib/meters/dongles/dongle.ts';
import { createModbusMeter } from '#lib/sim/devices/modbus-meter.ts';
import { createP1Sender } from '#lib/sim/devices/p1-sender.ts';
import { PRACTICE_REGISTERS, practiceMap, practiceMeter } from '#lib/sim/devices/practice.ts';
import { createPulseWire } from '#lib/sim/devices/pulse-wire.ts';
import { createSmlSender } from '#lib/sim/devices/sml-sender.ts';

/** One connection's device: it answers, it sends unasked, or both. */
export type ServedDevice = {
  /** What comes back for `bytes`, in order, each after its own delay. */
  answer?(bytes: Uint8Array): readonly { readonly bytes: Uint8Array; readonly delayMs: number }[];
  readonly push?: { readonly everyMs: number; next(at: number): Uint8Array };
};

export type DeviceRow = {
  readonly name: string;
  /** For a person who looks for a device to talk to. */
  readonly what: string;
  readonly port: number;
  readonly clause: string;
  make(seed: number, startAt: number): ServedDevice;
};

function opticalMeter(meter: VirtualMeter): ServedDevice {
  let state = idleMeter;
  return {
    answer(bytes) {
      const { state: next, replies } = respond(meter, state, bytes);
      state = next;
      return replies;
    },
  };
}

const PUSH_MS = 5000;
const modeD = (meter: VirtualMeter): ServedDevice => ({
  push: { everyMs: PUSH_MS, next: () => pushedMessage(meter) },
});

const MODBUS_DELAY_MS = 20;

function modbusMeter(transmission: Transmission, mapId: string): ServedDevice {
  const map = practiceMap(mapId);
  const meter = createModbusMeter({ transmission, unit: 1, map, values: PRACTICE_REGISTERS });
  return {
    answer: (bytes) =>
      meter.write(bytes).map((reply) => ({ bytes: reply, delayMs: MODBUS_DELAY_MS })),
  };
}

const SECOND_MS = 1000;
/** Public: the practice meter's key, so that anybody can try the decryption. */
const PRACTICE_KEY = new Uint8Array(16);

function p1Sender(seed: number, version: 3 | 5, isSealed = false): ServedDevice {
  const keys = isSealed ? { keys: { key: PRACTICE_KEY, authKey: null } } : {};
  const sender = createP1Sender({ seed, version, ...keys });
  const everyMs = version === 5 ? SECOND_MS : 10 * SECOND_MS;
  return { push: { everyMs, next: (at) => sender.telegramAt(at) } };
}

function smlSender(seed: number, startAt: number): ServedDevice {
  const sender = createSmlSender({ seed, serverId: fromLatin1('\x0a\x01KLT\x00\x00\x01\x02\x03') });
  const next = (at: number): Uint8Array => sender.fileAt(Math.floor((at - startAt) / SECOND_MS));
  return { push: { everyMs: SECOND_MS, next } };
}

const MODULE = { manufacturer: 'KLT', id: '00052017', version: 1, type: 0x37 } as const;
const TELEGRAM_MS = 2000;
const RSSI_DBM = -48;

/** A meter's S0 output at input 1 of a radio module, as lines of a radio receiver. */
function pulseModule(seed: number, startAt: number): ServedDevice {
  const options = { seed, startAt, pulsesPerKwh: 1000, load_w: 3600, fault: 'none' } as const;
  const wire = createPulseWire(options);
  let access = 0;
  const next = (at: number): Uint8Array => {
    const pulses = BigInt(wire.advance(at).pulses);
    const flags = { wireBreak: false, shortCircuit: false, magnet: false };
    const records = writeChannels([{ channel: 1, pulses, ...flags }]).map((row) => {
      const coding = row.quantity === 'counter' ? 'int32' : 'int16';
      const made = makeRecord({ ...row, unit: '', coding });
      return must(made.ok ? made.value : null, 'a record of a channel can be built');
    });
    const telegram = encodeTelegram({
      format: 'stripped',
      sender: MODULE,
      ci: 0x7a,
      access: access++ & 255,
      status: 0,
      payload: concatBytes(encodeRecords({ records })),
    });
    return wrapTelegram('rtlwmbus', telegram, RSSI_DBM);
  };
  return { push: { everyMs: TELEGRAM_MS, next } };
}

const IEC = 'IEC 62056-21:2002';
const MODBUS = 'MODBUS over Serial Line V1.02; MODBUS on TCP/IP V1.0b';
const P1 = 'DSMR P1 5.0.2';

export const SIMULATED_DEVICES: readonly DeviceRow[] = [
  {
    name: 'iec-c',
    what: 'optical eye, mode C; programming mode with the password OPEN',
    port: 7101,
    clause: `${IEC} 6.4.3`,
    make: () => opticalMeter(practiceMeter('/KLT5KILTER-SIM', { password: 'OPEN' })),
  },
  {
    name: 'iec-b',
    what: 'optical eye, mode B',
    port: 7102,
    clause: `${IEC} 6.4.2`,
    make: () => opticalMeter(practiceMeter('/KLTCKILTER-SIM')),
  },
  {
    name: 'iec-d',
    what: 'optical eye, mode D: sends every 5 s',
    port: 7103,
    clause: `${IEC} 6.4.4`,
    make: () => modeD(practiceMeter('/KLT3KILTER-SIM')),
  },
  {
    name: 'modbus-tcp',
    what: 'Modbus TCP slave 1 with the registers of an Eastron SDM630',
    port: 7502,
    clause: MODBUS,
    make: () => modbusMeter('tcp', 'eastron-sdm630'),
  },
  {
    name: 'modbus-rtu',
    what: 'Modbus RTU slave 1 behind a converter, registers of a Gavazzi EM300',
    port: 7503,
    clause: MODBUS,
    make: () => modbusMeter('rtu', 'gavazzi-em300'),
  },
  {
    name: 'modbus-ascii',
    what: 'Modbus ASCII slave 1 behind a converter, registers of an Eastron SDM630',
    port: 7504,
    clause: MODBUS,
    make: () => modbusMeter('ascii', 'eastron-sdm630'),
  },
  {
    name: 'p1',
    what: 'P1 port of DSMR 5, every second',
    port: 7201,
    clause: P1,
    make: (seed) => p1Sender(seed, 5),
  },
  {
    name: 'p1-3',
    what: 'P1 port of DSMR 3, every 10 s, without check sum',
    port: 7202,
    clause: 'DSMR P1 3.0',
    make: (seed) => p1Sender(seed, 3),
  },
  {
    name: 'p1-sealed',
    what: 'encrypted P1 port, the key is 32 zeros',
    port: 7203,
    clause: 'Smarty P1 V1.1.3',
    make: (seed) => p1Sender(seed, 5, true),
  },
  {
    name: 'sml',
    what: 'SML files at the optical eye, every second',
    port: 7301,
    clause: 'SML 1.04',
    make: smlSender,
  },
  {
    name: 'pulse',
    what: 'S0 wire at a radio module, heard by a receiver: a line every 2 s',
    port: 7401,
    clause: 'EN 62053-31:1998',
    make: pulseModule,
  },
];
