/**
 * A radio receiver that hears the meters of one round, byte for byte as an IMST iU891A would send
 * them: encrypted telegrams, repetitions, a few strangers, and some meters that stay silent.
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
import type { DialogueRow } from '../../meters/dongles/dongles.table.ts';
import { makeRecord } from '../../meters/mbus/build.ts';
import { encodeRecords } from '../../meters/mbus/records.ts';
import { encodeTelegram } from '../../meters/wmbus/encode.ts';

export type SimulatedMeter = {
  readonly meterId: number;
  readonly serial: string;
  readonly radioId: string | null;
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
};

const DONGLE = 'iu891a';
/** One telegram in this time: a stairwell of sixty meters fills in about a minute. */
const GAP_MS = 900;
/** Every so many meters one is out of reach, so that the keypad is tried too. */
const SILENT_EVERY = 9;
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

export function createRoundReceiver({ meters, keys, startAt, seed = 7 }: RoundReceiverOptions) {
  const rng = createPrng(seed);
  const audible = meters.filter(
    (meter, i) => meter.radioId !== null && i % SILENT_EVERY !== SILENT_EVERY - 1,
  );
  const framer = createDongleFramer(DONGLE);
  const waiting: Uint8Array[] = [];
  let sent = 0;
  return {
    write(bytes: Uint8Array): void {
      for (const event of framer.push(bytes)) {
        if (event.kind === 'reply') waiting.push(...answerTo(event.key));
      }
    },
    poll(at: Instant): readonly Uint8Array[] {
      const out = waiting.splice(0);
      for (; startAt + (sent + 1) * GAP_MS <= at && audible.length; sent++) {
        const meter = audible[sent % audible.length]!;
        const rssi = -50 - rng.int(0, 40);
        out.push(wrapTelegram(DONGLE, telegramOf(meter, { keys, at, access: sent }), rssi));
        if (sent % 5 === 4) out.push(wrapTelegram(DONGLE, strangerAt(sent), rssi - 10));
      }
      return out;
    },
  };
}

function answerTo(key: string): Uint8Array[] {
  const { modes, selfTest } = dongleRow(DONGLE);
  const rows: (DialogueRow | null)[] = [...Object.values(modes).flat(), selfTest];
  const row = rows.find((entry) => entry && key.startsWith(entry.send.slice(0, 4)));
  return row ? [frameMessage(DONGLE, row.answer)] : [];
}

type Moment = {
  readonly keys: ReadonlyMap<number, Uint8Array> | null;
  readonly at: Instant;
  readonly access: number;
};

function telegramOf(meter: SimulatedMeter, { keys, at, access }: Moment): Uint8Array {
  const type = registerType(meter.register);
  const key = keys?.get(meter.meterId);
  const made = makeRecord({
    quantity: type?.quantity ?? 'volume',
    unit: type?.unit ?? 'm3',
    value: decimal(presentValue(meter, at), type?.scale ?? 0),
    coding: 'int48',
  });
  return encodeTelegram({
    format: 'stripped',
    sender: {
      manufacturer: 'KLT',
      id: meter.radioId!,
      version: 1,
      type: DEVICE_TYPE[meter.register] ?? 7,
    },
    ci: 0x7a,
    access: access & 255,
    payload: encodeRecords({ records: made.ok ? [made.value] : [] }),
    ...(key ? { mode: 5 as const, key } : {}),
  });
}

const strangerAt = (n: number): Uint8Array =>
  encodeTelegram({
    format: 'stripped',
    sender: { manufacturer: 'KLT', id: STRANGERS[n % STRANGERS.length]!, version: 1, type: 7 },
    ci: 0x7a,
    access: n & 255,
    payload: Uint8Array.of(0x2f, 0x2f),
  });
