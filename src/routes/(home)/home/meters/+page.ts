import { ask } from '../ask.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async (event) => {
  const [meters, home] = await Promise.all([
    ask(event, 'meters', (api) => api.home.listMeters.query({})),
    ask(event, 'home', (api) => api.home.getHome.query({})),
  ]);
  return { meters, home };
};
