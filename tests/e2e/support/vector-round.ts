/**
 * Makes the round of real meters as an operator would: uploads the list of meters and keys, plans a
 * round for the reader, and lets a resident into the first flat.
 */
import { must } from '#lib/base/assert.ts';
import { callRouter } from '#server/api/root.ts';
import type { Caller } from '#server/api/trpc.ts';
import { letResidentIn } from './flat-resident.ts';
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
  const residentEmail = await letResidentIn(caller.orgId, flat.id, 'vector-resident');
  return { roundId, meters, meterIds: found.map((m) => m.id), residentEmail };
}
