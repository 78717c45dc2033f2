/**
 * A simulated collector J100UC (B-70): the DLMS concentrator with up to 720 meters of a house and
 * what it keeps of each: serial, last stored reading, days, months, a week of hours, journal. Some
 * meters have not been heard for days, some give nothing. Knows the simulated concentrator, no port
 * and no clock. transport/simulated.ts and tests make one.
 */
import { fromLatin1 } from '#lib/base/bytes.ts';
import { DAY_MS, type Instant } from '#lib/base/interval.ts';
import { createPrng } from '#lib/base/prng.ts';
import { registerType } from '#lib/domain/register-types.table.ts';
import * as make from '../../meters/dlms/cosem/build.ts';
import { CLOCK } from '../../meters/dlms/cosem/selection.ts';
import { encodeDateTime } from '../../meters/dlms/date-time.ts';
import {
  COLLECTOR_PROFILES,
  EMIS_EVENTS,
  EMIS_PROFILES,
  emisMeterSerialObis,
  emisProfileObis,
} from '../../meters/drivers/emis951.table.ts';
import { createDlmsDevice, type DlmsDevice } from './dlms/device.ts';
import { emisClients, emisConcentrator, type ManagedMeter } from './dlms/emis-concentrator.ts';
import { cosemObject, profileObject, RESULT, type CosemObject } from './dlms/objects.ts';

export const COLLECTOR_CAPACITY = 720;

/** A meter behind the collector; its archive begins at `startAt`, its figures grow evenly. */
export type CollectedSim = {
  readonly serial: string;
  /** Row of the register catalogue. */
  readonly register: number;
  readonly startAt: Instant;
  /** Integers in the register's scale: at `startAt`, and a day. */
  readonly startValue: bigint;
  readonly perDay: bigint;
  /** Not heard for nine days: what is kept is old. */
  readonly isStale?: boolean;
  /** In the list, but nothing of it can be had. */
  readonly isLost?: boolean;
};

export type CollectorOptions = {
  readonly serial: string;
  readonly meters: readonly CollectedSim[];
  readonly at: Instant;
  readonly seed: number;
  /** Bits per second of the line; it hears no other speed. */
  readonly baud: number;
  readonly reactionMs?: number;
};

const HOUR_MS = DAY_MS / 24;
const QUARTER_MS = HOUR_MS / 4;
const STALE_MS = 9 * DAY_MS;
const UNITS: Readonly<Record<string, number>> = { Wh: 30, m3: 13 };

const floorTo = (at: number, step: number): number => Math.floor(at / step) * step;

function every(step: number) {
  return (at: number, count: number): readonly number[] =>
    Array.from({ length: count }, (_, i) => floorTo(at, step) - (count - 1 - i) * step);
}

function months(at: number, count: number): readonly number[] {
  const now = new Date(at);
  const [year, month] = [now.getUTCFullYear(), now.getUTCMonth()];
  return Array.from({ length: count }, (_, i) => Date.UTC(year, month - (count - 1 - i), 1));
}

/** What a meter has counted up to `at`, in its register's scale. */
export const collectedValueAt = (meter: CollectedSim, at: number): bigint =>
  meter.startValue + (meter.perDay * BigInt(Math.round(at - meter.startAt))) / BigInt(DAY_MS);

const heardUntil = (meter: CollectedSim, at: number): number =>
  meter.isStale ? at - STALE_MS : at;

const MOMENTS: Readonly<Record<string, ReturnType<typeof every>>> = {
  current: every(QUARTER_MS),
  daily: every(DAY_MS),
  monthly: months,
  load: every(HOUR_MS),
};

function archive(meter: CollectedSim, number: number): readonly CosemObject[] {
  const type = registerType(meter.register);
  const kept = [...COLLECTOR_PROFILES, ...EMIS_PROFILES].filter(
    ({ profile }) => profile in MOMENTS,
  );
  const column = { classId: 3, obis: `${type?.obis ?? '0-0:96.9.0'}*255`, attribute: 2, index: 0 };
  return kept.map(({ profile, code, capacity }) =>
    profileObject({
      obis: emisProfileObis(number, code),
      columns: [CLOCK, column],
      periodS: profile === 'load' ? HOUR_MS / 1000 : profile === 'daily' ? DAY_MS / 1000 : 0,
      capacity,
      rows: (now) =>
        MOMENTS[profile]!(heardUntil(meter, now), capacity)
          .filter((at) => at >= meter.startAt)
          .map((at) => [
            make.octets(encodeDateTime(at)),
            make.u32(Number(collectedValueAt(meter, at))),
          ]),
    }),
  );
}

