import { ask } from '../ask.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async (event) => ({
  home: await ask(event, 'home', (api) => api.home.getHome.query({})),
});
