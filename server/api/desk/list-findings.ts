import { z } from 'zod/mini';
import { FINDING_KINDS } from '#lib/domain/finding.ts';
import { deskOf } from './desk-of.ts';
import { operatorProcedure } from '#server/api/trpc.ts';
import { listFindings as list } from '#server/desk/board.ts';

const ZFilter = z.object({
  kind: z.nullable(z.enum(FINDING_KINDS)),
  page: z.int().check(z.gte(0), z.lte(100_000)),
});

/** Meters to check, the most urgent first. */
export const listFindings = operatorProcedure
  .input(ZFilter)
  .query(({ ctx, input }) => ctx.withOrgSql((client) => list(deskOf(ctx, client), input)));
