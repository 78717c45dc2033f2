import { z } from 'zod/mini';
import { deskOf } from '#server/api/desk/desk-of.ts';
import { operatorProcedure } from '#server/api/trpc.ts';
import * as edit from '#server/desk/round-edit.ts';
import { ZDate, ZIds, ZName } from './pick.ts';

export const setHouseOrder = operatorProcedure
  .input(z.object({ roundId: z.int(), houseIds: ZIds }))
  .mutation(({ ctx, input }) => ctx.withOrgSql((c) => edit.setHouseOrder(deskOf(ctx, c), input)));

export const moveStop = operatorProcedure
  .input(z.object({ roundId: z.int(), meterId: z.int(), beforeId: z.nullable(z.int()) }))
  .mutation(({ ctx, input }) => ctx.withOrgSql((c) => edit.moveStop(deskOf(ctx, c), input)));

export const walkNaturally = operatorProcedure
  .input(z.object({ roundId: z.int() }))
  .mutation(({ ctx, input }) =>
    ctx.withOrgSql((c) => edit.walkNaturally(deskOf(ctx, c), input.roundId)),
  );

export const removeFromRound = operatorProcedure
  .input(z.object({ roundId: z.int(), houseId: z.nullable(z.int()), meterIds: ZIds }))
  .mutation(({ ctx, input }) =>
    ctx.withOrgSql((c) => edit.removeFromRound(deskOf(ctx, c), ctx.caller.userId, input)),
  );

const ZPart = z.object({ assigneeId: z.nullable(z.string()), houseIds: ZIds });

export const splitRound = operatorProcedure
  .input(z.object({ roundId: z.int(), parts: z.array(ZPart).check(z.maxLength(50)) }))
  .mutation(({ ctx, input }) =>
    ctx.withOrgSql((c) => edit.splitRound(deskOf(ctx, c), ctx.caller.userId, input)),
  );

export const copyRound = operatorProcedure
  .input(z.object({ roundId: z.int(), name: ZName, dueOn: ZDate }))
  .mutation(async ({ ctx, input }) => {
    const by = ctx.caller.userId;
    const id = await ctx.withOrgSql((c) => edit.copyRound(deskOf(ctx, c), by, input));
    return { id };
  });
