/**
 * A radio receiver that hears the meters of one round, byte for byte as a real one would send them
 * (an IMST iU891A unless another is asked for): telegrams in security modes 5 and 7, repetitions,
 * noise on the line, a few strangers, one meter with a weak battery, one whose key was changed, and
 * some that stay silent.
 *
 * It knows the dialogue of the dongle and what each meter probably shows today; it knows no port
 * and no clock. Only transport/simulated.ts and tests make one.
 */
import { decimal } from '#lib/base/decimal.ts';
import { DAY_MS, type Instant } from '#lib/base/interval.ts';
import { createPrng } from '#lib/base/prng.ts';
import { registerType } from '../../domain/register-types.table.ts';
import {
  createDongleFramer,
  dongleRow,
  frameMessage,
  wrapTelegram,
} from '../../meters/dongles/dongle.ts';
import type { DialogueRow, DongleName } from '../../meters/dongles/dongles.table.ts';
import { makeRecord } from '../../meters/mbus/build.ts';
import { encodeRecords } from '../../meters/mbus/records.ts';
import { encodeTelegram } from '../../meters/wmbus/encode.ts';
import type { LinkFormat } from '../../meters/wmbus/link.ts';

export type SimulatedMeter = {
  readonly meterId: number;
  readonly serial: string;
  readonly radioId: string | null;
  /** Three letters as registered; without them the meter is one of Kilter's own. */
  readonly manufacturer?: string | null;
  readonly register: number;
  readonly decimals: number;
  readonly hasKey: boolean;
  readonly history: readonly (readonly [Instant, string])[];
  readonly usualPerDay: readonly [string, string] | null;
};

export type RoundReceiverOptions = {
  readonly meters: readonly SimulatedMeter[];
  readonly keys: ReadonlyMap<number, Uint8Array> | null;
  readonly startAt: Instant;
  readonly seed?: number;
  readonly dongle?: DongleName;
};

/** One telegram in this time: a stairwell of sixty meters fills in about a minute. */
const GAP_MS = 900;
/** Every so many meters one is out of reach, so that the keypad is tried too. */
const SILENT_EVERY = 9;
/** Every third meter with a key seals by mode 7, the others by mode 5 (EN 13757-7:2018). */
const MODE7_EVERY = 3;
/** Every so many telegrams a few bytes of nonsense come first, as on a real port. */
const NOISE_EVERY = 17;
/** This meter of the round seals with a key nobody told, so that the key doctor is tried too. */
const CHANGED_KEY_AT = 12;
/** EN 13757-3:2018 table 15, bit 2: power low. */
const POWER_LOW = 0x04;
const STRANGERS = ['90000001', '90000002', '90000003'];
/** EN 13757-7:2018 table 13: device type of each register of the catalogue. */
const DEVICE_TYPE: Readonly<Record<number, number>> = { 1: 2, 10: 7, 11: 6, 12: 3, 13: 4 };

/** What the register shows at `at`: the last value and the middle of the usual use since then. */
export function presentValue(meter: SimulatedMeter, at: Instant): bigint {
  const last = meter.history[0];
  const [low, high] = meter.usualPerDay ?? ['0', '0'];
  const perDay = (BigInt(low) + BigInt(high)) / 2n;
  if (!last) return perDay * 100n;
  return BigInt(last[1]) + (perDay * BigInt(Math.max(0, at - last[0]))) / BigInt(DAY_MS);
}

export function createRoundReceiver(options: RoundReceiverOptions) {
  const { meters, keys, startAt, seed = 7, dongle = 'iu891a' } = options;
  const rng = createPrng(seed);
  const audible = meters.filter(
    (meter, i) => meter.radioId !== null && i % SILENT_EVERY !== SILENT_EVERY - 1,
  );
  const framer = createDongleFramer(dongle);
  const waiting: Uint8Array[] = [];
  let sent = 0;
  return {
    write(bytes: Uint8Array): void {
      for (const event of framer.push(bytes)) {
        if (event.kind === 'reply') waiting.push(...answerTo(dongle, event.key));
      }
    },
    poll(at: Instant): readonly Uint8Array[] {
      const out = waiting.splice(0);
      for (; startAt + (sent + 1) * GAP_MS <= at && audible.length; sent++) {
        const meter = audible[sent % audible.length]!;
        const rssi = -50 - rng.int(0, 40);
        const nth = meters.indexOf(meter);
        const moment = { keys, at, access: sent, nth, format: formatOf(dongle) };
        // A text line swallows nonsense in front of it, so the CUL is spared.
        if (sent % NOISE_EVERY === 3 && dongle !== 'cul') out.push(rng.bytes(3));
        out.push(wrapTelegram(dongle, telegramOf(meter, moment), rssi));
        if (sent % 5 === 4) out.push(wrapTelegram(dongle, strangerAt(sent, moment), rssi - 10));
      }
      return out;
    },
  };
}

/** A CUL hands link checksums on, all others take them off. */
const formatOf = (dongle: DongleName): LinkFormat => (dongle === 'cul' ? 'A' : 'stripped');

function answerTo(dongle: DongleName, key: string): Uint8Array[] {
  const { modes, selfTest } = dongleRow(dongle);
  const rows: (DialogueRow | null)[] = [...Object.values(modes).flat(), selfTest];
  // Of two lines sent at once only the last is answered (CUL: X21, then br).
  const asked = (entry: DialogueRow): string => entry.send.split('\r\n').at(-1)!.slice(0, 4);
  const row = rows.find((entry) => entry && key.startsWith(asked(entry)));
  return row ? [frameMessage(dongle, row.answer)] : [];
}

type Moment = {
  readonly keys: ReadonlyMap<number, Uint8Array> | null;
  readonly at: Instant;
  readonly access: number;
  /** Position in the round: decides security mode and battery. */
  readonly nth: number;
  readonly format: LinkFormat;
};

function telegramOf(meter: SimulatedMeter, moment: Moment): Uint8Array {
  const { keys, at, access, nth, format } = moment;
  const type = registerType(meter.register);
  const told = keys?.get(meter.meterId);
  const key = nth === CHANGED_KEY_AT ? told?.map((byte) => byte ^ 0x5a) : told;
  const made = makeRecord({
    quantity: type?.quantity ?? 'volume',
    unit: type?.unit ?? 'm3',
    value: decimal(presentValue(meter, at), type?.scale ?? 0),
    coding: 'int48',
  });
  return encodeTelegram({
    format,
    sender: {
      manufacturer: meter.manufacturer ?? 'KLT',
      id: meter.radioId!,
      version: 1,
      type: DEVICE_TYPE[meter.register] ?? 7,
    },
    ci: 0x7a,
    access: access & 255,
    status: nth === 4 ? POWER_LOW : 0,
    payload: encodeRecords({ records: made.ok ? [made.value] : [] }),
    ...(key && { mode: nth % MODE7_EVERY === 2 ? 7 : 5, key, counter: access + 1 }),
  });
}

const strangerAt = (n: number, { format }: Moment): Uint8Array =>
  encodeTelegram({
    format,
    sender: { manufacturer: 'KLT', id: STRANGERS[n % STRANGERS.length]!, version: 1, type: 7 },
    ci: 0x7a,
    access: n & 255,
    payload: Uint8Array.of(0x2f, 0x2f),
  });
