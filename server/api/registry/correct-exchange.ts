import { z } from 'zod/mini';
import { ZCorrectExchange } from '#lib/contract/registry.ts';
import { correctExchange as correct, listExchanges as list } from '#server/desk/exchanges.ts';
import { pointOfExchange } from '#server/desk/exchanges.ts';
import { accessToPoint } from '#server/registry/access.ts';
import { organisationZone } from '#server/registry/organisation.ts';
import { operatorProcedure } from '#server/api/trpc.ts';

/** Every exchange of a point with its versions, seals, signatures and photos. */
export const listExchanges = operatorProcedure
  .input(z.object({ pointId: z.int() }))
  .query(({ ctx, input }) =>
    ctx.withOrgSql(async (client) => {
      const { pointId } = input;
      await accessToPoint(client, ctx.caller, { pointId, now: ctx.app.clock.now() });
      return list(client, pointId);
    }),
  );

/** Writes down what really happened; the version before it stays. */
export const correctExchange = operatorProcedure
  .input(ZCorrectExchange)
  .mutation(({ ctx, input }) =>
    ctx.withOrgSql(async (client) => {
      const now = ctx.app.clock.now();
      const pointId = await pointOfExchange(client, input.exchangeId);
      await accessToPoint(client, ctx.caller, { pointId, now });
      const { orgId, userId } = ctx.caller;
      const zone = await organisationZone(client);
      await correct(client, { orgId, userId, now, zone }, input);
    }),
  );
