/** A practice round: real screens, marked on each, and not one byte to the server. */
import { expect, test } from '@playwright/test';
import { takePhone } from './support/field-phone.ts';
import { PEOPLE, ready, theApp } from './support/world.ts';

test.use({ viewport: { width: 390, height: 844 } });

const stored = async (): Promise<number> => {
  const { rows } = await theApp().db.pool.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM capture_event',
  );
  return rows[0]!.n;
};

test('practice is marked everywhere, ticks its tasks and sends nothing', async ({
  context,
  page,
}) => {
  await takePhone(context, page, PEOPLE.reader);
  const before = await stored();
  const sent: string[] = [];
  page.on('request', (request) => {
    if (/\/api\/(sync\/push|photo|sync\/rescue)/.test(request.url())) sent.push(request.url());
  });
  await page.goto('/field/training');
  await ready(page);
  await page.getByRole('button', { name: 'Begin the training' }).click();
  const strip = page.getByRole('link', { name: 'Training: nothing is sent' });
  await expect(strip).toBeVisible();
  await expect(page.getByText('0 of 9 done')).toBeVisible();
  await page.getByRole('link', { name: 'To the practice round' }).click();

  await page.getByRole('link', { name: /safety check/ }).click();
  for (const point of await page.locator('main [aria-pressed]').all()) await point.click();
  await expect(strip).toBeVisible();
  await page.getByRole('button', { name: 'I confirm all of it' }).click();
  await expect(page.getByRole('link', { name: /safety check/ })).toBeHidden();

  await page.getByRole('button', { name: 'Listen' }).click();
  await page.getByRole('button', { name: /Practice receiver/ }).click();
  await expect(page.locator('[data-state="radio"]').first()).toBeVisible({ timeout: 20_000 });
  await expect(strip).toBeVisible();

  await page.getByRole('button', { name: /Can.t/ }).click();
  await page.getByRole('button', { name: /dog/i }).click();
  await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible();
  await strip.click();
  await expect(page.locator('li.on')).not.toHaveCount(0);
  await expect(page.getByText(/[23] of 9 done/)).toBeVisible();

  await page.getByRole('button', { name: 'End the training' }).click();
  await expect(strip).toBeHidden();
  await expect(page.getByText('all received')).toBeVisible();
  // That its storage is gone is asserted in training.svelte.test.ts.
  expect(sent).toEqual([]);
  expect(await stored()).toBe(before);
});
