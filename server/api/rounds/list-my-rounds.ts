import { readerProcedure } from '#server/api/trpc.ts';
import { listMyRounds as list } from '#server/sync/rounds.ts';

/** Open rounds of the caller, the nearest due first. */
export const listMyRounds = readerProcedure.query(({ ctx }) =>
  ctx.withOrgSql((client) => list(client, ctx.caller.userId)),
);
