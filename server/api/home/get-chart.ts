import { ZChartAsk } from '#lib/contract/home-charts.ts';
import { readChart } from '#server/analytics/chart.ts';
import { residentProcedure } from '#server/api/trpc.ts';

/** Bars of one or several points by month, day or hour; hours need consent. */
export const getChart = residentProcedure
  .input(ZChartAsk)
  .query(({ ctx, input }) =>
    ctx.withOrgSql((client) =>
      readChart(client, { caller: ctx.caller, now: ctx.app.clock.now() }, input),
    ),
  );
