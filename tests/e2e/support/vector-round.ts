/**
 * Makes the round of real meters as an operator would: uploads the list of meters and keys, plans a
 * round for the reader, and lets a resident into the first flat.
 */
import { must } from '#lib/base/assert.ts';
import { callRouter } from '#server/api/root.ts';
import type { Caller } from '#server/api/trpc.ts';
import { meterCsv, vectorMeters, type VectorMeter } from './vectors.ts';
import { PEOPLE, theApp } from './world.ts';

export type VectorRound = {
  readonly roundId: number;
  readonly meters: readonly VectorMeter[];
  readonly meterIds: readonly number[];
  readonly residentEmail: string;
};

/** The demo operator, as a signed-in person stands before the procedures. */
export async function operator(): Promise<Caller> {
  const { prisma } = theApp().db;
  const where = { user: { email: PEOPLE.operator } };
  const member = await prisma.membership.findFirstOrThrow({ where, include: { user: true } });
  return {
    userId: member.userId,
    name: member.user.name,
    email: member.user.email,
    orgId: member.orgId,
    roles: ['operator', 'admin'],
    placeIds: [],
    strong: true,
  };
}

export async function makeVectorRound(house: string, count: number): Promise<VectorRound> {
  const app = theApp();
  const caller = await operator();
  const api = callRouter({ app, caller });
  const meters = vectorMeters(count);
  await app.db.withOrg(caller.orgId, (tx) =>
    tx.place.create({
      data: { orgId: caller.orgId, kind: 'house', name: house, address: house },
    }),
  );
  const run = await api.imports.uploadMeters({
    fileName: 'vectors.csv',
    content: Buffer.from(meterCsv(meters, house)).toString('base64'),
  });
  if (run.rowsKept !== count) throw new Error(`${run.rowsKept} of ${count} meters were taken.`);
  const found = await app.db.withOrg(caller.orgId, (tx) =>
    tx.meter.findMany({
      where: { radioId: { in: meters.map((m) => m.radioId) } },
      include: { installations: { include: { point: { include: { place: true } } } } },
    }),
  );
  const byRadio = new Map(found.map((m) => [m.radioId, m]));
  const first = must(byRadio.get(meters[0]!.radioId), 'the first meter was imported');
  const flat = must(first.installations[0], 'an imported meter is installed').point.place;
  const reader = await app.db.prisma.user.findUniqueOrThrow({ where: { email: PEOPLE.reader } });
  const { id: roundId } = await api.desk.createRound({
    houseId: must(flat.parentId, 'a flat stands in a house'),
    name: 'Real telegrams',
    dueOn: new Date().toISOString().slice(0, 10),
    assigneeId: reader.id,
    resource: null,
  });
  const residentEmail = await letResidentIn(caller.orgId, flat.id);
  return { roundId, meters, meterIds: found.map((m) => m.id), residentEmail };
}

/** A person with a household in the flat, as an accepted invitation leaves it. */
async function letResidentIn(orgId: number, placeId: number): Promise<string> {
  const app = theApp();
  const email = 'vector-resident@kilter.demo';
  // A second attempt of a test finds the person of the first one.
  const user = await app.db.prisma.user.upsert({
    where: { email },
    update: {},
    create: { id: 'vector-resident', name: 'V. Resident', email, emailVerified: true },
  });
  await app.db.withOrg(orgId, async (tx) => {
    const fromAt = new Date(Date.now() - 400 * 86_400_000);
    if (await tx.membership.findFirst({ where: { userId: user.id, placeId } })) return;
    await tx.membership.create({ data: { orgId, userId: user.id, role: 'resident', placeId } });
    const household = await tx.household.create({ data: { orgId, placeId, fromAt } });
    await tx.householdMember.create({
      data: { orgId, userId: user.id, householdId: household.id, fromAt, hourlyFrom: fromAt },
    });
  });
  return email;
}
