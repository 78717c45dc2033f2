import { ZHomeAsk } from '#lib/contract/home.ts';
import { listMeters as readMeters } from '#server/analytics/meters.ts';
import { residentProcedure } from '#server/api/trpc.ts';

/** Meters of the home with their last reading and what is usual. */
export const listMeters = residentProcedure.input(ZHomeAsk).query(({ ctx, input }) =>
  ctx.withOrgSql((client) =>
    readMeters(client, {
      caller: ctx.caller,
      placeId: input.placeId,
      now: ctx.app.clock.now(),
    }),
  ),
);
