import { RESOURCES, type Resource } from '#lib/domain/resource.ts';
import { ask } from '../ask.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async (event) => {
  const wanted = event.url.searchParams.get('resource');
  const month = event.url.searchParams.get('month') ?? undefined;
  const home = await ask(event, 'home', (api) => api.home.getHome.query({}));
  const mine = home.data?.resources.map((one) => one.resource) ?? [];
  const first = mine.find((one) => one === 'cold-water') ?? mine[0] ?? 'electricity';
  const resource: Resource = RESOURCES.find((one) => one === wanted) ?? first;
  const [indicators, comparison] = await Promise.all([
    ask(event, 'indicators', (api) => api.home.getIndicators.query({})),
    ask(event, `comparison ${resource} ${month ?? ''}`, (api) =>
      api.home.getComparison.query({ resource, ...(month && { month }) }),
    ),
  ]);
  return { home, indicators, comparison, resource };
};
