import { router } from '#server/api/trpc.ts';
import { getMe } from './get-me.ts';

export const accountRouter = router({ getMe });
