/**
 * A meter is exchanged in a basement without a network; the browser is killed in the middle. With
 * the network back the desk sees the new meter, the resident's chart has no spike. And an order
 * goes from the desk to the phone and its result back.
 */
import { chromium, expect, test, type BrowserContext, type Page } from '@playwright/test';
import { must } from '#lib/base/assert.ts';
import { civilDate, civilMonth, startOfDay } from '#lib/base/civil.ts';
import { DAY_MS } from '#lib/base/interval.ts';
import { CHROMIUM_ARGS, findChromium } from '../../tools/chromium.mjs';
import { letResidentIn } from './support/flat-resident.ts';
import { makeHandRound, MONTHLY, type HandRound } from './support/hand-round.ts';
import { dropStorage, newStorage, prepare } from './support/phone.ts';
import { sign } from './support/signature.ts';
import { installed, ORIGIN, PEOPLE, ready, setLocale, signIn, theApp } from './support/world.ts';

const profile = newStorage();
test.afterAll(() => dropStorage(profile));
test.setTimeout(240_000);

/** The same phone again and again: one profile, with a camera. */
async function openPhone(offline: boolean): Promise<{ phone: BrowserContext; page: Page }> {
  const executablePath = findChromium();
  const phone = await chromium.launchPersistentContext(profile, {
    ...(executablePath && { executablePath }),
    args: [
      ...CHROMIUM_ARGS,
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
    ],
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

const next = (page: Page) => page.getByRole('button', { name: 'Next', exact: true });
const title = (page: Page, name: string) => page.getByRole('heading', { name, level: 2 });

async function type(page: Page, digits: string): Promise<void> {
  for (const key of digits) await page.getByRole('button', { name: key, exact: true }).click();
}

async function shoot(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Photo', exact: true }).click();
  await page.getByRole('button', { name: 'Shoot', exact: true }).click();
  await page.getByRole('button', { name: /^Use/ }).click({ timeout: 30_000 });
}

const oldEnd = (last: number): string =>
  `${String(last + MONTHLY['cold-water']).padStart(5, '0')}500`;

test('exchange offline, killed in the middle, kept, undone, kept again, seen by all', async ({
  browser,
}) => {
  const meter = must(round.meters[0], 'a water meter');
  const fresh = `9${Date.now() % 10_000_000}`;
  let { phone, page } = await openPhone(false);
  await prepare({ context: phone, page }, round);
  await phone.setOffline(true);

  await page.goto(`/field/round/${round.roundId}/meter/${meter.meterId}`);
  await ready(page);
  await page.getByRole('link', { name: 'Exchange this meter' }).click();
  await expect(title(page, 'Is this the one to take off?')).toBeVisible();
  await expect(next(page)).toBeDisabled();
  await page.getByRole('button', { name: 'Yes, the number is right' }).click();
  await next(page).click();
  await type(page, oldEnd(meter.last));
  await expect(next(page)).toBeDisabled();
  await shoot(page);
  await next(page).click();
  await page.getByRole('button', { name: 'verification due' }).click();
  await next(page).click();
  await page.getByLabel('Number on its plate').fill(fresh);
  await expect(next(page)).toBeEnabled();
  // The draft is written behind the screen; a battery may be pulled right after.
  await page.waitForTimeout(500);
  await phone.close();

  ({ phone, page } = await openPhone(true));
  await page.goto('/field');
  await ready(page);
  await page.getByRole('link', { name: /Exchange not finished/ }).click();
  await expect(title(page, 'First value of the new one')).toBeVisible();
  await expect(next(page)).toBeDisabled();
  await type(page, '00000017');
  await shoot(page);
  await next(page).click();
  await page.getByLabel('Seal number').first().fill('S-1001');
  await page.getByRole('button', { name: 'Add' }).click();
  await next(page).click();
  await sign(page, 'Who exchanged it');
  await page.getByRole('button', { name: 'nobody home' }).click();
  await next(page).click();
  await expect(page.getByText(/On the bill: .*No jump\./)).toBeVisible();
  await page.getByRole('button', { name: 'Keep the exchange' }).click();
  await expect(page.getByText('new, start value kept')).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText('new, start value kept')).toHaveCount(0);

  await exchangeAgain(page, { url: `/field/round/${round.roundId}/meter/${meter.meterId}`, fresh });
  await expect(page.getByText('new, start value kept')).toBeVisible();
  await page.getByRole('link', { name: new RegExp(fresh.slice(-4)) }).click();
  await page.getByRole('button', { name: 'Type again' }).click();
  await type(page, '00000117');
  await page.getByRole('button', { name: 'Keep', exact: true }).click();
  await page.waitForURL(/\/round\/\d+$/);

  await phone.setOffline(false);
  await page.goto('/field/outbox');
  await expect(page.getByText('All received. Nothing is left on the phone.')).toBeVisible({
    timeout: 30_000,
  });
  await phone.close();
  await deskSees(await browser.newContext(), meter.meterId, fresh);
  await residentSees(await browser.newContext(), meter.meterId);
});

/** The whole way in one go, as after a mistake. */
async function exchangeAgain(
  page: Page,
  { url, fresh }: { url: string; fresh: string },
): Promise<void> {
  await page.goto(`${url}?do=exchange`);
  await ready(page);
  await page.getByRole('button', { name: 'Yes, the number is right' }).click();
  await next(page).click();
  await type(page, oldEnd(must(round.meters[0], 'a meter').last));
  await shoot(page);
  await next(page).click();
  await page.getByRole('button', { name: 'verification due' }).click();
  await next(page).click();
  await page.getByLabel('Number on its plate').fill(fresh);
  await next(page).click();
  await type(page, '00000017');
  await shoot(page);
  await next(page).click();
  await page.getByLabel('Seal number').first().fill('S-1001');
  await page.getByRole('button', { name: 'Add' }).click();
  await next(page).click();
  await sign(page, 'Who exchanged it');
  await sign(page, 'Resident');
  await next(page).click();
  await page.getByRole('button', { name: 'Keep the exchange' }).click();
}

type Hung = { readonly pointId: number; readonly placeId: number; readonly org: number };

async function pointOf(meterId: number): Promise<Hung> {
  const { rows } = await theApp().db.pool.query<Hung>(
    `SELECT mp.id AS "pointId", mp.place_id AS "placeId", mp.org_id AS org FROM installation i
       JOIN metering_point mp ON mp.id = i.point_id WHERE i.meter_id = $1`,
    [meterId],
  );
  return must(rows[0], 'the meter hung somewhere');
}

async function deskSees(context: BrowserContext, meterId: number, fresh: string): Promise<void> {
  await setLocale(context, 'en');
  const page = await context.newPage();
  const { pointId } = await pointOf(meterId);
  await signIn(page, PEOPLE.operator, `/desk/points/${pointId}`);
  await ready(page);
  await expect(page.locator('.hbar').getByText(fresh)).toBeVisible();
  const card = page.getByRole('region', { name: 'Meter exchanges' }).getByRole('article');
  // The first one was undone before it was sent, so the desk never had it.
  await expect(card).toHaveCount(1);
  const inForce = card.filter({ hasText: 'in force' });
  await expect(inForce.getByText('S-1001')).toBeVisible();
  await expect(inForce.getByRole('img', { name: 'Signature of the resident' })).toBeVisible();
  const photo = inForce.getByRole('img', { name: 'Dial of the new one' });
  await expect.poll(() => photo.evaluate((img: HTMLImageElement) => img.naturalWidth)).not.toBe(0);
  await inForce.getByRole('button', { name: 'Correct' }).click();
  await inForce.getByLabel('New one, start').fill('0.016');
  await inForce.getByLabel('Why it is corrected').fill('The photo shows 0.016');
  await inForce.getByRole('button', { name: 'Write the version' }).click();
  await expect(inForce.getByText('2 versions')).toBeVisible();
  await context.close();
}

/** The month is what the registers say went through both meters; no day stands out. */
async function residentSees(context: BrowserContext, meterId: number): Promise<void> {
  const { pointId, placeId, org } = await pointOf(meterId);
  const email = await letResidentIn(org, placeId, `exchange-resident-${meterId}`);
  await setLocale(context, 'en');
  const page = await context.newPage();
  await page.setViewportSize({ width: 390, height: 844 });
  await signIn(page, email, `/home/charts?points=${pointId}&span=month`);
  await ready(page);
  const figure = page.locator('.totals .figure');
  await expect(figure).toContainText('m³');
  const shown = Number.parseFloat(await figure.innerText());
  const { month, day } = await usedAsTyped(meterId);
  // Two decimals are shown, and each day is rounded to the litre.
  expect(Math.abs(shown - month)).toBeLessThan(0.02);
  await page.getByRole('button', { name: /table/i }).first().click();
  const cells = page.getByRole('table').locator('tbody tr td');
  await expect(cells.first()).toBeVisible();
  const days = (await cells.allInnerTexts()).map((text) => Number.parseFloat(text));
  const known = days.filter((one) => Number.isFinite(one));
  expect(known.length).toBeGreaterThan(0);
  expect(Math.min(...known)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...known)).toBeLessThan(2 * day + NEW_USED);
  await context.close();
}

/** Through the new meter, in m³: typed later as 0.117, its start corrected to 0.016. */
const NEW_USED = 0.117 - 0.016;

/**
 * From the values alone, in m³: the old meter's last month is spread evenly up to its end, of which
 * this month holds a part; the new meter's use lies within minutes.
 */
async function usedAsTyped(meterId: number): Promise<{ month: number; day: number }> {
  const { rows } = await theApp().db.pool.query<{ end: Date; before: Date; zone: string }>(
    `SELECT i.to_at AS "end", o.time_zone AS zone,
            (SELECT max(ts) FROM reading WHERE meter_id = $1 AND ts < i.to_at) AS before
       FROM installation i JOIN organisation o ON o.id = i.org_id WHERE i.meter_id = $1`,
    [meterId],
  );
  const { end, before, zone } = must(rows[0], 'the old meter was taken off');
  const [from, to] = [before.getTime(), end.getTime()];
  const month = startOfDay(`${civilMonth(civilDate(to, zone))}-01`, zone);
  const used = MONTHLY['cold-water'] + 0.5;
  const earlier = (MONTHLY['cold-water'] * Math.max(0, from - month)) / (30 * DAY_MS);
  const old = (used * (to - Math.max(from, month))) / (to - from);
  return { month: earlier + old + NEW_USED, day: (used * DAY_MS) / (to - from) };
}

test('an order goes to the phone, is done without a network, and comes back', async ({
  browser,
}) => {
  const meter = must(round.meters[1], 'a second water meter');
  const { pointId } = await pointOf(meter.meterId);
  const desk = await browser.newContext();
  await setLocale(desk, 'en');
  const office = await desk.newPage();
  await signIn(office, PEOPLE.operator, `/desk/points/${pointId}`);
  await ready(office);
  await office.getByRole('button', { name: 'New order' }).click();
  await office.getByLabel('What to do').selectOption({ label: 'Seal' });
  const reader = await theApp().db.prisma.user.findUniqueOrThrow({
    where: { email: PEOPLE.reader },
  });
  await office.getByRole('combobox', { name: 'Reader' }).selectOption({ label: reader.name });
  await office.getByLabel('Note for the reader').fill('The old seal is torn');
  await office.getByRole('button', { name: 'Give the order' }).click();
  await expect(office.getByText('The old seal is torn')).toBeVisible();

  const { phone, page } = await openPhone(false);
  await signIn(page, PEOPLE.reader, '/field');
  await ready(page);
  await installed(page);
  const order = page.getByRole('link', { name: new RegExp(`Seal.*${round.house}`, 's') });
  await order.waitFor({ timeout: 60_000 });
  await phone.setOffline(true);
  await order.click();
  await expect(page.getByText('The old seal is torn')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Keep', exact: true })).toBeDisabled();
  await page.getByLabel('Seal number').fill('S-2002');
  await page.getByRole('button', { name: 'Add' }).click();
  await page.getByLabel('Note').fill('Done at the riser');
  await page.getByRole('button', { name: 'Keep', exact: true }).click();
  await expect(page.getByText(/order “Seal”, done/)).toBeVisible();
  await expect(order).toHaveCount(0);
  await phone.setOffline(false);
  await page.goto('/field/outbox');
  await expect(page.getByText('All received. Nothing is left on the phone.')).toBeVisible({
    timeout: 30_000,
  });
  await phone.close();

  await office.goto('/desk/orders?state=done');
  await ready(office);
  const row = office
    .getByRole('row')
    .filter({ hasText: 'The old seal is torn' })
    .filter({ hasText: round.house });
  await expect(row).toContainText('S-2002');
  await expect(row).toContainText('Done at the riser');
  await desk.close();
});
