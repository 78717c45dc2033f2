import { z } from 'zod/mini';
import { deskOf } from '#server/api/desk/desk-of.ts';
import { operatorProcedure } from '#server/api/trpc.ts';
import { countOpenFound, listFound } from '#server/desk/found.ts';

const ZAsk = z.object({ decided: z.boolean(), page: z.int().check(z.gte(0)) });

export const list = operatorProcedure
  .input(ZAsk)
  .query(({ ctx, input }) => ctx.withOrgSql((c) => listFound(deskOf(ctx, c), input)));

export const count = operatorProcedure.query(({ ctx }) =>
  ctx.withOrgSql((c) => countOpenFound(deskOf(ctx, c))),
);
