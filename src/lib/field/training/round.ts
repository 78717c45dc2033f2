/**
 * The practice round: a stairwell that exists nowhere, with meters of every kind a reader meets. It
 * knows their places and pasts, all counted from the moment it is made; it knows no storage. A pure
 * stand-in for what the server sends, in the same shape.
 */
import { DAY_MS, type Instant } from '#lib/base/interval.ts';
import type { RoundMeter, RoundPackage } from '#lib/contract/round.ts';
import type { Resource } from '#lib/domain/resource.ts';
import { TOTAL_REGISTER } from '#lib/domain/register-types.table.ts';

/** Far above any id of a database's sequence; its storage is its own all the same. */
export const TRAINING_ID = 900_000_000;
const MONTH_DAYS = 30;
const HISTORY = 13;
const METERS_A_FLOOR = 4;
const FLOORS = 4;

/** What hangs in a flat, going round: mostly water by radio, some light, some by hand. */
const KINDS = ['radio', 'radio', 'optical', 'hand'] as const;
type Kind = (typeof KINDS)[number];

const RESOURCE: Readonly<Record<Kind, Resource>> = {
  radio: 'cold-water',
  optical: 'electricity',
  hand: 'hot-water',
};
/** Register units a month: 4.2 m3 of water, 180 kWh. */
const MONTHLY: Readonly<Record<Kind, bigint>> = { radio: 4200n, optical: 180_000n, hand: 2600n };
const START: Readonly<Record<Kind, bigint>> = {
  radio: 240_000n,
  optical: 9_400_000n,
  hand: 131_000n,
};

export type TrainingNames = { readonly round: string; readonly house: string };

export function trainingRound(now: Instant, names: TrainingNames): RoundPackage {
  return {
    roundId: TRAINING_ID,
    name: names.round,
    house: names.house,
    dueOn: new Date(now).toISOString().slice(0, 10),
    status: 'active',
    keysValidTo: now + MONTH_DAYS * DAY_MS,
    senderKey: null,
    meters: Array.from({ length: FLOORS * METERS_A_FLOOR }, (_, i) => meterAt(i, now, names.house)),
    houses: [{ houseId: TRAINING_ID, address: names.house, latUdeg: null, lonUdeg: null }],
  };
}

function meterAt(i: number, now: Instant, house: string): RoundMeter {
  const kind = KINDS[i % KINDS.length]!;
  const resource = RESOURCE[kind];
  const serial = String(90_000_100 + 37 * i);
  const perDay = MONTHLY[kind] / BigInt(MONTH_DAYS);
  return {
    meterId: TRAINING_ID + i + 1,
    pointId: TRAINING_ID + i + 1,
    sequence: i + 1,
    resource,
    serial,
    manufacturer: 'KLT',
    radioId: kind === 'radio' ? serial : null,
    protocol: kind === 'radio' ? 'wmbus' : kind === 'optical' ? 'iec62056-21' : 'none',
    flat: String(i + 1),
    entrance: '1',
    floor: FLOORS - Math.floor(i / METERS_A_FLOOR),
    address: `${house}, ${i + 1}`,
    hint: null,
    register: TOTAL_REGISTER[resource],
    digits: 5,
    decimals: kind === 'optical' ? 0 : 3,
    history: Array.from({ length: HISTORY }, (_, back): [number, string] => [
      now - (back + 1) * MONTH_DAYS * DAY_MS,
      String(START[kind] + BigInt(1000 * i) - BigInt(back) * MONTHLY[kind]),
    ]),
    usualPerDay: [String((perDay * 8n) / 10n), String((perDay * 12n) / 10n)],
    state: 'ahead',
    wrappedKey: null,
    houseId: TRAINING_ID,
  };
}
