/**
 * A meter that is on no list: searched for in vain in a basement without a network, written down
 * with its photograph, killed in the middle, taken back and written again; the desk enters it and
 * its first reading counts.
 */
import { chromium, expect, test, type BrowserContext, type Page } from '@playwright/test';
import { CHROMIUM_ARGS, findChromium } from '../../tools/chromium.mjs';
import { makeHandRound, type HandRound } from './support/hand-round.ts';
import { dropStorage, newStorage, prepare } from './support/phone.ts';
import { ORIGIN, PEOPLE, ready, setLocale, signIn, theApp } from './support/world.ts';

const profile = newStorage();
test.afterAll(() => dropStorage(profile));
test.setTimeout(240_000);

async function openPhone(offline: boolean): Promise<{ phone: BrowserContext; page: Page }> {
  const executablePath = findChromium();
  const media = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
  const phone = await chromium.launchPersistentContext(profile, {
    ...(executablePath && { executablePath }),
    args: [...CHROMIUM_ARGS, ...media],
    permissions: ['camera'],
    viewport: { width: 390, height: 844 },
    baseURL: ORIGIN,
  });
  await setLocale(phone, 'en');
  await phone.setOffline(offline);
  return { phone, page: phone.pages()[0] ?? (await phone.newPage()) };
}

let round: HandRound;
test.beforeAll(async () => {
  round = await makeHandRound(0, 3);
});

const press = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, exact: typeof name === 'string' }).click();
const keepIt = (page: Page) => press(page, 'Keep it');

test('found offline, killed, kept, undone, kept again, entered at the desk', async ({
  browser,
}) => {
  const serial = `F${Date.now() % 1_000_000_000}`;
  let { phone, page } = await openPhone(false);
  await prepare({ context: phone, page }, round);
  await phone.setOffline(true);

  await page.goto(`/field/round/${round.roundId}?view=list`);
  await ready(page);
  await page.getByRole('searchbox').fill(serial);
  await expect(page.getByText('Not in this round')).toBeVisible();
  await press(page, 'Write this meter down');
  // The number came along, and no address in the browser's history carries it.
  await expect(page.getByLabel('Number on its plate')).toHaveValue(serial);
  expect(page.url()).not.toContain(serial);
  await press(page, 'Next');
  await press(page, /flat 2/i);
  await press(page, 'Next');
  await press(page, 'Photo');
  await press(page, 'Shoot');
  await page.getByRole('button', { name: /^Use/ }).click({ timeout: 30_000 });
  for (const digit of '00012345') await press(page, digit);

  // The phone dies here: the begun one goes on where it was.
  await phone.close();
  ({ phone, page } = await openPhone(true));
  await page.goto(`/field/round/${round.roundId}?view=list`);
  await ready(page);
  await press(page, 'I see a meter that is not on the list');
  await expect(page.getByRole('button', { name: 'Photo kept' })).toBeVisible();
  await press(page, 'Next');
  await expect(page.getByText('12.345 m³')).toBeVisible();
  await page.getByLabel('A note, if needed').fill('behind the bath');
  await keepIt(page);
  await expect(page).toHaveURL(`/field/round/${round.roundId}`);
  await press(page, 'Undo');
  await expect(page.getByText(/taken back/)).toBeVisible();

  await page.goto(`/field/round/${round.roundId}?view=list`);
  await ready(page);
  await page.getByRole('searchbox').fill(serial);
  await press(page, 'Write this meter down');
  await press(page, 'Next');
  await page.getByLabel(/the place in your own words/).fill('cellar, left');
  await press(page, 'Next');
  for (const digit of '00012345') await press(page, digit);
  await press(page, 'Next');
  await expect(page.getByText('Without a photo')).toBeVisible();
  await press(page, 'Photo');
  await press(page, 'Shoot');
  await page.getByRole('button', { name: /^Use/ }).click({ timeout: 30_000 });
  await keepIt(page);
  await expect(page.getByText(`meter ${serial} is written down`)).toBeVisible();

  await phone.setOffline(false);
  await page.goto('/field/outbox');
  await expect(page.getByText('All received. Nothing is left on the phone.')).toBeVisible({
    timeout: 30_000,
  });
  await expect(page.getByText(`Meter on no list: ${serial}`).first()).toBeVisible();
  await phone.close();

  const desk = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  await setLocale(desk, 'en');
  const screen = await desk.newPage();
  await signIn(screen, PEOPLE.operator, '/desk/rounds');
  await screen.getByRole('link', { name: /Found meters: [1-9]/ }).click();
  const card = screen.getByRole('article').filter({ hasText: serial });
  await expect(card).toHaveCount(1);
  await expect(card.getByText('cellar, left')).toBeVisible();
  const photo = card.getByRole('img', { name: 'Photo of the found meter' });
  await expect
    .poll(() => photo.evaluate((img: HTMLImageElement) => img.naturalWidth))
    .toBeGreaterThan(100);
  await card.getByRole('button', { name: 'Enter as a new meter' }).click();
  // Words of a place name no flat: the round's house is what the form begins with.
  await expect(card.getByRole('combobox', { name: 'House' })).toHaveValue(round.house);
  await card.getByLabel(/^Flat/).fill('2');
  await card.getByRole('button', { name: 'Enter the meter' }).click();
  await expect(screen.getByText(`Meter ${serial} was entered`)).toBeVisible();
  await screen
    .getByRole('radio', { name: 'Decided' })
    .or(screen.getByText('Decided'))
    .first()
    .click();
  await screen.getByRole('link', { name: serial }).click();
  await expect(screen.getByText('12.345').first()).toBeVisible();
  await desk.close();

  const { rows } = await theApp().db.pool.query<{ value: string; flat: string }>(
    `SELECT r.value::text, l.name AS flat FROM meter m JOIN reading r ON r.meter_id = m.id
       JOIN installation i ON i.meter_id = m.id JOIN metering_point p ON p.id = i.point_id
       JOIN place l ON l.id = p.place_id WHERE m.serial = $1`,
    [serial],
  );
  expect(rows).toEqual([{ value: '12345', flat: '2' }]);
});
