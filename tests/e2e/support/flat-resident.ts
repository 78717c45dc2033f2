/** Somebody who lives in a flat for a year and sees its hours, as an accepted invitation leaves. */
import { DAY_MS } from '#lib/base/interval.ts';
import { theApp } from './world.ts';

/** Returns the e-mail. A second attempt of a test finds the person of the first one. */
export async function letResidentIn(orgId: number, placeId: number, id: string): Promise<string> {
  const app = theApp();
  const email = `${id}@kilter.demo`;
  const user = await app.db.prisma.user.upsert({
    where: { email },
    update: {},
    create: { id, name: 'E. Resident', email, emailVerified: true },
  });
  await app.db.withOrg(orgId, async (tx) => {
    const fromAt = new Date(Date.now() - 400 * DAY_MS);
    if (await tx.membership.findFirst({ where: { userId: user.id, placeId } })) return;
    await tx.membership.create({ data: { orgId, userId: user.id, role: 'resident', placeId } });
    const household = await tx.household.create({ data: { orgId, placeId, fromAt } });
    await tx.householdMember.create({
      data: { orgId, userId: user.id, householdId: household.id, fromAt, hourlyFrom: fromAt },
    });
  });
  return email;
}
