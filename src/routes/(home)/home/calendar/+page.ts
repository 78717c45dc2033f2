import { ask } from '../ask.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async (event) => {
  const { searchParams } = event.url;
  const meters = await ask(event, 'meters', (api) => api.home.listMeters.query({}));
  const pointId = Number(searchParams.get('point')) || meters.data?.[0]?.pointId;
  const month = searchParams.get('month') ?? undefined;
  return {
    meters,
    pointId: pointId ?? null,
    day: searchParams.get('day'),
    calendar: pointId
      ? await ask(event, `calendar ${pointId} ${month ?? ''}`, (api) =>
          api.home.getCalendar.query({ pointId, ...(month && { month }) }),
        )
      : null,
  };
};
