/**
 * A phone that cannot hear radio (iPhone, Firefox; X21): the bar leads with what it can do, and the
 * standard round of sixty meters is walked without a network by keypad, code and photograph. Taps
 * are counted against the same round on a phone that hears: at most one more a meter.
 */
import { expect, test, type Browser, type BrowserContext, type Page } from '@playwright/test';
import { encode } from 'uqr';
import { must } from '#lib/base/assert.ts';
import { CHROMIUM_ARGS, findChromium } from '../../tools/chromium.mjs';
import { makeHandRound, MONTHLY, type HandMeter, type HandRound } from './support/hand-round.ts';
import { prepare } from './support/phone.ts';
import { giveCamera } from './support/screen-to-screen.ts';
import { countTaps, type Taps } from './support/tap-count.ts';
import { ORIGIN, ready, theApp } from './support/world.ts';

const executablePath = findChromium();
test.use({
  actionTimeout: 20_000,
  launchOptions: {
    ...(executablePath && { executablePath }),
    args: [...CHROMIUM_ARGS, '--use-fake-ui-for-media-stream'],
  },
});
test.setTimeout(420_000);

const METERS = 60;
const CLOSED = 3;
const BY_CODE = 9;

/** What an iPhone lacks is taken away before the app starts. */
const withoutRadio = (page: Page): Promise<unknown> =>
  page.addInitScript(() => {
    for (const way of ['serial', 'usb', 'bluetooth']) {
      delete (Navigator.prototype as unknown as Record<string, unknown>)[way];
    }
  });

/** Holds the code of a plate before the camera; a white wall without a text. */
async function show(page: Page, text: string): Promise<void> {
  const { data } = text === '' ? { data: [[false]] } : encode(text, { border: 4 });
  const png = await page.evaluate((rows) => {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = rows.length * 8;
    const context = canvas.getContext('2d')!;
    context.fillStyle = '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = '#000';
    rows.forEach((row, y) =>
      row.forEach((dark, x) => dark && context.fillRect(x * 8, y * 8, 8, 8)),
    );
    return canvas.toDataURL('image/png').split(',')[1]!;
  }, data);
  await page.evaluate(
    (held) => (window as unknown as { hold(png: string): Promise<void> }).hold(held),
    png,
  );
}

async function openRound(
  browser: Browser,
  round: HandRound,
  before: (page: Page) => Promise<unknown>,
): Promise<{ context: BrowserContext; page: Page; taps: Taps }> {
  const context = await browser.newContext({
    viewport: { width: 390, height: 844 },
    permissions: ['camera'],
    baseURL: ORIGIN,
  });
  const page = await context.newPage();
  await before(page);
  const taps = await countTaps(page);
  await prepare({ context, page }, round);
  await page.goto(`/field/round/${round.roundId}`);
  await ready(page);
  await page
    .locator('.tile')
    .nth(METERS - 1)
    .waitFor();
  await context.setOffline(true);
  Object.assign(taps, { digits: 0, others: 0 });
  return { context, page, taps };
}

const press = (page: Page, name: string | RegExp) =>
  page
    .getByRole('button', { name, exact: typeof name === 'string' })
    .first()
    .click();

/** The meter on the screen by the number in its bar; typed as one more ordinary month. */
async function typeShown(page: Page, round: HandRound): Promise<HandMeter> {
  const shown = (await page.locator('header .serial').first().textContent()) ?? '';
  const serial = shown.replace(/\D/g, '');
  const meter = must(
    round.meters.find((one) => one.serial === serial),
    `the screen shows a meter of the round, not ${serial}`,
  );
  const keys = page.getByRole('group', { name: 'Digit keys' });
  const digits = String((meter.last + MONTHLY[meter.resource]) * 1000).padStart(8, '0');
  // A thumb finds the first key at once, whatever was said before; the others go faster by wire.
  await keys.getByRole('button', { name: digits[0]!, exact: true }).click();
  await page.keyboard.type(digits.slice(1));
  return meter;
}

async function nobodyHome(page: Page): Promise<void> {
  await press(page, 'Can’t');
  await press(page, 'Nobody home');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
}

