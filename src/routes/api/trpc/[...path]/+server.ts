import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { appRouter } from '#server/api/root.ts';
import type { RequestHandler } from './$types';

const handle: RequestHandler = ({ request, locals, getClientAddress }) =>
  fetchRequestHandler({
    endpoint: '/api/trpc',
    req: request,
    router: appRouter,
    createContext: () => ({
      app: locals.app,
      caller: locals.caller,
      from: getClientAddress(),
    }),
  });

export const GET = handle;
export const POST = handle;
