import { readerProcedure } from '#server/api/trpc.ts';
import { listMine as mine } from '#server/orders/service.ts';
import { staffPlaces } from '#server/registry/access.ts';

/** What the reader carries to the houses today, for a day without a network. */
export const listMine = readerProcedure.query(({ ctx }) =>
  ctx.withOrgSql((client) =>
    mine(client, { userId: ctx.caller.userId, places: staffPlaces(ctx.caller) }),
  ),
);
