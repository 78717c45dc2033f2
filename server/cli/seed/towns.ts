/** The two organisations of the demo, each in its own scope of row security. */
import type pg from 'pg';
import { HOUR_MS, type Instant } from '#lib/base/interval.ts';
import { HAMLET } from '#lib/sim/town/layout.table.ts';
import { createTown } from '#lib/sim/town.ts';
import type { Town, TownMeter } from '#lib/sim/town/types.ts';
import { copyRows, insertRows, setOrganisation, takeIds, type Row } from './door.ts';
import { seedBills } from './bills.ts';
import {
  homeIndex,
  membership,
  PEOPLE,
  seedHouseholds,
  seedInvitation,
  seedTariffs,
} from './people.ts';
import { seedExchanges, seedOrders } from './orders.ts';
import { makePartitions, seedBalances, seedReadings, seedUsage } from './readings.ts';
import { seedMeters, seedPlaces, seedPoints, type Ids, type SealKey } from './registry.ts';
import { seedConcentrators, seedRounds } from './rounds.ts';
import { DEMO_TARIFFS, NORDWERK_TARIFFS } from './tariffs.table.ts';

export type SeedInput = {
  readonly nowAt: Instant;
  readonly seal: SealKey;
  /** Shows what is being done; the last line stays. */
  readonly say: (step: string) => void;
};

const TOWN_SEED = 14;

/** Every meter but the one the demo's tenant is going to install. */
const isInstalled = (town: Town, meter: TownMeter): boolean => {
  const point = town.points[meter.point]!;
  const awaited = homeIndex(town, HAMLET, 5);
  return !(point.home === awaited && point.resource === 'cold-water');
};

/** Organisation 1; returns how many readings it holds. */
export async function seedForest(client: pg.PoolClient, input: SeedInput): Promise<number> {
  const { nowAt, say } = input;
  say('people and houses');
  const orgId = await addOrganisation(client, {
    name: 'Управа Лесная',
    time_zone: 'Europe/Moscow',
    currency: 'RUB',
    locale: 'ru',
    contact: { phone: '+7 000 000-14-16', mail: 'help@kilter.demo' },
  });
  const town = createTown({ seed: TOWN_SEED, nowAt });
  const ids = await seedRegistry(client, { orgId, town, seal: input.seal });
  const flat37 = ids.homes[homeIndex(town, 'Лесная, 14', 37)]!;
  const cottage5 = ids.homes[homeIndex(town, HAMLET, 5)]!;
  await insertRows(client, 'membership', [
    membership(PEOPLE.orlova, 'operator', { orgId }),
    membership(PEOPLE.orlova, 'admin', { orgId }),
    membership(PEOPLE.safin, 'reader', { orgId }),
    membership(PEOPLE.resident, 'resident', { orgId, placeId: flat37 }),
    membership(PEOPLE.tenant, 'tenant', { orgId, placeId: cottage5 }),
  ]);
  await seedHouseholds(client, orgId, { town, homes: ids.homes, nowAt });
  await seedInvitation(client, orgId, { placeId: cottage5, nowAt });
  await seedTariffs(client, { orgId, currency: 'RUB' }, DEMO_TARIFFS);
  await seedConcentrators(client, orgId, { town, ids });
  await seedRounds(client, orgId, { town, ids });
  await seedOrders(client, orgId, { town, ids });
  await seedExchanges(client, orgId, { town, ids });
  const count = await seedData(client, { orgId, town, ids, say });
  await seedBills(client, { orgId, town, currency: 'RUB' });
  return count;
}

/** Organisation 2: three flats in another zone and currency, for the isolation of tenants. */
export async function seedNordwerk(client: pg.PoolClient, input: SeedInput): Promise<number> {
  const orgId = await addOrganisation(client, {
    name: 'Nordwerk',
    time_zone: 'Europe/Berlin',
    currency: 'EUR',
    locale: 'de',
    contact: { mail: 'help@nordwerk.demo' },
  });
  const whole = createTown({ seed: 2, nowAt: input.nowAt, months: 2, zone: 'Europe/Berlin' });
  const town = smallPart(whole);
  const ids = await seedSmallRegistry(client, { orgId, town, seal: input.seal });
  await insertRows(client, 'membership', [
    membership(PEOPLE.nordwerk, 'operator', { orgId }),
    membership(PEOPLE.nordwerk, 'admin', { orgId }),
  ]);
  await seedTariffs(client, { orgId, currency: 'EUR' }, NORDWERK_TARIFFS);
  return seedData(client, { orgId, town, ids, say: () => {} });
}

async function addOrganisation(client: pg.PoolClient, row: Row): Promise<number> {
  const [id] = await takeIds(client, 'organisation', 1);
  await setOrganisation(client, id!);
  await insertRows(client, 'organisation', [{ id, ...row, created_at: 'now' }]);
  return id!;
}

