import { z } from 'zod/mini';
import { deskOf } from '#server/api/desk/desk-of.ts';
import { operatorProcedure } from '#server/api/trpc.ts';
import * as disputes from '#server/desk/disputes.ts';

const ZAsk = z.object({
  roundId: z.nullable(z.int()),
  decided: z.boolean(),
  page: z.int().check(z.gte(0)),
});

export const listDisputes = operatorProcedure
  .input(ZAsk)
  .query(({ ctx, input }) => ctx.withOrgSql((c) => disputes.listDisputes(deskOf(ctx, c), input)));

export const countDisputes = operatorProcedure.query(({ ctx }) =>
  ctx.withOrgSql((c) => disputes.countDisputes(deskOf(ctx, c))),
);

export const compareRound = operatorProcedure
  .input(z.object({ roundId: z.int() }))
  .mutation(({ ctx, input }) =>
    ctx.withOrgSql((c) => disputes.compareRound(deskOf(ctx, c), input.roundId)),
  );

const ZVerdict = z.object({
  id: z.int(),
  keep: z.enum(['a', 'b', 'neither']),
  reason: z.string().check(z.trim(), z.minLength(3), z.maxLength(500)),
});

export const decideDispute = operatorProcedure
  .input(ZVerdict)
  .mutation(({ ctx, input }) =>
    ctx.withOrgSql((c) => disputes.decideDispute(deskOf(ctx, c), ctx.caller.userId, input)),
  );
