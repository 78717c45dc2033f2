import { z } from 'zod/mini';
import { deskOf } from '#server/api/desk/desk-of.ts';
import { operatorProcedure } from '#server/api/trpc.ts';
import * as sectors from '#server/desk/sectors.ts';
import { ZIds, ZName } from './pick.ts';

export const listSectors = operatorProcedure.query(({ ctx }) =>
  ctx.withOrgSql((c) => sectors.listSectors(deskOf(ctx, c))),
);

export const saveSector = operatorProcedure
  .input(z.object({ id: z.nullable(z.int()), name: ZName, placeIds: ZIds }))
  .mutation(async ({ ctx, input }) => {
    const by = ctx.caller.userId;
    const id = await ctx.withOrgSql((c) => sectors.saveSector(deskOf(ctx, c), by, input));
    return { id };
  });

export const removeSector = operatorProcedure
  .input(z.object({ id: z.int() }))
  .mutation(({ ctx, input }) =>
    ctx.withOrgSql((c) => sectors.removeSector(deskOf(ctx, c), ctx.caller.userId, input.id)),
  );
