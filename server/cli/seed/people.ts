/** People of the demo, what they may do, households, tariffs and the tenant's invitation. */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { plainCode } from '#lib/contract/invitation.ts';
import { DAY_MS, type Instant } from '#lib/base/interval.ts';
import type { Town } from '#lib/sim/town/types.ts';
import { bytea, insertRows, takeIds, type Row } from './door.ts';
import type { Ids } from './registry.ts';

export type DemoPerson = {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly locale: string;
};

export const PEOPLE = {
  orlova: { id: 'demo-orlova', email: 'orlova@kilter.demo', name: 'Н. Орлова', locale: 'ru' },
  safin: { id: 'demo-safin', email: 'safin@kilter.demo', name: 'И. Сафин', locale: 'ru' },
  resident: {
    id: 'demo-lesnaya14-37',
    email: 'lesnaya14-37@kilter.demo',
    name: 'А. Белова',
    locale: 'ru',
  },
  tenant: {
    id: 'demo-vyselki-5',
    email: 'vyselki-5@kilter.demo',
    name: 'Д. Ветров',
    locale: 'ru',
  },
  nordwerk: {
    id: 'demo-nordwerk',
    email: 'admin@nordwerk.demo',
    name: 'K. Brandt',
    locale: 'de',
  },
} as const satisfies Record<string, DemoPerson>;

/** What the demo's QR code says; only its hash is stored. */
export const INVITATION_CODE = 'VYSE5-KAHTA';

export async function seedUsers(client: pg.PoolClient): Promise<void> {
  const rows = Object.values(PEOPLE).map(({ id, email, name, locale }) => ({
    id,
    email,
    name,
    locale,
    emailVerified: true,
  }));
  for (const row of rows) {
    await client.query(
      `INSERT INTO "user" (id, email, name, locale, email_verified, updated_at)
       VALUES ($1, $2, $3, $4, true, now())`,
      [row.id, row.email, row.name, row.locale],
    );
  }
}

export const membership = (
  person: DemoPerson,
  role: string,
  at: { orgId: number; placeId?: number },
): Row => ({
  org_id: at.orgId,
  user_id: person.id,
  role,
  place_id: at.placeId ?? null,
  created_at: 'now',
});

/** Every home has a household; the demo's two residents belong to theirs. */
export async function seedHouseholds(
  client: pg.PoolClient,
  orgId: number,
  { town, homes, nowAt }: { town: Town; homes: Ids['homes']; nowAt: Instant },
): Promise<number[]> {
  const ids = await takeIds(client, 'household', town.homes.length);
  const since = new Date(town.fromAt - 400 * DAY_MS).toISOString();
  await insertRows(
    client,
    'household',
    town.homes.map((home) => ({
      id: ids[home.index],
      org_id: orgId,
      place_id: homes[home.index],
      account: String(7_100_000 + home.index * 13),
      from_at: since,
      to_at: null,
      facts: { persons: home.persons, areaM2: home.areaM2, compare: true },
    })),
  );
  const live = (person: DemoPerson, index: number, hourly: boolean): Row => ({
    household_id: ids[index],
    user_id: person.id,
    org_id: orgId,
    hourly_from: hourly ? new Date(nowAt - 90 * DAY_MS).toISOString() : null,
    from_at: since,
    to_at: null,
  });
  await insertRows(client, 'household_member', [
    live(PEOPLE.resident, homeIndex(town, 'Лесная, 14', 37), true),
    live(PEOPLE.tenant, homeIndex(town, 'Выселки', 5), false),
  ]);
  return ids;
}

export const homeIndex = (town: Town, house: string, number: number): number =>
  town.homes.findIndex((home) => home.house === house && home.number === number);

export async function seedInvitation(
  client: pg.PoolClient,
  orgId: number,
  { placeId, nowAt }: { placeId: number; nowAt: Instant },
): Promise<void> {
  await insertRows(client, 'invitation', [
    {
      org_id: orgId,
      code_sha256: bytea(createHash('sha256').update(plainCode(INVITATION_CODE)).digest()),
      role: 'tenant',
      place_id: placeId,
      email: PEOPLE.tenant.email,
      created_by: PEOPLE.orlova.id,
      created_at: new Date(nowAt).toISOString(),
      expires_at: new Date(nowAt + 365 * DAY_MS).toISOString(),
    },
  ]);
}

export async function seedTariffs(
  client: pg.PoolClient,
  own: { orgId: number; currency: string },
  tariffs: readonly (Row & { resource: string; name: string; body: unknown })[],
): Promise<void> {
  const rows = tariffs.map(({ resource, name, body, validFrom, validTo }) => ({
    org_id: own.orgId,
    resource,
    name,
    currency: own.currency,
    valid_from: validFrom,
    valid_to: validTo,
    body,
  }));
  await insertRows(client, 'tariff', rows);
}
