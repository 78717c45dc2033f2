/**
 * A house with its common cold-water meter and a dozen flats, with half a year of known past: the
 * house always counted more than its flats. Made as an operator would make it: uploads and a plan.
 */
import { DAY_MS } from '#lib/base/interval.ts';
import { must } from '#lib/base/assert.ts';
import { callRouter } from '#server/api/root.ts';
import { LAST_DAYS_AGO, MONTHLY, type HandMeter, type HandRound } from './hand-round.ts';
import { operator } from './vector-round.ts';
import { PEOPLE, theApp } from './world.ts';

export type BalancedHouse = HandRound & { readonly common: HandMeter };

/** What nobody explains: 18 m3 in thirty days, 0.6 m3 a day. */
export const UNEXPLAINED_MONTHLY = 18;

export async function makeBalancedHouse(flats: number): Promise<BalancedHouse> {
  const app = theApp();
  const caller = await operator();
  const api = callRouter({ app, caller });
  const before = await app.db.withOrg(caller.orgId, (tx) => tx.meter.count());
  const house = `Общая, ${before}`;
  const monthly = (i: number): number =>
    i === 0 ? flats * MONTHLY['cold-water'] + UNEXPLAINED_MONTHLY : MONTHLY['cold-water'];
  // The common meter first: the flats of an import hang below the one that is there.
  const plan = Array.from({ length: flats + 1 }, (_, i) => ({
    serial: String(66_000_000 + (before + i) * 41),
    last: i === 0 ? 9000 : 400 + 10 * i,
    monthly: monthly(i),
  }));
  const place = await app.db.withOrg(caller.orgId, (tx) =>
    tx.place.create({ data: { orgId: caller.orgId, kind: 'house', name: house, address: house } }),
  );
  const rows = plan.map(({ serial }, i) =>
    [house, i === 0 ? '' : i, 'cold-water', serial, 'KLT', 5, 3].join(';'),
  );
  const head = 'house;flat;resource;serial;manufacturer;digits;decimals';
  const run = await api.imports.uploadMeters(csv('house.csv', [head, ...rows]));
  if (run.rowsKept !== plan.length) throw new Error(`${run.rowsKept} meters were taken.`);
  const past = plan.flatMap(({ serial, last, monthly: use }) =>
    [4, 3, 2, 1, 0].map((back) => {
      const at = new Date(Date.now() - (LAST_DAYS_AGO + 30 * back) * DAY_MS);
      return [serial, 'cold-water', at.toISOString(), last - back * use].join(';');
    }),
  );
  const told = await api.imports.uploadReadings(
    csv('past.csv', ['serial;resource;time;value', ...past]),
  );
  if (told.rowsKept !== past.length) throw new Error(`${told.rowsKept} readings were taken.`);
  const reader = await app.db.prisma.user.findUniqueOrThrow({ where: { email: PEOPLE.reader } });
  const { id: roundId } = await api.desk.createRound({
    houseId: place.id,
    name: house,
    dueOn: new Date().toISOString().slice(0, 10),
    assigneeId: reader.id,
    resource: null,
  });
  const found = await app.db.withOrg(caller.orgId, (tx) =>
    tx.meter.findMany({ where: { serial: { in: plan.map(({ serial }) => serial) } } }),
  );
  const idOf = new Map(found.map(({ serial, id }) => [serial, id]));
  const [common, ...meters] = plan.map(({ serial, last }): HandMeter => ({
    ...{ serial, last, resource: 'cold-water', register: 10 },
    meterId: must(idOf.get(serial), 'the meter was imported'),
  }));
  return { house, roundId, meters, common: must(common, 'the plan begins with it') };
}

const csv = (fileName: string, lines: readonly string[]) => ({
  fileName,
  content: Buffer.from(lines.join('\r\n')).toString('base64'),
});
