/**
 * A round of meters without radio, with half a year of known past: electricity meters with an
 * optical eye and water meters whose dial is typed. Made as an operator would make it: two uploads
 * and a planned round.
 */
import { DAY_MS } from '#lib/base/interval.ts';
import { must } from '#lib/base/assert.ts';
import { callRouter } from '#server/api/root.ts';
import { operator } from './vector-round.ts';
import { PEOPLE, theApp } from './world.ts';

export type HandMeter = {
  readonly meterId: number;
  readonly serial: string;
  readonly resource: 'electricity' | 'cold-water';
  readonly register: number;
  /** What it showed `LAST_DAYS_AGO` days ago, in kWh or m3. */
  readonly last: number;
};
export type HandRound = {
  readonly house: string;
  readonly roundId: number;
  readonly meters: readonly HandMeter[];
};

/** The newest value is this old; four more lie 30 days apart before it. */
export const LAST_DAYS_AGO = 30;
/** Use in 30 days, in kWh or m3: the same every month, so that the usual range is narrow. */
export const MONTHLY = { electricity: 240, 'cold-water': 6 } as const;
const REGISTER = { electricity: 1, 'cold-water': 10 } as const;

/** `hasRadio`: the water meters also speak, under their own number and in clear. */
export async function makeHandRound(
  optical: number,
  typed: number,
  hasRadio = false,
): Promise<HandRound> {
  const app = theApp();
  const caller = await operator();
  const api = callRouter({ app, caller });
  // Numbers after those that exist, so that the town may already hold such a round.
  const before = await app.db.withOrg(caller.orgId, (tx) => tx.meter.count());
  const house = `Клавишная, ${before}`;
  const plan = Array.from({ length: optical + typed }, (_, i) => ({
    serial: String(77_000_000 + (before + i) * 37),
    resource: i < optical ? ('electricity' as const) : ('cold-water' as const),
    last: i < optical ? 5000 + 100 * i : 400 + 10 * i,
  }));
  await app.db.withOrg(caller.orgId, (tx) =>
    tx.place.create({ data: { orgId: caller.orgId, kind: 'house', name: house, address: house } }),
  );
  const meters = plan.map(({ serial, resource }, i) => {
    const protocol = resource === 'electricity' ? 'iec62056-21' : '';
    const radio = hasRadio && protocol === '' ? serial : '';
    return [house, i + 1, resource, serial, 'KLT', protocol, radio, 5, 3].join(';');
  });
  const head = 'house;flat;resource;serial;manufacturer;protocol;radio id;digits;decimals';
  const run = await api.imports.uploadMeters(csv('meters.csv', [head, ...meters]));
  if (run.rowsKept !== plan.length) throw new Error(`${run.rowsKept} meters were taken.`);
  const past = plan.flatMap((meter) =>
    [4, 3, 2, 1, 0].map((back) => {
      const at = new Date(Date.now() - (LAST_DAYS_AGO + 30 * back) * DAY_MS);
      const value = meter.last - back * MONTHLY[meter.resource];
      return [meter.serial, meter.resource, at.toISOString(), value].join(';');
    }),
  );
  const told = await api.imports.uploadReadings(
    csv('past.csv', ['serial;resource;time;value', ...past]),
  );
  if (told.rowsKept !== past.length) throw new Error(`${told.rowsKept} readings were taken.`);
  const found = await app.db.withOrg(caller.orgId, (tx) =>
    tx.meter.findMany({
      where: { serial: { in: plan.map((m) => m.serial) } },
      include: { installations: { include: { point: { include: { place: true } } } } },
    }),
  );
  const flat = must(found[0]?.installations[0], 'an imported meter is installed').point.place;
  const reader = await app.db.prisma.user.findUniqueOrThrow({ where: { email: PEOPLE.reader } });
  const { id: roundId } = await api.desk.createRound({
    houseId: must(flat.parentId, 'a flat stands in a house'),
    name: house,
    dueOn: new Date().toISOString().slice(0, 10),
    assigneeId: reader.id,
    resource: null,
  });
  const idOf = new Map(found.map((m) => [m.serial, m.id]));
  return {
    house,
    roundId,
    meters: plan.map((meter): HandMeter => ({
      ...meter,
      meterId: must(idOf.get(meter.serial), 'the meter was imported'),
      register: REGISTER[meter.resource],
    })),
  };
}

const csv = (fileName: string, lines: readonly string[]) => ({
  fileName,
  content: Buffer.from(lines.join('\r\n')).toString('base64'),
});
