/**
 * Takes the pictures of the guide: docs/screenshots/<name>.<theme>.<lang>.png.
 *
 * It knows which screen is shown to whom; it needs a running Kilter with the demo town.
 * Usage: `npm run screenshots -- [--url http://localhost:3000] [--only home-] [--lang ru,en]
 * [--theme dark,sunlight] [--out DIR]`; with --out they are for looking, in any theme asked for.
 * To add a picture, add a row to screenshots.table.mjs.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CHROMIUM_ARGS, findChromium } from './chromium.mjs';
import { demoLinks, signIn } from './demo-people.mjs';
import { ROOT } from './packages.mjs';
import { PICTURES } from './screenshots.table.mjs';
import { Trouble, giveUp } from './trouble.mjs';

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://localhost:3000' },
    only: { type: 'string', default: '' },
    lang: { type: 'string', default: '' },
    theme: { type: 'string', default: '' },
    out: { type: 'string', default: '' },
  },
});
const OUT = values.out || join(ROOT, 'docs/screenshots');
/** What was asked for; the guide has only what its own table names. */
const pick = (chosen, all) =>
  chosen ? chosen.split(',').filter((one) => values.out || all.includes(one)) : all;

/** Signs one person in once; every picture of that person starts from these cookies. */
async function cookiesOf(browser, person) {
  const links = await demoLinks();
  if (!links[person]) throw new Trouble(`There is no demo link for "${person}".`);
  const context = await browser.newContext();
  await signIn(await context.newPage(), links[person]);
  const cookies = await context.cookies();
  await context.close();
  return cookies;
}

async function take(browser, picture, { theme, lang, cookies }) {
  const { name, path, size = [390, 844], scale = 1, act } = picture;
  const context = await browser.newContext({
    viewport: { width: size[0], height: size[1] },
    deviceScaleFactor: scale,
    colorScheme: theme === 'dark' ? 'dark' : 'light',
    reducedMotion: 'reduce',
    // Pictures come from the server as it is, never from an older visit.
    serviceWorkers: 'block',
  });
  await context.addCookies([...cookies, { name: 'kilter-locale', value: lang, url: values.url }]);
  await context.addInitScript((one) => localStorage.setItem('kilter-theme', one), theme);
  const page = await context.newPage();
  await page.goto(values.url + path, { waitUntil: 'networkidle' });
  await page.waitForSelector('html[data-ready]');
  await page.evaluate(() => document.fonts.ready);
  await act?.(page);
  await page.waitForFunction(() => !document.querySelector('.loading'));
  // A bar fixed to the window would lie across the middle of a picture of the whole page.
  if (picture.whole) await page.addStyleTag({ content: '.tabs { position: static !important }' });
  await page.screenshot({
    path: join(OUT, `${name}.${theme}.${lang}.png`),
    fullPage: picture.whole ?? false,
    animations: 'disabled',
  });
  await picture.after?.(page);
  await context.close();
}

try {
  const { chromium } = await import('playwright');
  const executablePath = findChromium();
  if (!executablePath) throw new Trouble('No Chromium was found; name one in CHROMIUM.');
  mkdirSync(OUT, { recursive: true });
  const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS });
  const known = new Map();
  for (const picture of PICTURES.filter(({ name }) => name.startsWith(values.only))) {
    const { person } = picture;
    if (person && !known.has(person)) known.set(person, await cookiesOf(browser, person));
    for (const theme of pick(values.theme, picture.themes ?? ['light', 'dark'])) {
      for (const lang of pick(values.lang, picture.langs ?? ['ru', 'en'])) {
        await take(browser, picture, { theme, lang, cookies: known.get(person) ?? [] });
        console.log(`${picture.name}.${theme}.${lang}.png`);
      }
    }
  }
  await browser.close();
} catch (error) {
  giveUp(error);
}
