/** All procedures by domain noun. One line a domain; the tenant walk test iterates over it. */
import { createCaller, router } from './trpc.ts';

export const appRouter = router({});

export type AppRouter = typeof appRouter;
export const callRouter = createCaller(appRouter);
