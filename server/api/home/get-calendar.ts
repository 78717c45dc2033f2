import { ZCalendarAsk } from '#lib/contract/home-charts.ts';
import { readCalendar } from '#server/analytics/calendar.ts';
import { residentProcedure } from '#server/api/trpc.ts';

/** Day by day: the last reading and what was used (B-79). */
export const getCalendar = residentProcedure
  .input(ZCalendarAsk)
  .query(({ ctx, input }) =>
    ctx.withOrgSql((client) =>
      readCalendar(client, { caller: ctx.caller, now: ctx.app.clock.now() }, input),
    ),
  );
