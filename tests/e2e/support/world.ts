/**
 * The server that browser tests run against: the real launcher on a throw-away data folder
 * (playwright.config.ts starts it). Tests sign people in and look at what was stored through here.
 */
import type { BrowserContext, Page } from '@playwright/test';
import { createSignInPath } from '#server/access/sign-in.ts';
import { createApp, type App } from '#server/app.ts';
import { readConfig } from '#server/config.ts';
import { must } from '#lib/base/assert.ts';

/** Same defaults as playwright.config.ts. */
export const ORIGIN = `http://localhost:${process.env['KILTER_E2E_PORT'] ?? '58101'}`;

let app: App | undefined;

/** The server's own composition in the test's process, on the same database and secrets. */
export function theApp(): App {
  const folder = must(process.env['KILTER_E2E_DIR'], 'playwright.config.ts names the data folder');
  app ??= createApp(readConfig({ ...process.env, ORIGIN, KILTER_DATA_DIR: folder }));
  return app;
}

export const PEOPLE = {
  operator: 'orlova@kilter.demo',
  reader: 'safin@kilter.demo',
  resident: 'lesnaya14-37@kilter.demo',
  tenant: 'vyselki-5@kilter.demo',
  stranger: 'admin@nordwerk.demo',
} as const;

/** Signs in through the real endpoint with a one-time token made by the server's own code. */
export async function signIn(page: Page, email: string, next = '/'): Promise<void> {
  await page.goto(ORIGIN + (await createSignInPath(theApp(), email, next)));
}

export const setLocale = (context: BrowserContext, locale: 'ru' | 'en' | 'de') =>
  context.addCookies([{ name: 'kilter-locale', value: locale, url: ORIGIN }]);

/** Waits until the page answers taps (the root layout marks it). */
export const ready = (page: Page) => page.waitForSelector('html[data-ready]');

/** The app is installed and its worker answers for this page: the network may go. */
export async function installed(page: Page): Promise<void> {
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await page.reload();
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await ready(page);
}
