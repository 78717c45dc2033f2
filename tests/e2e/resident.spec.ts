/** A resident's day: one number, a bar down to its source, a reading given without a network. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { PEOPLE, ready, setLocale, signIn } from './support/world.ts';

test.use({ viewport: { width: 390, height: 844 } });
test.beforeEach(async ({ context, page }) => {
  await setLocale(context, 'en');
  await signIn(page, PEOPLE.resident, '/home');
  await ready(page);
});

const PAGES = [
  '/home',
  '/home/charts',
  '/home/charts?span=year',
  '/home/calendar',
  '/home/compare',
  '/home/meters',
  '/home/give-reading',
  '/home/more',
  '/home/leak',
];

test('the number is in the page as the server sends it, before any script', async ({ page }) => {
  const html = await (await page.request.get('/home')).text();
  const number = await page.locator('.figure').first().innerText();
  const digits = /\d[\d,.\u00a0]*/.exec(number)![0];
  expect(html).toContain(digits);
  expect(html).toMatch(/rel="preload"[^>]*golos-latin/);
});

for (const theme of ['light', 'dark', 'sunlight']) {
  test(`nothing stands in the way of anybody in ${theme}`, async ({ page }) => {
    test.setTimeout(180_000);
    await page.evaluate((one) => localStorage.setItem('kilter-theme', one), theme);
    for (const path of PAGES) {
      await page.goto(path);
      await ready(page);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${path} ${id} ${nodes[0]?.html}`)).toEqual([]);
    }
  });
}

for (const [width, locale] of [
  [320, 'de'],
  [360, 'ru'],
  [390, 'en'],
] as const) {
  test(`no page moves sideways at ${width} px in ${locale}, at 200 % text too`, async ({
    page,
    context,
  }) => {
    test.setTimeout(180_000);
    await setLocale(context, locale);
    await page.setViewportSize({ width, height: 720 });
    for (const path of PAGES) {
      await page.goto(path);
      await ready(page);
      for (const size of ['100%', '200%']) {
        await page.evaluate((one) => (document.documentElement.style.fontSize = one), size);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(wide, `${path} at ${size}`).toBeLessThanOrEqual(width);
      }
    }
  });
}

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

  await page.getByRole('link', { name: 'Give a reading' }).click();
  await page.locator('button.row').first().click();
  const before = await page.locator('.drum .was').allInnerTexts();
  await page.keyboard.type(before.join(''));
  await page.getByRole('button', { name: /Send|Keep it/ }).click();
  await expect(page.getByText('The reading is on this phone')).toBeVisible();
  await context.setOffline(false);
  await page.goto('/home/give-reading');
  await ready(page);
  await expect(page.getByText(/waits? for the network/)).toHaveCount(0);
});
