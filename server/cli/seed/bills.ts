/** Last month's bill of every household, rated as the supplier does: whole days, whole month. */
import type pg from 'pg';
import { addDays, addMonths, civilDate, civilMonth } from '#lib/base/civil.ts';
import { isResource } from '#lib/domain/resource.ts';
import type { Town } from '#lib/sim/town/types.ts';
import { rateMonth } from '#lib/tariffs/rate.ts';
import { readTariffs } from '#server/analytics/money.ts';
import { insertRows, type Row } from './door.ts';

type UsageRow = {
  readonly household_id: number;
  readonly resource: string;
  readonly daily: readonly (number | null)[];
};

export async function seedBills(
  client: pg.PoolClient,
  own: { orgId: number; town: Town; currency: string },
): Promise<void> {
  const { orgId, town, currency } = own;
  const month = addMonths(civilMonth(civilDate(town.toAt, town.zone)), -1);
  const { rows } = await client.query<UsageRow>(
    `SELECT h.id AS household_id, mp.resource, u.daily::float8[] AS daily
       FROM household h
       JOIN metering_point mp ON mp.place_id = h.place_id AND mp.role = 'consumer'
       JOIN installation i ON i.point_id = mp.id
       JOIN usage_month u ON u.meter_id = i.meter_id AND u.register <> 20
      WHERE h.org_id = $1 AND u.month = $2::date`,
    [orgId, `${month}-01`],
  );
  const tariffs = await readTariffs(client);
  const bills = new Map<number, Row[]>();
  for (const { household_id: household, resource, daily } of rows) {
    if (!isResource(resource)) continue;
    const days = daily.map((used, i) => ({ date: addDays(`${month}-01`, i), used: used ?? 0 }));
    const minor = rateMonth(days, tariffs.get(resource) ?? []).totalMinor;
    const units = days.reduce((sum, day) => sum + day.used, 0);
    bills.set(household, [...(bills.get(household) ?? []), { resource, units, minor }]);
  }
  await insertRows(
    client,
    'bill',
    [...bills].map(([household, lines]) => ({
      org_id: orgId,
      household_id: household,
      month: `${month}-01`,
      currency,
      total_minor: lines.reduce((sum, line) => sum + Number(line['minor']), 0),
      lines,
      issued_at: new Date(
        Math.min(Date.parse(`${addMonths(month, 1)}-03`), town.toAt),
      ).toISOString(),
    })),
  );
}
