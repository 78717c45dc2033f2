import { z } from 'zod/mini';
import { QUALITIES, SOURCES } from '#lib/domain/reading.ts';
import { deskOf } from './desk-of.ts';
import { operatorProcedure } from '#server/api/trpc.ts';
import { selectConflicts, selectReadings } from '#server/desk/readings.ts';

const ZFilter = z.object({
  source: z.nullable(z.enum(SOURCES)),
  quality: z.nullable(z.enum(QUALITIES)),
  verdict: z.nullable(z.string().check(z.maxLength(40))),
  before: z.nullable(z.number()),
});

export const listReadings = operatorProcedure
  .input(ZFilter)
  .query(({ ctx, input }) => ctx.withOrgSql((c) => selectReadings(deskOf(ctx, c), input)));

export const listConflicts = operatorProcedure.query(({ ctx }) =>
  ctx.withOrgSql((c) => selectConflicts(deskOf(ctx, c))),
);
