import { z } from 'zod/mini';
import { deskOf } from './desk-of.ts';
import { operatorProcedure } from '#server/api/trpc.ts';
import { readPoint } from '#server/desk/points.ts';

export const getPoint = operatorProcedure
  .input(z.object({ pointId: z.int() }))
  .query(({ ctx, input }) =>
    ctx.withOrgSql((client) => readPoint(deskOf(ctx, client), input.pointId)),
  );
