/**
 * The server the browser tests run against: a throw-away PostgreSQL with the demo town, and the
 * built app on a free port. Made once a run by global-setup.ts; tests reach it through here.
 */
import type { BrowserContext, Page } from '@playwright/test';
import { createApp, type App } from '#server/app.ts';
import { createSignInPath } from '#server/access/sign-in.ts';
import { readConfig } from '#server/config.ts';
import { must } from '#lib/base/assert.ts';

export const ORIGIN = (): string => must(process.env['ORIGIN'], 'global-setup.ts has not run');

let app: App | undefined;
/** The same composition as the server's, in the test's process: to look at what was stored. */
export const theApp = (): App => (app ??= createApp(readConfig(process.env)));

export const PEOPLE = {
  operator: 'orlova@kilter.demo',
  reader: 'safin@kilter.demo',
  resident: 'lesnaya14-37@kilter.demo',
  tenant: 'vyselki-5@kilter.demo',
  stranger: 'admin@nordwerk.demo',
} as const;

/** Signs in through the real endpoint with a one-time token made by the server's own code. */
export async function signIn(page: Page, email: string, next = '/'): Promise<void> {
  await page.goto(ORIGIN() + (await createSignInPath(theApp(), email, next)));
}

export async function setLocale(context: BrowserContext, locale: 'ru' | 'en' | 'de') {
  await context.addCookies([{ name: 'kilter-locale', value: locale, url: ORIGIN() }]);
}

/** Waits until the page answers taps (root layout marks it). */
export const ready = (page: Page) => page.waitForSelector('html[data-ready]');
