/**
 * The reader's map: houses as points without any tile and without a network, the way to the next
 * one, the drawing of a house down to a meter; the desk sets where a house stands.
 */
import { expect, test, type Page } from '@playwright/test';
import { takeReadersPhone } from './support/field-phone.ts';
import { makeHandRound } from './support/hand-round.ts';
import { operator } from './support/vector-round.ts';
import { PEOPLE, ready, setLocale, signIn, theApp } from './support/world.ts';

test.use({ viewport: { width: 390, height: 844 } });

/** The numbers on the map's points: what is left at each house. */
const left = (page: Page) => page.locator('.map-point text').allTextContents();

test('the desk taps a place; the reader walks there offline', async ({ browser }) => {
  const round = await makeHandRound(0, 3);
  const { orgId } = await operator();
  const house = await theApp().db.withOrg(orgId, (tx) =>
    tx.place.findFirstOrThrow({ where: { address: round.house, kind: 'house' } }),
  );

  const desk = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  await setLocale(desk, 'en');
  const office = await desk.newPage();
  await signIn(office, PEOPLE.operator, `/desk/points/place/${house.id}`);
  await ready(office);
  await office.getByLabel('Latitude, degrees').fill('91');
  await office.getByLabel('Longitude, degrees').fill('48.95');
  await office.getByRole('button', { name: 'Keep the place' }).click();
  await expect(office.getByRole('alert')).toContainText('This is no place');
  await office.getByLabel('Latitude, degrees').fill('55.8200');
  await office.getByRole('button', { name: 'Keep the place' }).click();
  await expect(office.getByRole('status')).toHaveText('The place is kept');
  const map = office.getByRole('application');
  await map.click({ position: { x: 200, y: 150 } });
  await expect(office.getByLabel('Latitude, degrees')).not.toHaveValue('55.8200');
  await office.getByRole('button', { name: 'Keep the place' }).click();
  await expect(office.getByRole('status')).toHaveText('The place is kept');
  await desk.close();

  const context = await browser.newContext({
    viewport: { width: 390, height: 844 },
    geolocation: { latitude: 55.81, longitude: 48.95, accuracy: 12 },
    permissions: ['geolocation'],
  });
  const phone = await context.newPage();
  await takeReadersPhone(context, phone, round);
  await phone.goto(`/field/round/${round.roundId}`);
  await ready(phone);
  await phone.getByRole('link', { name: 'Map and floor plan' }).click();
  await expect(phone.locator('.map-point text')).toHaveText(['3']);
  await context.setOffline(true);
  await phone.reload();
  await ready(phone);
  await expect.poll(() => left(phone)).toEqual(['3']);
  const row = phone.getByRole('link', { name: new RegExp(round.house) });
  await expect(row).toContainText('0 of 3, 3 left');
  await expect(row).toContainText('The next meter is here');
  await phone.getByRole('button', { name: 'Where am I' }).click();
  await expect(phone.getByText('Position known to 12 m')).toBeVisible();
  await expect(row).toContainText(/\d+(\.\d)? k?m to the north/);

  await phone.getByRole('button', { name: /0 of 3, 3 left/ }).click();
  await expect(phone.getByRole('heading', { level: 1 })).toHaveText(round.house);
  const cell = phone.locator('.house a').first();
  await expect(phone.locator('.house a')).toHaveCount(3);
  await cell.click();
  await expect(phone).toHaveURL(new RegExp(`/meter/${round.meters[0]!.meterId}$`));
  await context.close();
});

test('pictures come from our own server alone', async ({ browser }) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await signIn(page, PEOPLE.reader, '/field');
  await ready(page);
  expect((await page.request.get('/api/tile')).status()).toBe(204);
  expect((await page.request.get('/api/tile/1/0/0')).status()).toBe(404);
  const blocked = await page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        document.addEventListener('securitypolicyviolation', (event) =>
          resolve(event.effectiveDirective),
        );
        new Image().src = 'https://tiles.invalid/1/0/0.png';
      }),
  );
  expect(blocked).toBe('img-src');
  await context.close();
});
