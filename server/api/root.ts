/** All procedures by domain noun. One line a domain; the tenant walk test iterates over it. */
import { accountRouter } from './account/router.ts';
import { deskRouter } from './desk/router.ts';
import { foundRouter } from './found/router.ts';
import { homeRouter } from './home/router.ts';
import { importsRouter } from './imports/router.ts';
import { installRouter } from './install/router.ts';
import { inviteRouter } from './invite/router.ts';
import { ordersRouter } from './orders/router.ts';
import { plannerRouter } from './planner/router.ts';
import { readingsRouter } from './readings/router.ts';
import { registryRouter } from './registry/router.ts';
import { roundsRouter } from './rounds/router.ts';
import { createCaller, router } from './trpc.ts';

export const appRouter = router({
  account: accountRouter,
  desk: deskRouter,
  found: foundRouter,
  home: homeRouter,
  imports: importsRouter,
  install: installRouter,
  invite: inviteRouter,
  orders: ordersRouter,
  planner: plannerRouter,
  readings: readingsRouter,
  registry: registryRouter,
  rounds: roundsRouter,
});

export type AppRouter = typeof appRouter;
export const callRouter = createCaller(appRouter);
