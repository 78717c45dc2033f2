import { router } from '#server/api/trpc.ts';
import { exchangeMeter } from './exchange-meter.ts';

export const registryRouter = router({ exchangeMeter });
