/** Places, metering points, instruments and keys of the demo town, as table rows. */
import type pg from 'pg';
import { DAY_MS } from '#lib/base/interval.ts';
import type { Resource } from '#lib/domain/resource.ts';
import { ROOM_TEMPERATURE_REGISTER, TOTAL_REGISTER } from '#lib/domain/register-types.table.ts';
import { cottageAt, HAMLET, TOWN_HOUSES } from '#lib/sim/town/layout.table.ts';
import type { Town, TownHome, TownMeter } from '#lib/sim/town/types.ts';
import type { KeyName } from '#server/registry/keys.ts';
import { bytea, insertRows, takeIds, type Row } from './door.ts';

export type SealKey = (name: KeyName, key: Uint8Array) => Uint8Array;

/** Database ids by index of the town; a meter that is not installed has none. */
export type Ids = {
  readonly houses: ReadonlyMap<string, number>;
  readonly homes: readonly number[];
  readonly points: readonly number[];
  readonly meters: ReadonlyMap<number, number>;
};

export const RESOURCE_NAMES: Readonly<Record<Resource, string>> = {
  electricity: 'Электричество',
  'cold-water': 'Холодная вода',
  'hot-water': 'Горячая вода',
  gas: 'Газ',
  heat: 'Отопление',
};

const HINTS: Readonly<Record<Resource, readonly string[]>> = {
  electricity: ['Щит на площадке, второй ряд', 'Щит на площадке слева'],
  'cold-water': ['Ниша справа, за дверцей', 'Под раковиной, за ведром', 'Санузел, люк внизу'],
  'hot-water': ['Ниша справа, за дверцей', 'Санузел, люк внизу'],
  gas: ['Кухня, над плитой', 'Кухня, у окна'],
  heat: ['Коридор, за решёткой', 'Комната, под подоконником'],
};

type PlaceRow = Row & { id: number; parent_id: number | null };

/** Adds the place tree; returns ids of houses (by address) and homes (by index). */
export async function seedPlaces(
  client: pg.PoolClient,
  orgId: number,
  town: Town,
): Promise<Pick<Ids, 'houses' | 'homes'>> {
  const entrances = TOWN_HOUSES.reduce((n, h) => n + h.entrances, 0);
  const ids = await takeIds(
    client,
    'place',
    7 + TOWN_HOUSES.length + entrances + town.homes.length,
  );
  const rows: PlaceRow[] = [];
  const add = (parent: number | null, more: Row): number => {
    const id = ids[rows.length]!;
    const blank = {
      ...{ floor: null, area_m2: null, persons: null, object_type: null },
      ...{ latitude: null, longitude: null },
    };
    rows.push({ id, org_id: orgId, parent_id: parent, sort: rows.length, ...blank, ...more });
    return id;
  };
  const region = add(null, { kind: 'region', name: 'Боровский край', address: 'Боровский край' });
  const city = add(region, { kind: 'city', name: 'Сосновск', address: 'Сосновск' });
  const centre = add(city, { kind: 'district', name: 'Заречный', address: 'Сосновск, Заречный' });
  const streets = new Map<string, number>();
  const houses = new Map<string, number>();
  const doors = new Map<string, number>();
  for (const h of TOWN_HOUSES) {
    const street = streets.get(h.street) ?? add(centre, street_(h.street));
    streets.set(h.street, street);
    const house = add(street, {
      kind: 'house',
      name: h.number,
      address: h.address,
      object_type: 'house',
      ...standing(h.at),
    });
    houses.set(h.address, house);
    for (let n = 1; n <= h.entrances; n++) {
      const address = `${h.address}, подъезд ${n}`;
      doors.set(`${h.address}/${n}`, add(house, { kind: 'entrance', name: String(n), address }));
    }
  }
  houses.set(HAMLET, add(city, { kind: 'district', name: HAMLET, address: HAMLET }));
  const homes = town.homes.map((home) =>
    add(
      home.kind === 'flat' ? doors.get(`${home.house}/${home.entrance}`)! : houses.get(HAMLET)!,
      homeRow(home),
    ),
  );
  await insertRows(client, 'place', rows);
  return { houses, homes };
}

const standing = ([latitude, longitude]: readonly [string, string]): Row => ({
  latitude,
  longitude,
});

const street_ = (name: string): Row => ({ kind: 'street', name, address: name });

export const homeAddress = (home: TownHome): string =>
  home.kind === 'flat' ? `${home.house}, кв. ${home.number}` : `${home.house}, ${home.number}`;

const homeRow = (home: TownHome): Row => ({
  kind: home.kind === 'flat' ? 'flat' : 'house',
  name: String(home.number),
  address: homeAddress(home),
  floor: home.floor,
  area_m2: home.areaM2,
  persons: home.persons,
  object_type: home.kind,
  ...(home.kind === 'flat' ? {} : standing(cottageAt(home.number))),
});

