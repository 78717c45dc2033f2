/**
 * Radio and hand at the same meter: a telegram never takes typed digits away, and a later radio
 * value of a typed meter is offered, taken and kept beside the typed one.
 */
import { expect, test, type Page } from '@playwright/test';
import { makeHandRound } from './support/hand-round.ts';
import { PEOPLE, ready, setLocale, signIn } from './support/world.ts';

test.use({ viewport: { width: 390, height: 844 }, serviceWorkers: 'block' });

const digitsBefore = async (page: Page): Promise<string> => {
  await page.locator('.was').first().waitFor();
  return (await page.locator('.was').allTextContents()).join('');
};

async function practise(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Listen' }).click();
  await page.getByRole('button', { name: /Practice receiver/ }).click();
  await expect(page.getByText('Receiver ready')).toBeVisible();
}

const openRow = async (page: Page, nth: number): Promise<void> => {
  await page.locator('button.grid').click();
  await page.locator('a.row').nth(nth).click();
};

test('a later radio value is offered; typed digits survive a telegram', async ({
  context,
  page,
}) => {
  // A round of its own: what other tests read of the town's is none of this one's business.
  const round = await makeHandRound(0, 20, true);
  await setLocale(context, 'en');
  await signIn(page, PEOPLE.reader, '/field');
  await ready(page);
  await page.route('**/api/sync/push', (route) => route.abort());
  await page.getByRole('link', { name: new RegExp(round.house) }).click();
  await page.getByRole('button', { name: 'Type' }).click();
  // Seven of the smallest steps more than last time: plausible, and never what the radio says.
  const before = await digitsBefore(page);
  await page.keyboard.type(String(Number(before) + 7).padStart(before.length, '0'));
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/field\/round\/\d+$/);
  await expect(page.locator('.tile[data-state="hand"]')).toHaveCount(1);

  await practise(page);
  await openRow(page, 0);
  const offer = page.getByText(/The radio said .* later, at/);
  await expect(offer).toBeVisible({ timeout: 30_000 });
  await page.getByRole('button', { name: 'Take the radio’s' }).click();
  await page.waitForURL(/\/field\/round\/\d+$/);
  // One of the first of the round, so that it is heard soon; typing begins before it is.
  await openRow(page, 19);
  await page.keyboard.type('00');
  await expect(page.getByText(/The radio brought .* It is kept\./)).toBeVisible({
    timeout: 60_000,
  });
  await expect(page.locator('.cell').nth(1)).toHaveText('0');
  await page.getByRole('link', { name: 'Radio is enough' }).click();
  await page.waitForURL(/\/field\/round\/\d+$/);
  await openRow(page, 0);
  await expect(page.getByText(/^radio, /)).toBeVisible();

  // Both records of the first meter are here: nothing was overwritten.
  await page.getByRole('link', { name: 'Back' }).click();
  await page.goto('/field/outbox');
  await ready(page);
  const kept = page.getByText(/^Reading /);
  await expect.poll(() => kept.count()).toBeGreaterThanOrEqual(3);
});
