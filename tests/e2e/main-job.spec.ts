/**
 * The main job, whole: sixty real telegrams of other people's meters enter an installed, offline
 * app through Web Serial; the page is reloaded and the browser restarted without a network; the
 * network returns; exactly those readings are stored once, the receipt verifies, and the resident
 * of one of those flats sees the value.
 */
import { chromium, expect, test, type BrowserContext, type Page } from '@playwright/test';
import { CHROMIUM_ARGS, findChromium } from '../../tools/chromium.mjs';
import { CDC_IU891A, fakeDongle } from './support/fake-dongle.ts';
import { fakeSerial } from './support/fake-serial.ts';
import { dropStorage, newStorage } from './support/phone.ts';
import { hear, rowTimes } from './support/radio-rows.ts';
import { makeVectorRound, type VectorRound } from './support/vector-round.ts';
import { HAVE_VECTORS, type VectorMeter } from './support/vectors.ts';
import { installed, ORIGIN, PEOPLE, ready, setLocale, signIn, theApp } from './support/world.ts';

const profile = newStorage();
test.afterAll(() => dropStorage(profile));

/** A phone: one browser profile that can be closed and opened again. */
async function openPhone(offline: boolean) {
  const executablePath = findChromium();
  const phone = await chromium.launchPersistentContext(profile, {
    ...(executablePath && { executablePath }),
    args: [...CHROMIUM_ARGS],
    viewport: { width: 390, height: 844 },
    baseURL: ORIGIN,
  });
  await setLocale(phone, 'en');
  await phone.setOffline(offline);
  const page = phone.pages()[0] ?? (await phone.newPage());
  const dongle = fakeDongle('iu891a');
  await fakeSerial(page, dongle.device, CDC_IU891A);
  return { phone, page, dongle };
}

const readTiles = (page: Page) =>
  page.locator('.tile[data-state="radio"], .tile[data-state="now"]');

/**
 * What was captured of the round's meters, as text by radio address. A telegram's stored due dates
 * are readings as well, of their own days.
 */
async function storedValues(round: VectorRound): Promise<Map<string, string[]>> {
  const { rows } = await theApp().db.pool.query<{ radio_id: string; value: string }>(
    `SELECT m.radio_id, r.value::text FROM reading r JOIN meter m ON m.id = r.meter_id
      WHERE m.id = ANY($1) AND r.register = ANY('{1,10,11,12,13}')
        AND r.ts > now() - interval '1 day'`,
    [round.meterIds],
  );
  const found = new Map<string, string[]>();
  for (const { radio_id: id, value } of rows) found.set(id, [...(found.get(id) ?? []), value]);
  return found;
}

/** Litres or watt-hours that the published value stands for, with its own last digit. */
const published = (meter: VectorMeter): number => meter.value * 1000;

test.describe('the main job on real telegrams', () => {
  test.skip(!HAVE_VECTORS, 'shared/vectors is not beside the repository');
  test.setTimeout(240_000);

  let round: VectorRound;
  test.beforeAll(async () => {
    round = await makeVectorRound('Векторная, 1', 60);
  });

  test('radio: bytes offline, row, restart, sync once, receipt, resident', async ({ browser }) => {
    let { phone, page, dongle } = await openPhone(false);
    await signIn(page, PEOPLE.reader, '/field');
    await ready(page);
    const link = `a[href="/field/round/${round.roundId}"]`;
    await page.locator(link).waitFor();
    await installed(page);

    await phone.setOffline(true);
    await page.locator(link).click();
    await page.getByRole('button', { name: 'Listen' }).click();
    await page.getByText('USB receiver or head').click();
    await expect(page.getByText('Receiver ready')).toBeVisible();
    const half = round.meters.slice(0, 30);
    await hear(page, dongle, half);
    await expect(readTiles(page)).toHaveCount(30);
    // The row is drawn from storage, sometimes before the listener has noted when its bytes came.
    await expect.poll(async () => (await rowTimes(page)).length).toBe(30);
    // How fast is told here and held to its limit by `npm run bench -- field`, on a quiet machine.
    const slowest = Math.max(...(await rowTimes(page)).map(({ ms }) => ms));
    console.log(`30 telegrams on their rows, the slowest after ${slowest.toFixed(0)} ms`);

    await page.reload();
    await ready(page);
    await expect(readTiles(page)).toHaveCount(30);
    await phone.close();

    ({ phone, page, dongle } = await openPhone(true));
    await page.goto(`/field/round/${round.roundId}`);
    await ready(page);
    await expect(readTiles(page)).toHaveCount(30);
    await listenAgain(page);
    // Everything is sent again, the first half too: what is kept is not kept twice.
    await hear(page, dongle, round.meters);
    await expect(readTiles(page)).toHaveCount(60);
    expect(await storedValues(round)).toEqual(new Map());

    await phone.setOffline(false);
    await page.goto('/field/outbox');
    await expect(page.getByText('All received. Nothing is left on the phone.')).toBeVisible({
      timeout: 30_000,
    });
    await page.getByRole('button', { name: 'Check the signatures' }).click();
    await expect(page.getByText(/60 signatures are right/)).toBeVisible();
    await phone.close();

    const stored = await storedValues(round);
    for (const meter of round.meters) {
      const values = stored.get(meter.radioId) ?? [];
      expect(values, `${meter.case} stored once`).toHaveLength(1);
      expect(Math.abs(Number(values[0]) - published(meter)), meter.case).toBeLessThanOrEqual(0.5);
    }
    await residentSees(
      await browser.newContext({ locale: 'en', viewport: { width: 390, height: 844 } }),
      round,
    );
  });
});

async function listenAgain(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Listen' }).click();
  await page.getByText('allowed before').first().click();
  await expect(page.getByText('Receiver ready')).toBeVisible();
}

/** The person who lives behind the first meter sees its value on their own phone. */
async function residentSees(context: BrowserContext, round: VectorRound): Promise<void> {
  await setLocale(context, 'en');
  const page = await context.newPage();
  await signIn(page, round.residentEmail, '/home/meters');
  await ready(page);
  const meter = round.meters[0]!;
  // Drawn as on the dial: leading noughts, a comma before the red digits.
  const [whole, rest] = meter.value.toFixed(3).split('.');
  await expect(page.getByText(new RegExp(`${whole},${rest}`))).toBeVisible();
  await context.close();
}