/** Metering points with the balance tree; house points come first in the town's list. */
export async function seedPoints(
  client: pg.PoolClient,
  orgId: number,
  { town, places }: { town: Town; places: Pick<Ids, 'houses' | 'homes'> },
): Promise<number[]> {
  const ids = await takeIds(client, 'metering_point', town.points.length);
  const rows = town.points.map((point) => ({
    id: ids[point.index],
    org_id: orgId,
    place_id: point.home === null ? places.houses.get(point.house) : places.homes[point.home],
    resource: point.resource,
    role: point.role,
    name: RESOURCE_NAMES[point.resource],
    hint: point.home === null ? 'Подвал, узел учёта' : hintOf(point.resource, point.index),
    colour: null,
    parent_id: point.parent === null ? null : ids[point.parent],
  }));
  await insertRows(client, 'metering_point', rows);
  return ids;
}

const hintOf = (resource: Resource, index: number): string => {
  const hints = HINTS[resource];
  return hints[index % hints.length]!;
};

const VERIFY_YEARS: Readonly<Record<Resource, number>> = {
  electricity: 16,
  'cold-water': 6,
  'hot-water': 6,
  gas: 10,
  heat: 5,
};

function dueOn(meter: TownMeter, town: Town): string {
  const years = VERIFY_YEARS[meter.resource];
  // A meter past its date would have been exchanged: count on from the last verification.
  let at = meter.fromAt;
  while (at < town.toAt + 20 * DAY_MS) at += years * 365 * DAY_MS;
  return new Date(at).toISOString().slice(0, 10);
}

/** Meters, registers, installations and sealed keys. */
export async function seedMeters(
  client: pg.PoolClient,
  orgId: number,
  input: { town: Town; points: readonly number[]; installed: readonly TownMeter[]; seal: SealKey },
): Promise<Map<number, number>> {
  const { town, points, installed, seal } = input;
  const taken = await takeIds(client, 'meter', installed.length);
  const ids = new Map(installed.map((meter, i) => [meter.index, taken[i]!]));
  const id = (meter: TownMeter): number => ids.get(meter.index)!;
  await insertRows(
    client,
    'meter',
    installed.map((meter) => meterRow(meter, { id: id(meter), orgId, due: dueOn(meter, town) })),
  );
  await insertRows(
    client,
    'register',
    installed.flatMap((meter) => registerRows(meter, id(meter), orgId)),
  );
  await insertRows(
    client,
    'installation',
    installed.map((meter) => installationRow(meter, { id: id(meter), orgId, points, town })),
  );
  await insertRows(
    client,
    'meter_key',
    installed.flatMap((meter) => {
      if (!meter.key) return [];
      const kind = meter.security === 7 ? 'aes-mode7-master' : 'aes-mode5';
      const sealed = bytea(seal({ meterId: id(meter), kind, version: 1 }, meter.key));
      return [{ meter_id: id(meter), kind, version: 1, org_id: orgId, sealed, created_at: 'now' }];
    }),
  );
  return ids;
}

const meterRow = (meter: TownMeter, own: { id: number; orgId: number; due: string }): Row => ({
  id: own.id,
  org_id: own.orgId,
  serial: meter.serial,
  manufacturer: meter.manufacturer,
  radio_id: meter.radioId,
  radio_version: meter.radioVersion,
  device_type: meter.deviceType,
  model: meter.model,
  protocol: meter.protocol,
  digits: meter.digits,
  decimals: meter.decimals,
  verification_due_on: own.due,
  created_at: new Date(meter.fromAt).toISOString(),
});

function registerRows(meter: TownMeter, id: number, orgId: number): Row[] {
  const base = { meter_id: id, org_id: orgId, multiplier: 1 };
  const total = {
    ...base,
    register: TOTAL_REGISTER[meter.resource],
    digits: meter.digits,
    decimals: meter.decimals,
  };
  if (meter.resource !== 'heat') return [total];
  return [total, { ...base, register: ROOM_TEMPERATURE_REGISTER, digits: 2, decimals: 2 }];
}

function installationRow(
  meter: TownMeter,
  own: { id: number; orgId: number; points: readonly number[]; town: Town },
): Row {
  const register = TOTAL_REGISTER[meter.resource];
  const series = own.town.series.find((s) => s.meter === meter.index && s.register === register)!;
  const known = series.values.filter((value) => !Number.isNaN(value));
  const scale = meter.resource === 'electricity' || meter.resource === 'heat' ? 0 : 3;
  const text = (value: number): string => (value / 10 ** scale).toFixed(scale);
  const inData = meter.fromAt >= own.town.fromAt;
  return {
    org_id: own.orgId,
    meter_id: own.id,
    point_id: own.points[meter.point],
    from_at: new Date(meter.fromAt).toISOString(),
    to_at: meter.toAt === null ? null : new Date(meter.toAt).toISOString(),
    start_registers: [{ register, value: text(inData ? known[0]! : 0) }],
    end_registers: meter.toAt === null ? null : [{ register, value: text(known.at(-1)!) }],
    seals: [`П-${meter.serial.slice(-6)}`],
  };
}