/** A few events, each on a day of its own, the same whenever they are asked for. */
function journal(meter: CollectedSim, number: number, seed: number): CosemObject {
  const random = createPrng(seed).fork(`events ${meter.serial}`);
  const events = Array.from({ length: random.int(0, 4) }, () => ({
    back: random.int(1, 40) * DAY_MS - random.int(0, 24) * HOUR_MS,
    code: EMIS_EVENTS[random.int(0, EMIS_EVENTS.length - 1)]!.code,
  })).sort((a, b) => b.back - a.back);
  return profileObject({
    obis: emisProfileObis(number, '99.98.0'),
    columns: [CLOCK, { classId: 1, obis: '0-0:96.11.0*255', attribute: 2, index: 0 }],
    periodS: 0,
    capacity: 20,
    rows: (now) =>
      events
        .map(({ back, code }) => ({ at: floorTo(now, DAY_MS) - back, code }))
        .filter(({ at }) => at >= meter.startAt)
        .map(({ at, code }) => [make.octets(encodeDateTime(at)), make.u8(code)]),
  });
}

/** The power line does not reach it: the collector says "temporarily not" to every question. */
const lost = ({ obis }: CosemObject): CosemObject =>
  cosemObject({
    classId: 7,
    obis,
    attributes: Object.fromEntries(
      [2, 3, 4].map((attribute) => [attribute, () => ({ error: RESULT.temporaryFailure })]),
    ),
  });

function objectsOf(meter: CollectedSim, number: number, seed: number): readonly CosemObject[] {
  const serial = cosemObject({
    classId: 1,
    obis: emisMeterSerialObis(number),
    attributes: { 2: make.text(meter.serial) },
  });
  const kept = [...archive(meter, number), journal(meter, number, seed)];
  return [serial, ...(meter.isLost ? kept.map(lost) : kept)];
}

/** Scaler and unit of each register that a column names. */
function scalers(meters: readonly CollectedSim[]): readonly CosemObject[] {
  const registers = [...new Set(meters.map(({ register }) => register))];
  return registers.flatMap((id) => {
    const type = registerType(id);
    const unit = type && UNITS[type.unit];
    if (!type || unit === undefined || type.obis.startsWith('1-0:1.8.')) return [];
    const attributes = { 2: make.nothing, 3: make.scalerUnit(type.scale, unit) };
    return [cosemObject({ classId: 3, obis: `${type.obis}*255`, attributes, isPublic: true })];
  });
}

const SECRET_SIZE = 16;

/** The collector on its line; asked over HDLC at server 1/17. */
export function createCollector(options: CollectorOptions): DlmsDevice {
  const { serial, meters, at, seed, baud, reactionMs } = options;
  const random = createPrng(seed);
  const secret = () => random.bytes(SECRET_SIZE);
  const managed = meters.map((meter): ManagedMeter => ({
    serial: meter.serial,
    loadW: 0,
    isBlackListed: (meter.isStale ?? false) || (meter.isLost ?? false),
  }));
  const concentrator = emisConcentrator({
    serial,
    meters: managed,
    startAt: floorTo(at, DAY_MS) - 40 * DAY_MS,
    objectsOf: (_, number) => objectsOf(meters[number - 1]!, number, seed),
  });
  return createDlmsDevice({
    baud,
    ...(reactionMs !== undefined && { reactionMs }),
    carrier: { kind: 'hdlc', address: { upper: 1, lower: 17 }, maxInformation: 512, window: 1 },
    server: {
      systemTitle: fromLatin1('KLT0J100'),
      counters: { client: 0, own: 1 },
      clients: emisClients({ configurator: secret(), administrator: secret() }),
      objects: [...concentrator, ...scalers(meters)],
      key: secret(),
      authKey: secret(),
      maxPdu: 1024,
      challenge: secret,
    },
  });
}

/** Digits of the neighbours' serials; far from those of any round. */
const FIRST_SERIAL = 61_000_000;

/** A house of `total` meters: the given ones first, then neighbours from the seed. */
export function fillHouse(
  known: readonly CollectedSim[],
  { total, seed, at }: { readonly total: number; readonly seed: number; readonly at: Instant },
): readonly CollectedSim[] {
  const random = createPrng(seed).fork('house');
  const startAt = floorTo(at, DAY_MS) - 500 * DAY_MS;
  const taken = new Set(known.map(({ serial }) => serial));
  const rest: CollectedSim[] = [];
  for (let i = 0; known.length + rest.length < total; i++) {
    const serial = String(FIRST_SERIAL + i * 13);
    if (taken.has(serial)) continue;
    const startValue = BigInt(random.int(100_000, 9_000_000));
    const perDay = BigInt(random.int(2000, 14_000));
    const [isStale, isLost] = [i % 149 === 70, i % 90 === 41];
    rest.push({ serial, register: 1, startAt, startValue, perDay, isStale, isLost });
  }
  return [...known, ...rest].slice(0, total);
}