async function walkWithRadio(browser: Browser): Promise<Taps> {
  const round = await makeHandRound(0, METERS, true);
  const { context, page, taps } = await openRound(browser, round, async () => undefined);
  for (let i = 0; i < CLOSED; i++) await nobodyHome(page);
  await press(page, 'Listen');
  await press(page, /Practice receiver/);
  const heard = page.locator('.tile[data-state="radio"]');
  // The practice receiver leaves some out, as a house does; they are typed.
  let before = -1;
  for (let n = 0; n > before || n === 0; n = await heard.count()) {
    before = n;
    await page.waitForTimeout(12_000);
  }
  const visited = page.locator('.tile:not([data-state="ahead"], [data-state="next"])');
  for (let n = await visited.count(); n < METERS; n = await visited.count()) {
    await press(page, 'Type');
    await typeShown(page, round);
    await press(page, 'Keep');
    await page.waitForURL(/\/field\/round\/\d+$/);
    await expect.poll(() => visited.count()).toBeGreaterThan(n);
  }
  await context.close();
  return taps;
}

async function walkWithoutRadio(browser: Browser, round: HandRound): Promise<Taps> {
  const { context, page, taps } = await openRound(browser, round, async (one) => {
    await giveCamera(one);
    await withoutRadio(one);
  });
  const bar = page.getByRole('toolbar').getByRole('button');
  await expect(bar).toHaveText(['Type', 'Scan', 'Photo', 'Can’t', 'Listen']);
  for (let i = 0; i < CLOSED; i++) await nobodyHome(page);

  await press(page, 'Type');
  for (let i = CLOSED + BY_CODE; i < METERS; i++) {
    const meter = await typeShown(page, round);
    if (i === METERS - 1) {
      await press(page, 'Photo');
      await show(page, 'a dial');
      await press(page, 'Shoot');
      await page.getByRole('button', { name: /^Use/ }).click({ timeout: 30_000 });
    }
    await press(page, 'Keep');
    // One meter follows the other by itself.
    await expect(page.locator('header .serial').first()).not.toContainText(meter.serial.slice(-4));
  }
  await page.getByRole('link', { name: 'Back' }).first().click();
  await press(page, 'Scan');
  const left = await aheadSerials(page, round);
  // In any order: the last one first.
  for (const serial of left.reverse()) {
    await page.locator('video').waitFor();
    await show(page, serial);
    await page.waitForURL(/by=scan/, { timeout: 30_000 });
    await show(page, '');
    await typeShown(page, round);
    await press(page, 'Keep');
  }
  await page.locator('video').waitFor();
  const walked = { ...taps };

  await page.goto('/field/device');
  await expect(page.getByRole('note')).toContainText('This phone cannot hear radio');
  await expect(page.getByRole('button', { name: /Bluetooth/ })).toHaveCount(0);
  await context.setOffline(false);
  await page.goto('/field/outbox');
  await expect(page.getByText('All received. Nothing is left on the phone.')).toBeVisible({
    timeout: 60_000,
  });
  await context.close();
  return walked;
}

/** Flats that were neither read nor closed, in the order of the round. */
async function aheadSerials(page: Page, round: HandRound): Promise<string[]> {
  const other = await page.context().newPage();
  await other.goto(`/field/round/${round.roundId}?view=list`);
  await ready(other);
  await other.getByText('Ahead', { exact: true }).click();
  const rows = await other.locator('a.row').allTextContents();
  await other.close();
  const bare = rows.map((text) => text.replace(/[\s\u00a0]/g, ''));
  return round.meters
    .filter(({ serial }) => bare.some((text) => text.includes(serial)))
    .map(({ serial }) => serial);
}

test('sixty meters without radio: at most one tap more a meter', async ({ browser }) => {
  const round = await makeHandRound(0, METERS);
  const mute = await walkWithoutRadio(browser, round);
  const heard = await walkWithRadio(browser);
  const extra = (mute.others - heard.others) / METERS;
  console.log(
    `taps other than digits: ${mute.others} without radio, ${heard.others} with; ` +
      `${extra.toFixed(2)} more a meter; typed ${mute.digits} and ${heard.digits} meters`,
  );
  const { rows } = await theApp().db.pool.query<{ state: string; n: number }>(
    'SELECT state, count(*)::int AS n FROM round_stop WHERE round_id = $1 GROUP BY state',
    [round.roundId],
  );
  expect(Object.fromEntries(rows.map(({ state, n }) => [state, n]))).toEqual({
    read: METERS - CLOSED,
    cannot: CLOSED,
  });
  expect(extra).toBeLessThanOrEqual(1);
});
