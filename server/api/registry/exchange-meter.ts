import { ZExchangeMeter } from '#lib/contract/registry.ts';
import { accessToPoint } from '#server/registry/access.ts';
import { exchangeMeter as exchange } from '#server/registry/exchange.ts';
import { operatorProcedure } from '#server/api/trpc.ts';

/** Takes the meter of a point off and hangs another one. */
export const exchangeMeter = operatorProcedure.input(ZExchangeMeter).mutation(({ ctx, input }) =>
  ctx.withOrgSql(async (client) => {
    const { pointId } = input;
    await accessToPoint(client, ctx.caller, { pointId, now: ctx.app.clock.now() });
    return exchange(client, ctx.caller.orgId, input);
  }),
);
