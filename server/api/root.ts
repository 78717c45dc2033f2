/** All procedures by domain noun. One line a domain; the tenant walk test iterates over it. */
import { accountRouter } from './account/router.ts';
import { deskRouter } from './desk/router.ts';
import { homeRouter } from './home/router.ts';
import { installRouter } from './install/router.ts';
import { inviteRouter } from './invite/router.ts';
import { readingsRouter } from './readings/router.ts';
import { registryRouter } from './registry/router.ts';
import { createCaller, router } from './trpc.ts';

export const appRouter = router({
  account: accountRouter,
  desk: deskRouter,
  home: homeRouter,
  install: installRouter,
  invite: inviteRouter,
  readings: readingsRouter,
  registry: registryRouter,
});

export type AppRouter = typeof appRouter;
export const callRouter = createCaller(appRouter);
