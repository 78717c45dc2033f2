import { z } from 'zod/mini';
import { RESOURCES } from '#lib/domain/resource.ts';
import { deskOf } from './desk-of.ts';
import { operatorProcedure } from '#server/api/trpc.ts';
import { listPoints as list } from '#server/desk/points.ts';

const ZFilter = z.object({
  placeId: z.nullable(z.int()),
  resource: z.nullable(z.enum(RESOURCES)),
  text: z.string().check(z.trim(), z.maxLength(80)),
  page: z.int().check(z.gte(0), z.lte(100_000)),
});

export const listPoints = operatorProcedure
  .input(ZFilter)
  .query(({ ctx, input }) => ctx.withOrgSql((client) => list(deskOf(ctx, client), input)));
