/**
 * An operator's morning at the desk: files come in with bad rows, a round is planned and watched, a
 * number is followed down to the bytes of a real telegram; somebody else's operator sees nothing.
 */
import { expect, test, type Page } from '@playwright/test';
import { must } from '#lib/base/assert.ts';
import { fromHex } from '#lib/base/bytes.ts';
import { runFindings } from '#server/jobs/findings.ts';
import { ingestBatch } from '#server/ingest/pipeline.ts';
import { TOTAL_REGISTER } from '#lib/domain/register-types.table.ts';
import { operator } from './support/vector-round.ts';
import { HAVE_VECTORS, meterCsv, vectorMeters } from './support/vectors.ts';
import { PEOPLE, ready, setLocale, signIn, theApp } from './support/world.ts';

test.use({ viewport: { width: 1440, height: 900 } });
test.beforeEach(({ context }) => setLocale(context, 'en').then(() => undefined));

const HOUSE = 'Конторская, 8';
const METERS = [
  'address;flat;resource;serial;radioId;key;start',
  `${HOUSE};10;cold-water;DESK-10;;;12.000`,
  `${HOUSE};2;cold-water;DESK-2;;;5.500`,
  `${HOUSE};1;cold-water;DESK-1;;;1.250`,
  `${HOUSE};3;cold-water;DESK-3;00000103;NOTAKEY;7.000`,
  `${HOUSE};4;steam;DESK-4;;;7.000`,
  `Нет такой улицы, 1;4;cold-water;DESK-5;;;7.000`,
];
const READINGS = [
  'serial;time;value',
  'DESK-1;2026-11-20 10:00;1.500',
  'DESK-2;2026-11-20 10:00;5.750',
  'DESK-99;2026-11-20 10:00;1.000',
  'DESK-1;yesterday;1.600',
  'DESK-10;2026-11-20 10:00;much',
];

const file = (name: string, lines: readonly string[]) => ({
  name,
  mimeType: 'text/csv',
  buffer: Buffer.from(lines.join('\r\n')),
});

async function makeHouse(address: string): Promise<{ orgId: number }> {
  const { orgId } = await operator();
  await theApp().db.withOrg(orgId, (tx) =>
    tx.place.create({ data: { orgId, kind: 'house', name: address, address } }),
  );
  return { orgId };
}

const cells = (page: Page) => page.locator('section.result tbody tr').allTextContents();

