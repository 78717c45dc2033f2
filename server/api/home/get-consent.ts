import { ZHomeAsk } from '#lib/contract/home.ts';
import { readConsent } from '#server/analytics/own-settings.ts';
import { residentProcedure } from '#server/api/trpc.ts';

/** Whether this person agreed to hourly profiles. */
export const getConsent = residentProcedure
  .input(ZHomeAsk)
  .query(({ ctx, input }) =>
    ctx.withOrgSql((client) => readConsent(client, ctx.caller, input.placeId)),
  );
