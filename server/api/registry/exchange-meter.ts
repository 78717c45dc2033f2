import { ZExchangeMeter } from '#lib/contract/registry.ts';
import { exchangeAtDesk } from '#server/desk/exchanges.ts';
import { accessToPoint } from '#server/registry/access.ts';
import { organisationZone } from '#server/registry/organisation.ts';
import { operatorProcedure } from '#server/api/trpc.ts';

/** Takes the meter of a point off and hangs another one. */
export const exchangeMeter = operatorProcedure.input(ZExchangeMeter).mutation(({ ctx, input }) =>
  ctx.withOrgSql(async (client) => {
    const { pointId } = input;
    const { app, caller } = ctx;
    const now = app.clock.now();
    await accessToPoint(client, caller, { pointId, now });
    const { orgId, userId } = caller;
    const zone = await organisationZone(client);
    const masterKey = app.config.KILTER_MASTER_KEY;
    return exchangeAtDesk(client, { orgId, userId, now, zone, masterKey }, input);
  }),
);