async function seedRegistry(
  client: pg.PoolClient,
  { orgId, town, seal }: { orgId: number; town: Town; seal: SealKey },
): Promise<Ids> {
  const places = await seedPlaces(client, orgId, town);
  const points = await seedPoints(client, orgId, { town, places });
  const installed = town.meters.filter((meter) => isInstalled(town, meter));
  const meters = await seedMeters(client, orgId, { town, points, installed, seal });
  return { ...places, points, meters };
}

/** Electricity and cold water of three flats of one house, with indices counted anew. */
function smallPart(town: Town): Town {
  const homes = town.homes
    .filter((h) => h.house === 'Речная, 3' && h.number <= 3)
    .map((h, index) => ({ ...h, index, old: h.index, house: 'Hafenstraße 7' }));
  const kept = town.points.filter(
    (p) =>
      homes.some((h) => h.old === p.home) &&
      (p.resource === 'electricity' || p.resource === 'cold-water'),
  );
  const points = kept.map((p, index) => ({
    ...p,
    index,
    house: 'Hafenstraße 7',
    home: homes.find((h) => h.old === p.home)!.index,
    parent: null,
  }));
  const meters = town.meters
    .filter((m) => kept.some((p) => p.index === m.point))
    .map((m) => ({ ...m, point: kept.findIndex((p) => p.index === m.point) }));
  const series = town.series.filter((s) => meters.some((m) => m.index === s.meter));
  // `meters` stays indexed by the old numbers for statusOf and the installations.
  const byOld: TownMeter[] = [];
  for (const meter of meters) byOld[meter.index] = meter;
  return { ...town, homes, points, meters: byOld, series, faults: [] };
}

async function seedSmallRegistry(
  client: pg.PoolClient,
  { orgId, town, seal }: { orgId: number; town: Town; seal: SealKey },
): Promise<Ids> {
  const address = town.homes[0]!.house;
  const [house, ...flats] = await takeIds(client, 'place', 1 + town.homes.length);
  const base = { org_id: orgId, sort: 0 };
  await insertRows(client, 'place', [
    {
      ...base,
      id: house,
      parent_id: null,
      kind: 'house',
      name: '7',
      address,
      object_type: 'house',
      area_m2: null,
    },
    ...town.homes.map((h) => ({
      ...base,
      id: flats[h.index],
      parent_id: house,
      kind: 'flat',
      name: String(h.number),
      address: `${address}, Whg. ${h.number}`,
      object_type: 'flat',
      area_m2: h.areaM2,
    })),
  ]);
  const places = { houses: new Map([[address, house!]]), homes: flats };
  const points = await seedPoints(client, orgId, { town, places });
  const installed = town.meters.filter((meter) => meter !== undefined);
  const meters = await seedMeters(client, orgId, { town, points, installed, seal });
  return { ...places, points, meters };
}

async function seedData(
  client: pg.PoolClient,
  own: { orgId: number; town: Town; ids: Ids; say: (step: string) => void },
): Promise<number> {
  const { orgId, town, ids, say } = own;
  say('weather');
  await makePartitions(client, town);
  const weather = Array.from(
    town.weatherCdeg,
    (cdeg, i) => `${orgId}\t${new Date(town.fromAt + i * HOUR_MS).toISOString()}\t${cdeg}\n`,
  );
  await copyRows(client, { table: 'weather_hour', columns: 'org_id, at, temp_cdeg' }, weather);
  const lateBatch = await addLateBatch(client, orgId, town);
  const stored = { town, meters: ids.meters, points: ids.points, lateBatch };
  say('thirteen months of readings');
  const count = await seedReadings(client, stored);
  say('days, months and house balances');
  await seedUsage(client, stored);
  await seedBalances(client, stored);
  return count;
}

async function addLateBatch(client: pg.PoolClient, orgId: number, town: Town): Promise<number> {
  const [source] = await takeIds(client, 'ingest_source', 1);
  await insertRows(client, 'ingest_source', [
    { id: source, org_id: orgId, kind: 'demo', name: 'town' },
  ]);
  const [id] = await takeIds(client, 'ingest_batch', 1);
  const received = town.faults.find((fault) => fault.kind === 'late')?.receivedAt ?? town.toAt;
  await insertRows(client, 'ingest_batch', [
    {
      id,
      received_at: new Date(received).toISOString(),
      org_id: orgId,
      source_id: source,
      source_key: `town/${town.seed}/late`,
      sha256: `\\x${'00'.repeat(32)}`,
      prev_sha256: `\\x${'00'.repeat(32)}`,
      n_rows: 0,
    },
  ]);
  return id!;
}
