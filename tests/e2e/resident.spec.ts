/** A resident's day: one number, a bar down to its source, a reading given without a network. */
import { chromium, expect, test } from '@playwright/test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { must } from '#lib/base/assert.ts';
import { CHROMIUM_ARGS, findChromium } from '../../tools/chromium.mjs';
import { ORIGIN, PEOPLE, ready, setLocale, signIn, theApp } from './support/world.ts';

test.use({ viewport: { width: 390, height: 844 } });
test.beforeEach(async ({ context, page }) => {
  await setLocale(context, 'en');
  await signIn(page, PEOPLE.resident, '/home');
  await ready(page);
});

test('the number is in the page as the server sends it, before any script', async ({ page }) => {
  const html = await (await page.request.get('/home')).text();
  const number = await page.locator('.figure').first().innerText();
  const digits = /\d[\d,.\u00a0]*/.exec(number)![0];
  expect(html).toContain(digits);
  expect(html).toMatch(/rel="preload"[^>]*golos-latin/);
});

test('the month shows the average of the house as a line', async ({ page }) => {
  await page.goto('/home/charts?span=month');
  await ready(page);
  await expect(page.locator('svg path.average').first()).toHaveAttribute('d', /^M[\d.]+.*L/);
  await expect(page.locator('.chart svg rect').nth(10)).toBeAttached();
});

test('the year shows last year as a line with hollow points', async ({ page }) => {
  await page.goto('/home/charts?span=year');
  await ready(page);
  await expect(page.locator('svg path.year').first()).toHaveAttribute('d', /^M[\d.]+.*L/);
  expect(await page.locator('svg circle.hollow').count()).toBeGreaterThan(2);
});

test('several meters stand in one chart, each in its own colour and pattern', async ({ page }) => {
  await page.goto('/home/charts?span=month');
  await ready(page);
  await page.getByRole('button', { name: 'Choose meters' }).click();
  const boxes = page.getByRole('checkbox');
  for (const box of (await boxes.all()).slice(0, 3)) await box.check();
  await page.getByRole('dialog').getByRole('button').last().click();
  await expect(page).toHaveURL(/points=\d+(%2C|,)\d+/);
  const fills = () =>
    page
      .locator('.chart svg g rect')
      .evaluateAll((bars) => [...new Set(bars.map((bar) => bar.getAttribute('fill')))].length);
  await expect.poll(fills).toBeGreaterThan(1);
});

test('the comparison needs fifteen homes, and goes when the person hides it', async ({ page }) => {
  await page.goto('/home/compare?resource=electricity');
  await ready(page);
  const homes = page.getByText('Similar homes').locator('..').getByText(/^\d+$/);
  expect(Number(await homes.first().innerText())).toBeGreaterThanOrEqual(15);
  await page.getByRole('button', { name: 'Hide the comparison' }).click();
  await expect(page.getByText('The comparison is hidden')).toBeVisible();
  await page.getByRole('button', { name: 'Take part in the comparison' }).click();
  await page.getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('The comparison is hidden')).toHaveCount(0);
});

test('a bar leads to its day, its reading and the source', async ({ page }) => {
  await page.goto('/home/charts?span=month');
  await ready(page);
  await page.getByRole('slider').first().focus();
  await page.keyboard.press('Home');
  await expect(page.locator('.read')).toContainText(/1 \w+/);
  await page.getByRole('link', { name: 'Reading of this day' }).click();
  await expect(page).toHaveURL(/\/home\/calendar/);
  await page.getByRole('link', { name: 'Where this number comes from' }).click();
  await expect(page.getByText('How it came')).toBeVisible();
});

test('without a network the last data stay, and a reading waits for it', async ({
  page,
  context,
}) => {
  await page.evaluate(() => navigator.serviceWorker.ready);
  for (const path of ['/home/meters', '/home/give-reading', '/home']) {
    await page.goto(path);
    await ready(page);
    // What was seen is kept a moment after it is shown.
    await page.waitForTimeout(1500);
  }
  await page.getByRole('link', { name: 'Meters' }).click();
  await expect(page.locator('article').first()).toBeVisible();
  await page.getByRole('link', { name: 'Home' }).click();
  await expect(page.locator('.figure').first()).toBeVisible();
  await page.waitForTimeout(1500);
  const number = await page.locator('.figure').first().innerText();
  await context.setOffline(true);
  await page.reload();
  await ready(page);
  await expect(page.getByText('No network. The last data kept on this phone')).toBeVisible();
  await expect(page.locator('.figure').first()).toHaveText(number);
});

/** Batches that residents sent by hand, with the number of their rows. */
async function givenByHand(): Promise<{ batches: number; readings: number }> {
  const { rows } = await theApp().db.pool.query<{ batches: number; readings: number }>(
    `SELECT count(*)::int AS batches, coalesce(sum(b.n_new), 0)::int AS readings
       FROM ingest_batch b JOIN ingest_source s ON s.id = b.source_id WHERE s.kind = 'resident'`,
  );
  return must(rows[0], 'an aggregate has one row');
}

test('a reading given offline outlives reload and restart, and is stored once', async () => {
  const profile = mkdtempSync(join(tmpdir(), 'kilter-resident-'));
  const executablePath = findChromium();
  const open = async (offline: boolean) => {
    const phone = await chromium.launchPersistentContext(profile, {
      ...(executablePath && { executablePath }),
      args: [...CHROMIUM_ARGS],
      viewport: { width: 390, height: 844 },
      baseURL: ORIGIN,
    });
    await setLocale(phone, 'en');
    await phone.setOffline(offline);
    return { phone, page: phone.pages()[0] ?? (await phone.newPage()) };
  };
  const waiting = /waits? for the network/;
  const before = await givenByHand();

  let { phone, page } = await open(false);
  await signIn(page, PEOPLE.resident, '/home/give-reading');
  await ready(page);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await page.reload();
  await ready(page);
  await page.waitForTimeout(1500);
  await phone.setOffline(true);
  await page.locator('button.row').first().click();
  const digits = await page.locator('.drum .was').allInnerTexts();
  await page.keyboard.type(digits.join(''));
  await page.getByRole('button', { name: /Send|Keep it/ }).click();
  await expect(page.getByText('The reading is on this phone')).toBeVisible();
  await page.reload();
  await expect(page.getByText(waiting)).toBeVisible();
  await phone.close();

  ({ phone, page } = await open(true));
  await page.goto('/home/give-reading');
  await expect(page.getByText(waiting)).toBeVisible();
  expect(await givenByHand()).toEqual(before);
  await phone.setOffline(false);
  await expect(page.getByText(waiting)).toHaveCount(0, { timeout: 15_000 });
  await page.reload();
  await ready(page);
  await phone.close();
  rmSync(profile, { recursive: true, force: true });
  const after = await givenByHand();
  expect(after.batches).toBe(before.batches + 1);
  expect(after.readings - before.readings).toBeLessThanOrEqual(1);
});
