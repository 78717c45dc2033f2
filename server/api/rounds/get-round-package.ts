import { z } from 'zod';
import { readerProcedure } from '#server/api/trpc.ts';
import { getRoundPackage as get } from '#server/sync/rounds.ts';

/** One round for one device; meter keys come wrapped for that device only. */
export const getRoundPackage = readerProcedure
  .input(z.object({ roundId: z.int(), device: z.uuid() }))
  .query(({ ctx, input: { roundId, device } }) =>
    ctx.withOrgSql((client) =>
      get(client, roundId, { app: ctx.app, device, userId: ctx.caller.userId }),
    ),
  );
