import { z } from 'zod/mini';
import { RESOURCES } from '#lib/domain/resource.ts';
import { deskOf } from './desk-of.ts';
import { operatorProcedure } from '#server/api/trpc.ts';
import { assignRound as assign, createRound as create } from '#server/desk/rounds.ts';

const ZRound = z.object({
  houseId: z.int(),
  name: z.string().check(z.trim(), z.minLength(1), z.maxLength(120)),
  dueOn: z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/)),
  assigneeId: z.nullable(z.string()),
  resource: z.nullable(z.enum(RESOURCES)),
});

export const createRound = operatorProcedure.input(ZRound).mutation(async ({ ctx, input }) => {
  const by = ctx.caller.userId;
  const id = await ctx.withOrgSql((client) => create(deskOf(ctx, client), by, input));
  return { id };
});

const ZAssign = z.object({ roundId: z.int(), assigneeId: z.nullable(z.string()) });

export const assignRound = operatorProcedure.input(ZAssign).mutation(async ({ ctx, input }) => {
  const { roundId: id, assigneeId } = input;
  const by = ctx.caller.userId;
  await ctx.withOrgSql((client) => assign(deskOf(ctx, client), by, { id, assigneeId }));
});
