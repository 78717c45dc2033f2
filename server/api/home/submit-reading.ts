import { ZSubmitReading } from '#lib/contract/home-life.ts';
import { submitReading as storeReading } from '#server/analytics/own-settings.ts';
import { residentProcedure } from '#server/api/trpc.ts';

/** A reading given by hand; the same id again changes nothing. */
export const submitReading = residentProcedure.input(ZSubmitReading).mutation(({ ctx, input }) => {
  const { app, caller } = ctx;
  return ctx.withOrgSql((client) =>
    storeReading(client, { caller, app, now: app.clock.now() }, input),
  );
});
