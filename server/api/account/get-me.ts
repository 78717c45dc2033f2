import { startOf } from '#lib/domain/start.ts';
import { safetyGroupOf } from '#server/orders/service.ts';
import { publicProcedure } from '#server/api/trpc.ts';

/** Who is signed in, or null. `needsCode` = a second factor is waiting to be entered. */
export const getMe = publicProcedure.query(async ({ ctx }) => {
  const caller = ctx.caller;
  if (!caller) return null;
  const org = await ctx.app.db.withOrg(caller.orgId, (tx) =>
    tx.organisation.findFirst({ select: { name: true, timeZone: true, currency: true } }),
  );
  const electricalGroup = await ctx.app.db.withOrgSql(caller.orgId, (client) =>
    safetyGroupOf(client, caller.userId),
  );
  return {
    electricalGroup,
    userId: caller.userId,
    name: caller.name,
    email: caller.email,
    roles: caller.roles,
    start: startOf(caller.roles),
    needsCode: !caller.strong,
    org: org ?? { name: '', timeZone: 'UTC', currency: 'RUB' },
  };
});
