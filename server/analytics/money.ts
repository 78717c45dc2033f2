/** Tariffs of the organisation on the resident's days: from use to money. */
import type pg from 'pg';
import { addDays } from '#lib/base/civil.ts';
import type { Resource } from '#lib/domain/resource.ts';
import { isResource } from '#lib/domain/resource.ts';
import { rateMonth } from '#lib/tariffs/rate.ts';
import { parseTariffBody, type Tariff } from '#lib/tariffs/tariff.ts';
import { selectTariffs } from './home-store.ts';

export type Tariffs = ReadonlyMap<Resource, readonly Tariff[]>;

/** A published body that does not parse is left out: its days then count as unpriced. */
export async function readTariffs(client: pg.ClientBase): Promise<Tariffs> {
  const byResource = new Map<Resource, Tariff[]>();
  for (const row of await selectTariffs(client)) {
    const body = parseTariffBody(row.body);
    if (!body.ok || !isResource(row.resource)) continue;
    const list = byResource.get(row.resource) ?? [];
    byResource.set(row.resource, list);
    list.push({
      resource: row.resource,
      currency: row.currency,
      validFrom: row.valid_from,
      validTo: row.valid_to,
      body: body.value,
    });
  }
  return byResource;
}

/**
 * Money of consecutive days from `first`, in minor units; days that are null are not charged for
 * use. `pricedAs` shifts the days to another date, to compare amounts at one price list. Null when
 * no tariff covers any of the days.
 */
export function costOf(
  tariffs: readonly Tariff[] | undefined,
  span: {
    readonly first: string;
    readonly used: readonly (number | null)[];
    readonly standingTo?: string;
  },
): number | null {
  const { first, used, standingTo } = span;
  if (!tariffs || used.length === 0) return null;
  const days = used.map((value, i) => ({ date: addDays(first, i), used: Math.round(value ?? 0) }));
  const rated = rateMonth(days, tariffs, standingTo);
  return rated.unpricedDays === days.length ? null : rated.totalMinor;
}
