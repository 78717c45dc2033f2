import { ZHomeAsk } from '#lib/contract/home.ts';
import { readHome } from '#server/analytics/home.ts';
import { residentProcedure } from '#server/api/trpc.ts';

/** The home screen: one number in money with its range, comparisons, alert, resources. */
export const getHome = residentProcedure.input(ZHomeAsk).query(({ ctx, input }) =>
  ctx.withOrgSql((client) =>
    readHome(client, {
      caller: ctx.caller,
      placeId: input.placeId,
      now: ctx.app.clock.now(),
    }),
  ),
);
