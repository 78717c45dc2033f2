import { ZReadingAsk } from '#lib/contract/home-charts.ts';
import { readProof } from '#server/analytics/calendar.ts';
import { residentProcedure } from '#server/api/trpc.ts';

/** Where one number came from, down to the bytes (X16). */
export const getReading = residentProcedure.input(ZReadingAsk).query(({ ctx, input }) => {
  const masterKey = ctx.app.config.KILTER_MASTER_KEY;
  return ctx.withOrgSql((client) => readProof(client, { caller: ctx.caller, masterKey }, input));
});
