/**
 * A radio module with pulse inputs as a tenant fastens it to a water meter: inputs that count, a
 * wire that may be broken, shorted or swapped, and a telegram every two seconds while in set-up.
 *
 * It knows the dial of each meter behind it, so that a test can ask what a person would see. It
 * knows no receiver and no screen. The simulated dongle and the tests drive it; time and every
 * choice come in from outside.
 */
import { concatBytes } from '#lib/base/bytes.ts';
import { must } from '#lib/base/assert.ts';
import { addDecimal, decimal, rescale, type Decimal } from '#lib/base/decimal.ts';
import { SECOND_MS, type Instant } from '#lib/base/interval.ts';
import { createPrng } from '#lib/base/prng.ts';
import { makeRecord } from '../../meters/mbus/build.ts';
import { encodeRecords } from '../../meters/mbus/records.ts';
import { writeChannels } from '../../meters/pulse/channels.ts';
import type { ChannelRecord, PulseChannel, PulseFlags } from '../../meters/pulse/channels.ts';
import type { DataRecord, DeviceAddress } from '../../meters/telegram.ts';
import { encodeTelegram } from '../../meters/wmbus/encode.ts';

/** What the person did wrong; `weight` = the meter's pulses are ten times as heavy as printed. */
export const INSTALL_FAULTS = [
  'none',
  'wrong-meter',
  'swapped',
  'weight',
  'wire-break',
  'short-circuit',
  'magnet',
] as const;
export type InstallFault = (typeof INSTALL_FAULTS)[number];

export type PulseModuleOptions = {
  readonly seed: number;
  /** Eight digits printed on the module. */
  readonly serial: string;
  /** Input the meter was meant for, from 1, of `inputs` inputs. */
  readonly channel: number;
  readonly inputs: number;
  readonly pulseWeight: Decimal;
  readonly dial: Decimal;
  readonly fault: InstallFault;
};

export type PulseModule = {
  openTap(at: Instant): void;
  closeTap(at: Instant): void;
  /** What the dial of the tenant's meter shows at `at`, with the scale of `dial`. */
  dialAt(at: Instant): Decimal;
  /** Telegrams sent after `from` up to `to`, without link CRCs, as receivers hand them on. */
  telegrams(from: Instant, to: Instant): readonly { at: Instant; bytes: Uint8Array }[];
};

const PERIOD_MS = 2 * SECOND_MS;
/** EN 13757-3:2018 table 13: 37h is a radio converter on the meter's side. */
const DEVICE_TYPE = 0x37;
const MANUFACTURER = 'KLT';

export function createPulseModule(options: PulseModuleOptions): PulseModule {
  const random = createPrng(options.seed).fork(options.serial);
  const base = Array.from({ length: options.inputs }, () => random.int(0, 20_000));
  // A tap gives five to seven pulses in ten seconds at the usual weight of the test.
  const pulsesPerS = 0.5 + 0.2 * random.next();
  const runs: { from: Instant; to: Instant | null }[] = [];

  const openSecondsAt = (at: Instant): number =>
    runs.reduce((sum, run) => {
      const to = Math.min(at, run.to ?? at);
      return sum + Math.max(0, to - run.from) / SECOND_MS;
    }, 0);
  const pulsesAt = (at: Instant): number => Math.floor(openSecondsAt(at) * pulsesPerS);

  return {
    openTap: (at) => void runs.push({ from: at, to: null }),
    closeTap(at) {
      const run = runs.at(-1);
      if (run && run.to === null) run.to = at;
    },
    dialAt(at) {
      const real = options.fault === 'weight' ? 10 : 1;
      const moved = decimal(
        options.pulseWeight.units * BigInt(pulsesAt(at) * real),
        options.pulseWeight.scale,
      );
      return rescale(addDecimal(options.dial, moved), options.dial.scale);
    },
    telegrams(from, to) {
      const first = Math.floor(from / PERIOD_MS) + 1;
      const last = Math.floor(to / PERIOD_MS);
      return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => {
        const at = (first + i) * PERIOD_MS;
        return { at, bytes: telegramAt(options, { at, base, pulses: pulsesAt(at) }) };
      });
    },
  };
}

type Moment = { readonly at: Instant; readonly base: readonly number[]; readonly pulses: number };

/** Input that really counts: the neighbour's when the cables are swapped. */
const countingInput = ({ channel, inputs, fault }: PulseModuleOptions): number =>
  fault === 'swapped' ? (channel % inputs) + 1 : channel;

const isBlocked = (fault: InstallFault): boolean =>
  fault === 'wire-break' || fault === 'short-circuit';

function telegramAt(options: PulseModuleOptions, moment: Moment): Uint8Array {
  const counts = countingInput(options);
  const channels = moment.base.map((start, i): PulseChannel => {
    const channel = i + 1;
    const counting = channel === counts && !isBlocked(options.fault);
    const pulses = BigInt(start + (counting ? moment.pulses : 0));
    return { channel, pulses, ...flagsOf(options, channel) };
  });
  const records = writeChannels(channels).map(record);
  return encodeTelegram({
    format: 'stripped',
    sender: senderOf(options),
    ci: 0x7a,
    access: Math.floor(moment.at / PERIOD_MS) & 255,
    status: 0,
    payload: concatBytes(encodeRecords({ records })),
  });
}

/** Another module entirely when the person stands before the wrong one. */
function senderOf({ serial, fault }: PulseModuleOptions): DeviceAddress {
  const number = Number(serial) || 0;
  const id = fault === 'wrong-meter' ? (number + 135) % 100_000_000 : number;
  return {
    manufacturer: MANUFACTURER,
    id: String(id).padStart(8, '0'),
    version: 1,
    type: DEVICE_TYPE,
  };
}

function flagsOf({ fault, channel }: PulseModuleOptions, input: number): PulseFlags {
  const isOurs = input === channel;
  return {
    wireBreak: isOurs && fault === 'wire-break',
    shortCircuit: isOurs && fault === 'short-circuit',
    magnet: isOurs && fault === 'magnet',
  };
}

function record(of: ChannelRecord): DataRecord {
  const coding = of.quantity === 'error_flags' ? 'int16' : 'int32';
  const made = makeRecord({ ...of, unit: '', coding });
  return must(made.ok ? made.value : null, `a record of ${of.quantity} can be built`);
}
