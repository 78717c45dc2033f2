import { ZSetFacts } from '#lib/contract/home-life.ts';
import { setFacts as writeFacts } from '#server/analytics/comparison.ts';
import { residentProcedure } from '#server/api/trpc.ts';

/** Persons, area, and whether to take part in comparisons. */
export const setFacts = residentProcedure.input(ZSetFacts).mutation(({ ctx, input }) => {
  const { placeId, ...facts } = input;
  return ctx.withOrgSql((client) => writeFacts(client, { caller: ctx.caller, placeId, facts }));
});
