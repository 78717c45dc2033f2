/**
 * Two small organisations in one database, so that tests can ask as the wrong one. Every text of
 * the first carries the word ALPHA: seeing it is seeing what must not be seen.
 */
import type { Caller } from '#server/api/trpc.ts';
import { ROLES } from '#lib/domain/role.ts';
import { createApp, type App } from '#server/app.ts';
import { readConfig } from '#server/config.ts';

export const NOW = Date.parse('2026-11-15T12:00:00Z');

export type Small = {
  readonly orgId: number;
  readonly caller: Caller;
  readonly placeId: number;
  readonly houseId: number;
  readonly pointId: number;
  readonly meterId: number;
  readonly roundId: number;
  readonly householdId: number;
  readonly installRequestId: string;
  readonly invitationId: number;
  readonly tariffId: number;
  readonly importRunId: number;
};

export function testApp(databaseUrl: string, now = NOW): App {
  const config = readConfig({
    DATABASE_URL: databaseUrl,
    ORIGIN: 'http://localhost:3000',
    BETTER_AUTH_SECRET: 'test-secret-test-secret-test-secret!',
    KILTER_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
    KILTER_RECEIPT_KEY: Buffer.alloc(32, 9).toString('base64'),
  });
  return createApp(config, { now: () => now });
}

/** One house, one flat, one meter with readings, a round, a household, a tariff, an invitation. */
export async function makeOrganisation(app: App, word: string, n: number): Promise<Small> {
  const { prisma } = app.db;
  const org = await prisma.organisation.create({ data: { name: `${word} utility` } });
  const user = await prisma.user.create({
    data: { id: `user-${word}`, name: `${word} person`, email: `${word.toLowerCase()}@x.org` },
  });
  const member = { orgId: org.id, userId: user.id };
  for (const role of ROLES) await prisma.membership.create({ data: { ...member, role } });
  const ids = await app.db.withOrg(org.id, (tx) =>
    fill(tx, { org: org.id, user: user.id, word, n }),
  );
  await addReadings(app, org.id, ids.meterId);
  const caller: Caller = {
    userId: user.id,
    name: user.name,
    email: user.email,
    orgId: org.id,
    roles: ROLES,
    placeIds: [],
    strong: true,
  };
  return { orgId: org.id, caller, ...ids };
}

export type House = Awaited<ReturnType<typeof fill>>;

/** One more house of an organisation, filled like its first one. */
export async function fillHouse(app: App, small: Small, word: string, n: number): Promise<House> {
  const who = { org: small.orgId, user: small.caller.userId, word, n };
  const house = await app.db.withOrg(small.orgId, (tx) => fill(tx, who));
  await addReadings(app, small.orgId, house.meterId);
  return house;
}

type Tx = Parameters<Parameters<App['db']['withOrg']>[1]>[0];
type Who = { org: number; user: string; word: string; n: number };

async function fill(tx: Tx, { org, user, word, n }: Who) {
  const orgId = org;
  const house = await tx.place.create({
    data: { orgId, kind: 'house', name: `${word} 1`, address: `${word} street 1` },
  });
  const flat = await tx.place.create({
    data: {
      orgId,
      parentId: house.id,
      kind: 'flat',
      name: `${n}`,
      address: `${word} street 1, flat ${n}`,
    },
  });
  const point = await tx.meteringPoint.create({
    data: { orgId, placeId: flat.id, resource: 'cold-water', role: 'consumer', name: word },
  });
  const meter = await tx.meter.create({
    data: { orgId, serial: `${word}-${n}`, radioId: String(10_000_000 + n), manufacturer: 'ELS' },
  });
  await tx.register.create({ data: { orgId, meterId: meter.id, register: 10 } });
  await tx.installation.create({
    data: {
      orgId,
      meterId: meter.id,
      pointId: point.id,
      fromAt: new Date(NOW - 3e9),
      seals: [word],
    },
  });
  const household = await tx.household.create({
    data: { orgId, placeId: flat.id, fromAt: new Date(NOW - 3e9), account: word },
  });
  await tx.householdMember.create({
    data: { orgId, householdId: household.id, userId: user, hourlyFrom: new Date(NOW - 3e9) },
  });
  const round = await tx.round.create({
    data: { orgId, houseId: house.id, name: word, dueOn: new Date(NOW), assigneeId: user },
  });
  await tx.roundStop.create({
    data: { orgId, roundId: round.id, meterId: meter.id, pointId: point.id, sequence: 1 },
  });
  const rest = await fillPapers(tx, { org, user, word, n }, flat.id);
  return {
    placeId: flat.id,
    houseId: house.id,
    pointId: point.id,
    meterId: meter.id,
    roundId: round.id,
    householdId: household.id,
    ...rest,
  };
}

async function fillPapers(tx: Tx, { org: orgId, user, word, n }: Who, placeId: number) {
  const tariff = await tx.tariff.create({
    data: {
      orgId,
      resource: 'cold-water',
      name: word,
      currency: 'RUB',
      validFrom: new Date('2025-01-01'),
      body: {},
    },
  });
  const invitation = await tx.invitation.create({
    data: {
      orgId,
      codeSha256: Buffer.alloc(32, n),
      role: 'tenant',
      placeId,
      expiresAt: new Date(NOW + 1e9),
    },
  });
  const request = await tx.installRequest.create({
    data: {
      id: `01935b9c-6f5a-7cc0-8a3e-${String(n).padStart(12, '0')}`,
      orgId,
      placeId,
      userId: user,
      body: { note: word },
    },
  });
  const run = await tx.importRun.create({
    data: { orgId, kind: 'meters', fileName: `${word}.csv`, sha256: Buffer.alloc(32, n) },
  });
  await tx.auditLog.create({
    data: {
      orgId,
      userId: user,
      action: 'test',
      subject: word,
      prevSha256: Buffer.alloc(32),
      sha256: Buffer.alloc(32, n),
    },
  });
  return {
    tariffId: tariff.id,
    invitationId: invitation.id,
    installRequestId: request.id,
    importRunId: run.id,
  };
}

/** Three days of hourly readings, 10 litres an hour. */
async function addReadings(app: App, orgId: number, meterId: number): Promise<void> {
  const first = NOW - 72 * 3_600_000;
  const at = Array.from({ length: 72 }, (_, i) => new Date(first + i * 3_600_000));
  await app.db.pool.query('SELECT ensure_reading_partitions($1, $2)', [
    at[0]!.toISOString().slice(0, 10),
    new Date(NOW).toISOString().slice(0, 10),
  ]);
  await app.db.withOrgSql(orgId, (client) =>
    client.query(
      `INSERT INTO reading_hot (ts, value, meter_id, register)
       SELECT t, 1000000 + 10 * i, $2, 10
         FROM unnest($1::timestamptz[]) WITH ORDINALITY AS u(t, i)`,
      [at.map((t) => t.toISOString()), meterId],
    ),
  );
}
