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
  await page.getByRole('link', { name: 'Reading of 1 November' }).click();
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

test('a month has its bands, its year before, and each number a way to its source', async ({
  page,
}) => {
  await page.goto('/home/charts?span=month');
  await ready(page);
  const bands = page.locator('.chart svg rect.band');
  const hatched = page.locator('.chart svg rect[fill$="-forecast)"]');
  expect(await bands.count()).toBe(await hatched.count());
  await page.goto('/home/charts?span=year');
  await ready(page);
  await page.getByRole('link', { name: 'This month by day' }).click();
  await expect(page).toHaveURL(/span=month/);
});

test('who has two homes chooses one, and every screen follows', async ({ page }) => {
  const { pool } = theApp().db;
  const { rows } = await pool.query<{ household_id: number; place_id: number; user_id: string }>(
    `INSERT INTO household_member (household_id, user_id, org_id)
     SELECT h.id, u.id, h.org_id FROM household h JOIN place p ON p.id = h.place_id, "user" u
      WHERE p.address = $1 AND h.to_at IS NULL AND u.email = $2
     RETURNING household_id, user_id`,
    ['Выселки, 7', PEOPLE.resident],
  );
  const made = must(rows[0], 'the demo town has the cottage');
  try {
    await page.goto('/home');
    await ready(page);
    const choice = page.getByRole('combobox', { name: 'Choose the home' });
    await expect(choice.locator('option')).toHaveCount(2);
    expect((await choice.boundingBox())!.height).toBeGreaterThanOrEqual(48);
    await choice.selectOption({ label: 'Выселки, 7' });
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Выселки, 7');
    await page.goto('/home/compare');
    await ready(page);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(
      'Your house and the settlement',
    );
    await expect(page.getByText('There is no temperature sensor here.').first()).toBeVisible();
  } finally {
    await pool.query('DELETE FROM household_member WHERE household_id = $1 AND user_id = $2', [
      made.household_id,
      made.user_id,
    ]);
  }
});

test('a home without meters, and one where nothing came yet, say so', async ({ page }) => {
  const { pool } = theApp().db;
  const { rows } = await pool.query<{ point_id: number }>(
    `WITH home AS (
       SELECT h.place_id, h.org_id FROM household h JOIN place p ON p.id = h.place_id
         JOIN household_member m ON m.household_id = h.id JOIN "user" u ON u.id = m.user_id
        WHERE u.email = $1 AND h.to_at IS NULL)
     INSERT INTO metering_point (org_id, place_id, name, resource, role)
     SELECT org_id, place_id, 'Balcony', 'cold-water', 'consumer' FROM home
     RETURNING id AS point_id`,
    [PEOPLE.resident],
  );
  const { point_id: pointId } = must(rows[0], 'a point was made');
  try {
    await page.goto(`/home/charts?points=${pointId}&span=month`);
    await ready(page);
    await expect(page.getByText('No data for this time')).toBeVisible();
    await page.goto(`/home/calendar?point=${pointId}`);
    await ready(page);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  } finally {
    await pool.query('DELETE FROM metering_point WHERE id = $1', [pointId]);
  }
});

/** What is stored of readings that residents gave by hand since `since`. */
async function givenByHand(since: Date) {
  const { rows } = await theApp().db.pool.query<{
    events: number;
    readings: number;
    photos: number;
  }>(
    `SELECT count(DISTINCT e.id)::int AS events, count(o.event_id)::int AS readings,
            (SELECT count(*)::int FROM photo p WHERE p.created_at >= $1 AND p.complete) AS photos
       FROM capture_event e LEFT JOIN reading_origin o ON o.event_id = e.id
      WHERE e.received_at >= $1 AND e.canonical::jsonb -> 'body' ->> 'source' = 'resident'`,
    [since],
  );
  return must(rows[0], 'an aggregate has one row');
}

test('a reading given offline outlives restart and a lost answer, and is stored once', async () => {
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
  const begun = new Date();

  let { phone, page } = await open(false);
  await signIn(page, PEOPLE.resident, '/home/give-reading');
  await ready(page);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await page.reload();
  await ready(page);
  await page.waitForTimeout(1500);
  await phone.setOffline(true);
  await page.locator('button.row').first().click();
  const before = (await page.locator('.drum .was').allInnerTexts()).join('');
  const typed = String(Number(before) + 3).padStart(before.length, '0');
  await page.keyboard.type(typed);
  const picture = { name: 'dial.png', mimeType: 'image/png', buffer: await page.screenshot() };
  await page.locator('input[type=file]').setInputFiles(picture);
  await expect(page.locator('label img')).toBeVisible();
  // A double tap is one reading.
  await page.getByRole('button', { name: /Send|Keep it/ }).dblclick();
  await expect(page.getByText('The reading is on this phone')).toBeVisible();
  await page.reload();
  await expect(page.getByText(waiting)).toBeVisible();
  await phone.close();

  ({ phone, page } = await open(true));
  await page.goto('/home/give-reading');
  await expect(page.getByText(waiting)).toBeVisible();
  await expect(page.getByText('waits on this phone')).toHaveCount(1);
  expect(await givenByHand(begun)).toEqual({ events: 0, readings: 0, photos: 0 });
  // The first answer is lost on its way back: the server has the reading, the phone not yet knows.
  let pushes = 0;
  await phone.route('**/api/sync/push', async (route) => {
    if (++pushes > 1) return route.continue();
    await route.fetch();
    return route.abort('connectionfailed');
  });
  await phone.setOffline(false);
  const received = page.getByText(/received .* No\. \d+/);
  await expect(received).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText(waiting)).toHaveCount(0);
  expect(pushes).toBeGreaterThan(1);
  await expect
    .poll(() => givenByHand(begun), { timeout: 30_000 })
    .toEqual({ events: 1, readings: 1, photos: 1 });

  await received.click();
  await expect(page).toHaveURL(/\/home\/calendar\/reading/);
  const shown = await page.locator('p.dial').innerText();
  expect(shown.replace(/\D/g, '')).toBe(typed);
  await expect(page.getByText('from resident')).toBeVisible();
  const photo = page.getByRole('img', { name: 'Photo of the dial' });
  await expect
    .poll(() => photo.evaluate((img: HTMLImageElement) => img.naturalWidth))
    .toBeGreaterThan(0);
  await phone.close();
  rmSync(profile, { recursive: true, force: true });
});
