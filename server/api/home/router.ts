import { router } from '#server/api/trpc.ts';
import { getChart } from './get-chart.ts';
import { getHome } from './get-home.ts';

export const homeRouter = router({ getHome, getChart });
