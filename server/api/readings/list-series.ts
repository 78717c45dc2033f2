import { ZListSeries } from '#lib/contract/readings.ts';
import { pointSeries } from '#server/readings/point-view.ts';
import { accessToPoint } from '#server/registry/access.ts';
import { memberProcedure } from '#server/api/trpc.ts';

/** Readings of a metering point; one a day for residents who did not agree to hourly profiles. */
export const listSeries = memberProcedure.input(ZListSeries).query(({ ctx, input }) =>
  ctx.withOrgSql(async (client) => {
    const now = ctx.app.clock.now();
    const access = await accessToPoint(client, ctx.caller, { pointId: input.pointId, now });
    return pointSeries(client, {
      ...input,
      from: Math.max(input.from, access.from),
      to: Math.max(Math.min(input.to, access.to), access.from),
      resolution: access.hourly ? 'all' : 'day',
    });
  }),
);
