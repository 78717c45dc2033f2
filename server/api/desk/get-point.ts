import { z } from 'zod/mini';
import { deskOf } from './desk-of.ts';
import { operatorProcedure } from '#server/api/trpc.ts';
import { accessToPoint } from '#server/registry/access.ts';
import { readPoint } from '#server/desk/points.ts';

export const getPoint = operatorProcedure
  .input(z.object({ pointId: z.int() }))
  .query(({ ctx, input }) =>
    ctx.withOrgSql(async (client) => {
      const desk = deskOf(ctx, client);
      await accessToPoint(client, ctx.caller, { pointId: input.pointId, now: desk.now });
      return readPoint(desk, input.pointId);
    }),
  );
