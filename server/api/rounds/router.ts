/** What a reader's phone asks about rounds; sending goes through /api/sync. */
import { router } from '#server/api/trpc.ts';
import { getRoundPackage } from './get-round-package.ts';
import { listMyRounds } from './list-my-rounds.ts';
import { registerDevice } from './register-device.ts';

export const roundsRouter = router({ getRoundPackage, listMyRounds, registerDevice });
