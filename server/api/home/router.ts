import { router } from '#server/api/trpc.ts';
import { getHome } from './get-home.ts';

export const homeRouter = router({ getHome });
