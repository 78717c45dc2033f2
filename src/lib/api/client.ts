/**
 * The typed way from a page to the server. Knows the transport only; errors become words in
 * lib/state. Pages and lib/state call it; lib/ui never does.
 */
import { createTRPCClient, httpBatchLink, type TRPCClient } from '@trpc/client';
import superjson from 'superjson';
import type { AppRouter } from '#server/api/root.ts';

export type Api = TRPCClient<AppRouter>;

/** `fetch` is Kit's own inside load functions, so that server rendering reuses the answer. */
export const createApi = (fetch: typeof globalThis.fetch): Api =>
  createTRPCClient<AppRouter>({
    links: [
      httpBatchLink({
        url: '/api/trpc',
        transformer: superjson,
        fetch: (input, init) => fetch(input as RequestInfo | URL, init as RequestInit),
      }),
    ],
  });
