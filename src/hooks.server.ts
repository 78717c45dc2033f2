import { building } from '$app/environment';
import type { Handle } from '@sveltejs/kit';
import { sequence } from '@sveltejs/kit/hooks';
import { paraglideMiddleware } from '#lib/i18n/paraglide/server.js';
import { createApp, type App } from '#server/app.ts';
import { readConfig } from '#server/config.ts';

let app: App | undefined;

/** Builds the App once; during `vite build` there is no database to open. */
const withApp: Handle = ({ event, resolve }) => {
  if (!building) {
    app ??= createApp(readConfig(process.env));
    event.locals.app = app;
    event.locals.caller = null;
  }
  return resolve(event);
};

const withLocale: Handle = ({ event, resolve }) =>
  paraglideMiddleware(event.request, ({ request, locale }) => {
    event.request = request;
    return resolve(event, {
      transformPageChunk: ({ html }) => html.replace('%lang%', locale),
    });
  });

export const handle = sequence(withApp, withLocale);
