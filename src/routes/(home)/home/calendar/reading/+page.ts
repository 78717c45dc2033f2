import { ask } from '../../ask.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async (event) => {
  const pointId = Number(event.url.searchParams.get('point'));
  const at = Number(event.url.searchParams.get('at'));
  const [home, meters, proof] = await Promise.all([
    ask(event, 'home', (api) => api.home.getHome.query({})),
    ask(event, 'meters', (api) => api.home.listMeters.query({})),
    ask(event, `reading ${pointId} ${at}`, (api) => api.home.getReading.query({ pointId, at })),
  ]);
  return { meters, proof, zone: home.data?.zone ?? 'UTC' };
};
