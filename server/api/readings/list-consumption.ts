import { ZListConsumption } from '#lib/contract/readings.ts';
import { pointConsumption } from '#server/readings/point-view.ts';
import { accessToPoint } from '#server/registry/access.ts';
import { memberProcedure } from '#server/api/trpc.ts';
import { AppError } from '#server/errors.ts';

/** Consumption of a metering point by hour, civil day or month. Hours need consent. */
export const listConsumption = memberProcedure.input(ZListConsumption).query(({ ctx, input }) =>
  ctx.withOrgSql(async (client) => {
    const now = ctx.app.clock.now();
    const access = await accessToPoint(client, ctx.caller, { pointId: input.pointId, now });
    if (input.step === 'hour' && !access.hourly) throw new AppError('forbidden', 'hourly-consent');
    const from = Math.max(input.from, access.from);
    const to = Math.min(input.to, access.to);
    if (to <= from) throw new AppError('not-found', 'Nothing of that time is yours to see.');
    return pointConsumption(client, { ...input, from, to });
  }),
);
