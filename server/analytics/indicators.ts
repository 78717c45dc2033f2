/**
 * The three coefficients of a home over the last thirty finished days (B-80, B-81, B-82).
 *
 * It gathers days of the object's homes, own one included, and leaves out who does not take part;
 * the arithmetic is lib/analytics/indicators. Never tells anything of another single home.
 */
import type pg from 'pg';
import { addDays, civilDate, civilMonth, startOfDay } from '#lib/base/civil.ts';
import type { Instant } from '#lib/base/interval.ts';
import {
  consumptionPerDay,
  efficiency,
  meanTemperature,
  ratioToPeers,
  specificLoss,
  type Coefficient,
} from '#lib/analytics/indicators/coefficients.ts';
import { mean } from '#lib/analytics/statistics.ts';
import type { Indicators } from '#lib/contract/home-life.ts';
import { ROOM_TEMPERATURE_REGISTER, TOTAL_REGISTER } from '#lib/domain/register-types.table.ts';
import { RESOURCES, type Resource } from '#lib/domain/resource.ts';
import type { Caller } from '#server/api/trpc.ts';
import { readPlaceUsage } from '#server/readings/service.ts';
import { daysByHome, listDays } from './days.ts';
import { findHome } from './home-scope.ts';
import { selectOutdoorDays, selectPeers, type PeerRow } from './home-store.ts';
import { costOf, readTariffs, type Tariffs } from './money.ts';
import type { Days, HomeScope } from './types.ts';

const PERIOD_DAYS = 30;

type Peer = Pick<PeerRow, 'area_m2' | 'persons'> & {
  readonly placeId: number;
  readonly days: ReadonlyMap<number, Days>;
};

type Period = {
  readonly home: HomeScope;
  readonly from: string;
  readonly own: Peer;
  /** Everybody of the object who takes part, own home included. */
  readonly peers: readonly Peer[];
  readonly outdoorC: readonly (number | null)[];
};

export async function readIndicators(
  client: pg.ClientBase,
  ask: { caller: Caller; placeId?: number | undefined; now: Instant },
): Promise<Indicators> {
  const home = await findHome(client, ask.caller, ask.placeId);
  const to = civilDate(ask.now, home.zone);
  const from = addDays(to, -PERIOD_DAYS);
  const span = { from: startOfDay(from, home.zone), to: startOfDay(to, home.zone) };
  const period = await readPeriod(client, home, { from, to, span });
  const tariffs = await readTariffs(client);
  const resources = RESOURCES.filter((r) => home.points.some((p) => p.resource === r));
  return {
    fromAt: span.from,
    toAt: span.to,
    consumption: resources.map((resource) => ({
      resource,
      ...rounded(consumption(period, resource)),
    })),
    overall: rounded(overall(period, { resources, tariffs })),
    temperature: rounded(temperature(period)),
    efficiency: rounded(heatEfficiency(period)),
  };
}

async function readPeriod(
  client: pg.ClientBase,
  home: HomeScope,
  { from, to, span }: { from: string; to: string; span: { from: Instant; to: Instant } },
): Promise<Period> {
  const rows = await readPlaceUsage(client, {
    placeId: home.objectId,
    first: civilMonth(from),
    last: civilMonth(to),
  });
  const byHome = daysByHome(rows);
  const known = new Map((await selectPeers(client)).map((row) => [row.place_id, row]));
  const outdoor = await selectOutdoorDays(client, { zone: home.zone, ...span });
  const own = {
    placeId: home.placeId,
    area_m2: home.facts.areaM2,
    persons: home.facts.persons,
    days: byHome.get(home.placeId) ?? new Map<number, Days>(),
  };
  const peers = [...byHome].flatMap(([placeId, days]): Peer[] => {
    const row = known.get(placeId);
    if (!row || row.object_type !== home.objectType) return [];
    return [{ placeId, area_m2: row.area_m2, persons: row.persons, days }];
  });
  return {
    home,
    from,
    own,
    // Who opted out sees no comparison either.
    peers: home.facts.compare ? peers : [],
    outdoorC: Array.from({ length: PERIOD_DAYS }, (_, i) => {
      const cdeg = outdoor.get(addDays(from, i));
      return cdeg === undefined ? null : cdeg / 100;
    }),
  };
}

const valuesOf = (peer: Peer, register: number, from: string): (number | null)[] =>
  listDays(peer.days.get(register) ?? new Map(), from, PERIOD_DAYS);

/** Heat is shared by area, everything else by people. */
const shareOf = (peer: Peer, resource: Resource): number | null =>
  resource === 'heat' ? peer.area_m2 : peer.persons;

function consumption({ own, peers, from }: Period, resource: Resource): Coefficient {
  const register = TOTAL_REGISTER[resource];
  const figure = (peer: Peer): number | null =>
    consumptionPerDay(valuesOf(peer, register, from), shareOf(peer, resource));
  return ratioToPeers(figure(own), present(peers.map(figure)));
}

const present = (list: readonly (number | null)[]): number[] =>
  list.filter((x): x is number => x !== null);

/** One figure over all resources: what the people of a home cost it a day, each. */
function overall(
  { own, peers, from }: Period,
  { resources, tariffs }: { resources: readonly Resource[]; tariffs: Tariffs },
): Coefficient {
  const enough = (list: readonly (number | null)[]): boolean =>
    present(list).length >= PERIOD_DAYS * 0.8;
  // What this home does not measure, a well or a point that waits for its meter, is no part of it.
  const measured = resources.filter((one) => enough(valuesOf(own, TOTAL_REGISTER[one], from)));
  if (measured.length === 0) return ratioToPeers(null, []);
  const figure = (peer: Peer): number | null => {
    if (peer.persons === null || peer.persons <= 0) return null;
    let minor = 0;
    for (const resource of measured) {
      const list = valuesOf(peer, TOTAL_REGISTER[resource], from);
      if (!enough(list)) return null;
      const used = list.map((x) => x ?? mean(present(list)));
      minor += costOf(tariffs.get(resource), { first: from, used, standingTo: from }) ?? 0;
    }
    return minor / peer.persons;
  };
  return ratioToPeers(figure(own), present(peers.map(figure)));
}

function temperature({ own, peers, from }: Period): Coefficient {
  const figure = (peer: Peer): number | null =>
    meanTemperature(valuesOf(peer, ROOM_TEMPERATURE_REGISTER, from));
  if (!own.days.has(ROOM_TEMPERATURE_REGISTER)) {
    return { value: null, own: null, peers: null, peersCount: 0, reason: 'no-sensor' };
  }
  const mine = figure(own);
  const all = ratioToPeers(mine, present(peers.map(figure)), mean);
  return mine === null ? { ...all, reason: 'too-little-coverage' } : all;
}

function heatEfficiency({ own, peers, from, outdoorC }: Period): Coefficient {
  const figure = (peer: Peer): number | null =>
    specificLoss({
      heatWh: valuesOf(peer, TOTAL_REGISTER.heat, from),
      roomCdeg: valuesOf(peer, ROOM_TEMPERATURE_REGISTER, from),
      outdoorC,
      areaM2: peer.area_m2,
    });
  if (!own.days.has(ROOM_TEMPERATURE_REGISTER)) {
    return { value: null, own: null, peers: null, peersCount: 0, reason: 'no-sensor' };
  }
  return efficiency(figure(own), present(peers.map(figure)));
}

const round = (x: number | null): number | null => (x === null ? null : Number(x.toPrecision(4)));
const rounded = (c: Coefficient): Coefficient => ({
  ...c,
  value: round(c.value),
  own: round(c.own),
  peers: round(c.peers),
});
