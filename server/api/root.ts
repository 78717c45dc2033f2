/** All procedures by domain noun. One line a domain; the tenant walk test iterates over it. */
import { accountRouter } from './account/router.ts';
import { installRouter } from './install/router.ts';
import { inviteRouter } from './invite/router.ts';
import { createCaller, router } from './trpc.ts';

export const appRouter = router({
  account: accountRouter,
  install: installRouter,
  invite: inviteRouter,
});

export type AppRouter = typeof appRouter;
export const callRouter = createCaller(appRouter);
