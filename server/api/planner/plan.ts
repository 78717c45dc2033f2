import { z } from 'zod/mini';
import { deskOf } from '#server/api/desk/desk-of.ts';
import { operatorProcedure } from '#server/api/trpc.ts';
import { addToRound as add, createPlan as create, previewPlan } from '#server/desk/plan.ts';
import { ZDate, ZName, ZPick } from './pick.ts';

/** How many meters, in which houses, how long; nothing is written. */
export const preview = operatorProcedure
  .input(ZPick)
  .query(({ ctx, input }) => ctx.withOrgSql((c) => previewPlan(deskOf(ctx, c), input)));

const ZPlan = z.object({
  name: ZName,
  dueOn: ZDate,
  assigneeId: z.nullable(z.string()),
  pick: ZPick,
});

export const createPlan = operatorProcedure.input(ZPlan).mutation(async ({ ctx, input }) => {
  const by = ctx.caller.userId;
  const id = await ctx.withOrgSql((c) => create(deskOf(ctx, c), by, input));
  return { id };
});

export const addToRound = operatorProcedure
  .input(z.object({ roundId: z.int(), pick: ZPick }))
  .mutation(async ({ ctx, input }) => {
    const by = ctx.caller.userId;
    const added = await ctx.withOrgSql((c) => add(deskOf(ctx, c), by, input));
    return { added };
  });