test('files, round, progress; the stranger sees none of it', async ({ page, browser }) => {
  await makeHouse(HOUSE);
  await signIn(page, PEOPLE.operator, '/desk/import');
  await ready(page);
  const choose = page.locator('input[type="file"]');
  await choose.setInputFiles(file('meters.csv', METERS));
  await expect(page.getByText('3 rows kept')).toBeVisible();
  await expect(page.getByText('3 rows refused')).toBeVisible();
  const bad = (await cells(page)).map((text) => text.replace(/\s+/g, ' '));
  expect(bad).toHaveLength(3);
  expect(bad[0]).toMatch(/^ ?5.*the key isn't 32 hex digits/);
  expect(bad[0]).not.toContain('NOTAKEY');
  expect(bad[1]).toMatch(/^ ?6.*unknown resource/);
  expect(bad[2]).toMatch(/^ ?7.*no such house/);

  await page.getByRole('button', { name: 'Readings', exact: true }).click();
  await choose.setInputFiles(file('readings.csv', READINGS));
  await expect(page.getByText('2 rows kept')).toBeVisible();
  const wrong = (await cells(page)).map((text) => text.replace(/\s+/g, ' '));
  expect(wrong[0]).toMatch(/^ ?4.*no such meter/);
  expect(wrong[1]).toMatch(/^ ?5.*date or time/);
  expect(wrong[2]).toMatch(/^ ?6.*the reading can't be read/);

  await page.goto('/desk/points?text=Конторская');
  await ready(page);
  const flats = page.locator('.list tbody td:nth-child(2)');
  await expect(flats).toHaveCount(3);
  // Numbers count as numbers: flat 2 stands before flat 10.
  expect((await flats.allTextContents()).map((t) => /(\d+)\s*$/.exec(t)?.[1])).toEqual([
    '1',
    '2',
    '10',
  ]);

  await page.goto('/desk/rounds');
  await ready(page);
  await page.getByRole('button', { name: 'New round' }).click();
  const house = page.getByLabel('House');
  const option = await house.locator('option', { hasText: HOUSE }).getAttribute('value');
  await house.selectOption(must(option, 'the imported house can be chosen'));
  await page.getByLabel('Reader').selectOption({ label: 'И. Сафин' });
  await page.getByLabel('Name').fill('Desk round');
  await page.getByRole('button', { name: 'Create the round' }).click();
  await expect(page.getByRole('heading', { name: 'Desk round' })).toBeVisible();
  await expect(page.getByText('0 of 3').first()).toBeVisible();
  await expect(page.getByLabel('Reader').locator('option:checked')).toHaveText('И. Сафин');
  const roundUrl = page.url();
  const roundId = Number(/rounds\/(\d+)/.exec(roundUrl)![1]);
  await theApp().db.pool.query(
    `UPDATE round_stop SET state = 'cannot' WHERE round_id = $1 AND sequence = 1`,
    [roundId],
  );
  await expect(page.getByText('1 of 3').first()).toBeVisible({ timeout: 20_000 });
  await page.getByRole('link', { name: 'DESK-2' }).click();
  await expect(page.getByRole('heading', { name: 'Where this number is from' })).toBeVisible();
  const pointUrl = page.url();

  const other = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await setLocale(other, 'en');
  const stranger = await other.newPage();
  await signIn(stranger, PEOPLE.stranger, '/desk/points?text=DESK');
  await ready(stranger);
  await expect(stranger.getByText('Nothing found')).toBeVisible();
  for (const url of [pointUrl, roundUrl]) {
    await stranger.goto(url);
    await ready(stranger);
    await expect(stranger.getByRole('main').getByRole('alert')).toBeVisible();
    await expect(stranger.getByText(/DESK|Конторская/)).toHaveCount(0);
  }
  await other.close();
});

test('the board says which meters to check and leads to them', async ({ page }) => {
  await runFindings(theApp());
  await signIn(page, PEOPLE.operator, '/desk');
  await ready(page);
  const still = page.getByRole('row', { name: /Meter stands still/ });
  await expect(still).toContainText('Лесная, 14, кв. 12');
  await page.getByRole('button', { name: /Counts less/ }).click();
  await expect(still).toHaveCount(0);
  const less = page.getByRole('row', { name: /Counts less/ });
  await expect(less).toContainText(/\d+ % less/);
  await less.getByRole('link').click();
  await expect(page.getByRole('heading', { name: 'Electricity' })).toBeVisible();
});

test('a number of a real, encrypted telegram is followed to its bytes', async ({ page }) => {
  test.skip(!HAVE_VECTORS, 'shared/vectors is not beside the repository');
  const { orgId } = await makeHouse('Эфирная, 1');
  const meter = must(
    // The first sixty belong to main-job.spec.ts.
    vectorMeters(400)
      .slice(60)
      .find((m) => m.key && /water/.test(m.resource)),
    'an encrypted water meter among the vectors',
  );
  await signIn(page, PEOPLE.operator, '/desk/import');
  await ready(page);
  await page
    .locator('input[type="file"]')
    .setInputFiles(file('air.csv', meterCsv([meter], 'Эфирная, 1').split('\r\n')));
  await expect(page.getByText(/1 row/).first()).toBeVisible();
  const { meterId, pointId } = await theApp().db.withOrg(orgId, (tx) =>
    tx.installation.findFirstOrThrow({ where: { meter: { radioId: meter.radioId }, toAt: null } }),
  );
  const bytes = fromHex(meter.hex);
  await ingestBatch(theApp(), orgId, {
    source: { kind: 'field-app', name: 'desk-spec' },
    sourceKey: meter.hex.slice(0, 40),
    rows: [
      {
        meterId,
        register: TOTAL_REGISTER[meter.resource],
        value: null,
        at: Date.now() - 60_000,
        source: 'radio',
        raw: must(bytes.ok ? bytes.value : null, 'vectors are hex'),
        userId: null,
      },
    ],
  });
  await page.goto(`/desk/points/${pointId}`);
  await ready(page);
  const pane = page.getByRole('complementary');
  await expect(pane.getByText('AES-128, the key is hidden')).toBeVisible();
  await expect(pane.locator('.hex .own').first()).toBeVisible();
  await expect(pane.locator('tr.own')).toContainText('volume');
  await expect(pane.locator('tr.own')).toContainText('m³');
  await expect(pane.getByText(/Batch \d+/)).toBeVisible();
  await pane.getByText('Field by field').click();
  await expect(pane.locator('details tbody')).not.toHaveCount(0);
  await expect(pane.getByRole('cell', { name: 'status', exact: true })).toBeVisible();
  const key = must(meter.key, 'an encrypted meter has one');
  expect((await page.content()).toLowerCase()).not.toContain(key.toLowerCase());
  const shown = await page.locator('button.value').textContent();
  expect(Number(shown!.replace(/[^\d.]/g, ''))).toBeCloseTo(meter.value, 2);
});
