/**
 * How a resident's page gets its data: from the server, or, without a network, the last answer kept
 * on this phone. Knows no screen. Every `+page.ts` of this folder asks through it.
 */
import { browser } from '$app/environment';
import { redirect } from '@sveltejs/kit';
import { TRPCClientError } from '@trpc/client';
import { createApi, type Api } from '#lib/api/client.ts';
import { HOME_COOKIE } from '#lib/contract/home-cookie.ts';

export type Problem = 'network' | 'home' | 'failed';
/** `storedAt` is set when the data comes from this phone: the screen then shows its age. */
export type Answer<T> =
  | { readonly data: T; readonly storedAt: number | null; readonly problem: null }
  | { readonly data: null; readonly storedAt: null; readonly problem: Problem };

type LoadEvent = { readonly fetch: typeof globalThis.fetch; readonly url: URL };

/** A code of the server's error; undefined when no server answered. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof TRPCClientError)) return undefined;
  return (error.data as { code?: string } | null)?.code;
}

const noHome = (code: string | undefined): boolean => code === 'FORBIDDEN' || code === 'NOT_FOUND';

/**
 * Asks `question` and keeps the answer under `key`. Strangers are sent to sign in; every other
 * trouble comes back as a `problem` that the page draws.
 */
export async function ask<T>(
  event: LoadEvent,
  key: string,
  question: (api: Api) => Promise<T>,
): Promise<Answer<T>> {
  const name = browser ? ofThisHome(key) : key;
  try {
    const data = await question(createApi(event.fetch));
    if (browser) void snapshots().then((s) => s.keep(name, data));
    return { data, storedAt: null, problem: null };
  } catch (error) {
    const code = codeOf(error);
    if (code === 'UNAUTHORIZED') {
      const here = event.url.pathname + event.url.search;
      redirect(303, `/sign-in?next=${encodeURIComponent(here)}`);
    }
    if (noHome(code)) return { data: null, storedAt: null, problem: 'home' };
    if (code || !browser) return { data: null, storedAt: null, problem: 'failed' };
    const kept = await (await snapshots()).recall<T>(name);
    if (kept) return { data: kept.data, storedAt: kept.at, problem: null };
    return { data: null, storedAt: null, problem: 'network' };
  }
}

/** Who has several homes keeps the answers of each apart. */
function ofThisHome(key: string): string {
  const chosen = new RegExp(`(?:^|; )${HOME_COOKIE}=(\\d+)`).exec(document.cookie)?.[1];
  return chosen ? `${key} @${chosen}` : key;
}

// The store of last answers is heavy and no first visit needs it.
const snapshots = () => import('#lib/state/home-snapshots.ts');
