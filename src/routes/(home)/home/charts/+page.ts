import type { ChartAsk } from '#lib/contract/home-charts.ts';
import { ask } from '../ask.ts';
import type { PageLoad } from './$types';

const SPANS: readonly ChartAsk['span'][] = ['year', 'month', 'day', 'profile'];

export const load: PageLoad = async (event) => {
  const { searchParams } = event.url;
  const meters = await ask(event, 'meters', (api) => api.home.listMeters.query({}));
  const wanted = (searchParams.get('points') ?? '').split(',').map(Number).filter(Boolean);
  const first = meters.data?.[0]?.pointId;
  const pointIds = wanted.length ? wanted.slice(0, 8) : first ? [first] : [];
  const span = SPANS.find((one) => one === searchParams.get('span')) ?? 'month';
  const anchor = searchParams.get('anchor') ?? undefined;
  const question: ChartAsk = { pointIds, span, ...(anchor && { anchor }) };
  // A day's bar leads to the reading behind it, so the month comes with its readings.
  const only = span === 'month' && pointIds.length === 1 ? pointIds[0] : undefined;
  const month = anchor?.slice(0, 7);
  const key = `chart ${pointIds.join(',')} ${span} ${anchor ?? ''}`;
  const [chart, calendar] = await Promise.all([
    pointIds.length ? ask(event, key, (api) => api.home.getChart.query(question)) : null,
    only
      ? ask(event, `calendar ${only} ${month ?? ''}`, (api) =>
          api.home.getCalendar.query({ pointId: only, ...(month && { month }) }),
        )
      : null,
  ]);
  return { meters, pointIds, span, chart, calendar: calendar?.data ?? null };
};
