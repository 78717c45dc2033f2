import { z } from 'zod/mini';
import { accessToPoint } from '#server/registry/access.ts';
import { pointDetail } from '#server/registry/points.ts';
import { staffProcedure } from '#server/api/trpc.ts';

/** A metering point with every meter that ever hung there. */
export const getPoint = staffProcedure
  .input(z.object({ pointId: z.int() }))
  .query(({ ctx, input: { pointId } }) =>
    ctx.withOrgSql(async (client) => {
      const now = ctx.app.clock.now();
      await accessToPoint(client, ctx.caller, { pointId, now });
      return pointDetail(client, pointId, now);
    }),
  );
