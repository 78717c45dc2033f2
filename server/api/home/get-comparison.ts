import { ZComparisonAsk } from '#lib/contract/home-life.ts';
import { readComparison } from '#server/analytics/comparison.ts';
import { residentProcedure } from '#server/api/trpc.ts';

/** Similar homes, shown only where nobody can be read off (B-04, X14). */
export const getComparison = residentProcedure
  .input(ZComparisonAsk)
  .query(({ ctx, input }) =>
    ctx.withOrgSql((client) =>
      readComparison(client, { caller: ctx.caller, now: ctx.app.clock.now() }, input),
    ),
  );
