import { ZSetColour } from '#lib/contract/home-life.ts';
import { setColour as writeColour } from '#server/analytics/own-settings.ts';
import { residentProcedure } from '#server/api/trpc.ts';

/** The colour of one point in charts (B-84). */
export const setColour = residentProcedure
  .input(ZSetColour)
  .mutation(({ ctx, input }) => ctx.withOrgSql((client) => writeColour(client, ctx.caller, input)));
