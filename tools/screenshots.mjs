/**
 * Takes the pictures of docs/screenshots: each main screen, light and dark, Russian and English.
 *
 * It knows addresses and who sees them; it needs a running Kilter with the demo town. Usage:
 * `npm run screenshots [-- --url http://localhost:3000] [--only home]`. Screens that do not answer
 * are named and fail the run.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CHROMIUM_ARGS, findChromium } from './chromium.mjs';
import { demoLinks, signIn } from './demo-people.mjs';
import { ROOT } from './packages.mjs';
import { Trouble, giveUp } from './trouble.mjs';

const OUT = join(ROOT, 'docs/screenshots');
const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 800 };
const THEMES = ['light', 'dark'];
const LOCALES = ['ru', 'en'];

/** `open` is a link to follow after the page was loaded, by its address' beginning. */
const SCREENS = [
  { name: 'sign-in', who: null, path: '/sign-in', size: PHONE },
  { name: 'home', who: 'resident', path: '/home', size: PHONE },
  { name: 'home-charts', who: 'resident', path: '/home/charts', size: PHONE },
  { name: 'home-calendar', who: 'resident', path: '/home/calendar', size: PHONE },
  { name: 'home-compare', who: 'resident', path: '/home/compare', size: PHONE },
  { name: 'home-give-reading', who: 'resident', path: '/home/give-reading', size: PHONE },
  { name: 'field', who: 'reader', path: '/field', size: PHONE },
  { name: 'field-round', who: 'reader', path: '/field', open: '/field/round/', size: PHONE },
  { name: 'install', who: 'tenant', path: '/install', size: PHONE },
  { name: 'desk', who: 'operator', path: '/desk', size: DESK },
];

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://localhost:3000' },
    only: { type: 'string', default: '' },
  },
});

async function photograph(browser, states) {
  const failed = [];
  for (const screen of SCREENS.filter(({ name }) => name.startsWith(values.only))) {
    for (const theme of THEMES) {
      for (const locale of LOCALES) {
        const file = `${screen.name}-${theme}-${locale}.png`;
        const problem = await shoot(browser, { screen, theme, locale, states, file });
        console.log(problem ? `!! ${file}: ${problem}` : file);
        if (problem) failed.push(file);
      }
    }
  }
  if (failed.length > 0) throw new Trouble(`${failed.length} pictures were not taken.`);
}

async function shoot(browser, { screen, theme, locale, states, file }) {
  const context = await browser.newContext({
    viewport: screen.size,
    deviceScaleFactor: 2,
    locale,
    colorScheme: theme,
    reducedMotion: 'reduce',
    ...(screen.who && { storageState: states[screen.who] }),
  });
  await context.addCookies([{ name: 'kilter-locale', value: locale, url: values.url }]);
  await context.addInitScript((name) => localStorage.setItem('kilter-theme', name), theme);
  try {
    const page = await context.newPage();
    const response = await page.goto(`${values.url}${screen.path}`, { waitUntil: 'networkidle' });
    if (!response?.ok()) return `answered ${response?.status()}`;
    if (screen.open) {
      const link = page.locator(`a[href^="${screen.open}"]`).first();
      await link.click({ timeout: 10_000 });
      await page.waitForLoadState('networkidle');
    }
    if (screen.who && page.url().includes('/sign-in')) return 'was sent to sign in';
    await page.evaluate(() => document.fonts.ready);
    await page.screenshot({ path: join(OUT, file) });
    return null;
  } catch (error) {
    return String(error.message).split('\n')[0];
  } finally {
    await context.close();
  }
}

/** Cookies and storage of each signed-in person, so that every link is used once. */
async function signEveryoneIn(browser) {
  const states = {};
  for (const [who, link] of Object.entries(await demoLinks())) {
    const context = await browser.newContext();
    await signIn(await context.newPage(), link);
    states[who] = await context.storageState();
    await context.close();
  }
  return states;
}

try {
  if (!findChromium()) throw new Trouble('No Chromium was found; name one in CHROMIUM.');
  mkdirSync(OUT, { recursive: true });
  const { chromium } = await import('playwright');
  const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_ARGS });
  try {
    await photograph(browser, await signEveryoneIn(browser));
  } finally {
    await browser.close();
  }
} catch (error) {
  giveUp(error);
}
