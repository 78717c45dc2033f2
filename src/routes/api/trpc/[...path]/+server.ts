import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { HOME_COOKIE } from '#lib/contract/home-cookie.ts';
import { appRouter } from '#server/api/root.ts';
import type { RequestHandler } from './$types';

const handle: RequestHandler = ({ request, locals, cookies, getClientAddress }) =>
  fetchRequestHandler({
    endpoint: '/api/trpc',
    req: request,
    router: appRouter,
    createContext: () => ({
      app: locals.app,
      caller: locals.caller && {
        ...locals.caller,
        homeId: Number(cookies.get(HOME_COOKIE)) || undefined,
      },
      from: getClientAddress(),
    }),
  });

export const GET = handle;
export const POST = handle;
