import { ZHomeAsk } from '#lib/contract/home.ts';
import { readIndicators } from '#server/analytics/indicators.ts';
import { residentProcedure } from '#server/api/trpc.ts';

/** The three coefficients of the last thirty days (B-80 to B-82). */
export const getIndicators = residentProcedure.input(ZHomeAsk).query(({ ctx, input }) =>
  ctx.withOrgSql((client) =>
    readIndicators(client, {
      caller: ctx.caller,
      placeId: input.placeId,
      now: ctx.app.clock.now(),
    }),
  ),
);
