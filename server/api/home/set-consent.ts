import { ZSetConsent } from '#lib/contract/home-life.ts';
import { setConsent as writeConsent } from '#server/analytics/own-settings.ts';
import { residentProcedure } from '#server/api/trpc.ts';

/** Opens or closes hourly profiles for this person. */
export const setConsent = residentProcedure
  .input(ZSetConsent)
  .mutation(({ ctx, input }) =>
    ctx.withOrgSql((client) =>
      writeConsent(client, { caller: ctx.caller, now: ctx.app.clock.now() }, input),
    ),
  );
