import { building } from '$app/environment';
import { svelteKitHandler } from 'better-auth/svelte-kit';
import { redirect, type Handle } from '@sveltejs/kit';
import { sequence } from '@sveltejs/kit/hooks';
import { startOf } from '#lib/domain/start.ts';
import { paraglideMiddleware } from '#lib/i18n/paraglide/server.js';
import { findCaller } from '#server/access/caller.ts';
import { createApp, type App } from '#server/app.ts';
import { readConfig } from '#server/config.ts';
import { compressed } from '#server/entry/compress.ts';
import { startFindings } from '#server/jobs/findings.ts';
import { startPending } from '#server/jobs/pending.ts';
import { startUpkeep } from '#server/jobs/upkeep.ts';

let app: App | undefined;

function openApp(): App {
  const opened = createApp(readConfig(process.env));
  const log = (text: string) => console.error(text);
  startUpkeep(opened, log);
  startPending(opened, log);
  startFindings(opened, log);
  return opened;
}

/** Builds the App once and finds out who is asking; `vite build` has no database to open. */
const withApp: Handle = async ({ event, resolve }) => {
  event.locals.caller = null;
  if (building) return resolve(event);
  app ??= openApp();
  event.locals.app = app;
  if (event.url.pathname.startsWith('/api/auth/')) {
    // Counters are kept by client address; only we may say what it is.
    event.request.headers.set('x-kilter-client', event.getClientAddress());
    const answer = await svelteKitHandler({ event, resolve, auth: app.auth, building });
    // Links are opened by people: a refusal must be a page with words, not JSON.
    const isLink = event.url.pathname.endsWith('/magic-link/verify');
    if (isLink && answer.status === 429) redirect(303, '/sign-in/link?error=too_many');
    return answer;
  }
  const wanted = Number(event.cookies.get('kilter-org')) || null;
  event.locals.caller = await findCaller(app, event.request.headers, wanted);
  if (event.url.pathname === '/') redirect(303, startOf(event.locals.caller?.roles ?? []));
  return resolve(event);
};

const withLocale: Handle = ({ event, resolve }) =>
  paraglideMiddleware(event.request, ({ request, locale }) => {
    event.request = request;
    return resolve(event, {
      transformPageChunk: ({ html }) => html.replace('%lang%', locale),
      preload: ({ type }) => type === 'js' || type === 'css',
    });
  });

const withHeaders: Handle = async ({ event, resolve }) => {
  const response = await resolve(event);
  response.headers.set('X-Content-Type-Options', 'nosniff');
  response.headers.set('Referrer-Policy', 'same-origin');
  response.headers.set('X-Frame-Options', 'DENY');
  return compressed(event.request, response);
};

export const handle = sequence(withHeaders, withLocale, withApp);
