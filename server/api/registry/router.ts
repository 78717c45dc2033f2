import { router } from '#server/api/trpc.ts';
import { correctExchange, listExchanges } from './correct-exchange.ts';
import { exchangeMeter } from './exchange-meter.ts';

export const registryRouter = router({ exchangeMeter, listExchanges, correctExchange });
