import { z } from 'zod/mini';
import { deskOf } from '#server/api/desk/desk-of.ts';
import { operatorProcedure } from '#server/api/trpc.ts';
import { listStops as list, readProgress } from '#server/desk/progress.ts';

/** Sums of a round by house and reader; asked every few seconds while the page is open. */
export const getProgress = operatorProcedure
  .input(z.object({ roundId: z.int() }))
  .query(({ ctx, input }) => ctx.withOrgSql((c) => readProgress(deskOf(ctx, c), input.roundId)));

const ZStops = z.object({
  roundId: z.int(),
  houseId: z.nullable(z.int()),
  state: z.nullable(z.enum(['ahead', 'read', 'doubt', 'cannot'])),
  page: z.int().check(z.gte(0)),
});

export const listStops = operatorProcedure
  .input(ZStops)
  .query(({ ctx, input }) => ctx.withOrgSql((c) => list(deskOf(ctx, c), input)));
