/**
 * A phone is never handed over with somebody's unsent work on it: signing out is refused with the
 * number of records that are still here, and allowed as soon as the server has them.
 */
import { expect, test } from '@playwright/test';
import { must } from '#lib/base/assert.ts';
import { makeHandRound } from './support/hand-round.ts';
import { PEOPLE, ready, setLocale, signIn } from './support/world.ts';

test.use({ viewport: { width: 390, height: 844 } });

test('signing out with unsent readings is refused, afterwards it works', async ({
  context,
  page,
}) => {
  const round = await makeHandRound(0, 1);
  const meter = must(round.meters[0], 'one meter was asked for');
  await setLocale(context, 'en');
  await signIn(page, PEOPLE.reader, '/field');
  await ready(page);
  await page.getByRole('link', { name: new RegExp(round.house) }).waitFor();
  await page.route('**/api/sync/push', (route) => route.abort());
  await page.goto(`/field/round/${round.roundId}/meter/${meter.meterId}`);
  await ready(page);
  await page.locator('.was').first().waitFor();
  await page.keyboard.type(String((meter.last + 6) * 1000).padStart(8, '0'));
  await page.getByRole('button', { name: 'Keep' }).click();
  await expect(page).toHaveURL(`/field/round/${round.roundId}`);

  const leave = page.getByRole('button', { name: 'Sign out on this device' });
  await page.goto('/account');
  await ready(page);
  await leave.click();
  await expect(page.getByText(/First send what is on this phone: 1 still here/)).toBeVisible();
  await expect(page).toHaveURL('/account');

  await page.unroute('**/api/sync/push');
  await leave.click();
  await expect(page).toHaveURL(/\/sign-in/, { timeout: 20_000 });

  // Who picks up the phone without a network sees no round of the one who left.
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await context.setOffline(true);
  await page.goto('/field');
  await expect(page).toHaveURL(/\/sign-in/);
  await context.setOffline(false);
  await signIn(page, PEOPLE.reader, '/field');
  await expect(page.getByRole('link', { name: new RegExp(round.house) })).toBeVisible();
});
