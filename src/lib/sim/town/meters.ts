/** Instruments of the town: points, makers, numbers, radio addresses and keys. */
import { DAY_MS, type Instant } from '#lib/base/interval.ts';
import type { Prng } from '#lib/base/prng.ts';
import type { Resource } from '#lib/domain/resource.ts';
import {
  COTTAGE_RESOURCES,
  flatResources,
  HAMLET,
  TOWN_HOUSES,
  TOWN_MODELS,
} from './layout.table.ts';
import type { TownHome, TownMeter, TownPoint } from './types.ts';

/** House points first, then the homes' points, so that a parent always has the smaller index. */
export function makePoints(homes: readonly TownHome[]): TownPoint[] {
  const points: TownPoint[] = [];
  const parents = new Map<string, number>();
  const supply = [
    ...TOWN_HOUSES.map((h) => ({ house: h.address, resources: flatResources(h.gas) })),
    { house: HAMLET, resources: COTTAGE_RESOURCES },
  ];
  for (const { house, resources } of supply) {
    for (const resource of resources) {
      const index = points.length;
      parents.set(`${house}|${resource}`, index);
      points.push({ index, resource, role: 'house', house, home: null, parent: null });
    }
  }
  for (const home of homes) {
    const supplied = supply.find((s) => s.house === home.house)!;
    for (const resource of supplied.resources) {
      points.push({
        index: points.length,
        resource,
        role: 'consumer',
        house: home.house,
        home: home.index,
        parent: parents.get(`${home.house}|${resource}`)!,
      });
    }
  }
  return points;
}

/** Flat meters whose reader types the dial: a pulse module delivers, nothing is in the air. */
const isSilent = (point: TownPoint, home: TownHome | undefined): boolean =>
  point.resource === 'cold-water' && home?.kind === 'flat' && home.number % 16 === 3;

/** One meter at a point; `serialIndex` never repeats, which makes the number unique. */
export function makeMeter(input: {
  point: TownPoint;
  home: TownHome | undefined;
  serialIndex: number;
  index: number;
  fromAt: Instant;
  rng: Prng;
}): TownMeter {
  const { point, home, rng } = input;
  const model = TOWN_MODELS[point.resource];
  // 7919 is prime, so the last four digits differ among thousands of neighbours.
  const serial = String(20_000_000 + ((input.serialIndex * 7919 + 1204) % 79_999_999));
  const optical = point.resource === 'electricity' && home?.kind !== 'cottage';
  const protocol = optical ? 'iec62056-21' : isSilent(point, home) ? 'pulse' : 'wmbus';
  const radio = protocol === 'wmbus';
  const dice = rng.next();
  const security = !radio ? 0 : dice < 0.62 ? 5 : dice < 0.92 ? 7 : 0;
  const key = rng.bytes(16);
  return {
    index: input.index,
    point: point.index,
    resource: point.resource,
    serial,
    manufacturer: model.manufacturer,
    model: model.model,
    protocol,
    radioId: radio ? serial : null,
    radioVersion: radio ? model.version : null,
    deviceType: model.deviceType,
    ...dialOf(point.resource, point.role),
    key: security === 0 ? null : key,
    security,
    fromAt: input.fromAt - rng.int(200, 2200) * DAY_MS,
    toAt: null,
  };
}

/** The dial shows kWh or m³. */
function dialOf(resource: Resource, role: string): { digits: number; decimals: number } {
  if (resource === 'electricity') return { digits: role === 'house' ? 7 : 6, decimals: 1 };
  if (resource === 'heat') return { digits: role === 'house' ? 7 : 6, decimals: 0 };
  return { digits: role === 'house' ? 6 : 5, decimals: 3 };
}

/** What the dial shows at the start of the data: some years of use behind it. */
export function startRegister(resource: Resource, role: string, rng: Prng): number {
  const [low, high] =
    resource === 'electricity'
      ? [1_200_000, 24_000_000]
      : resource === 'heat'
        ? [900_000, 38_000_000]
        : [12_000, 780_000];
  return Math.round(low + rng.next() * (high - low)) * (role === 'house' ? 20 : 1);
}
