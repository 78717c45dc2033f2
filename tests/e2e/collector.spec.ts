/**
 * A whole house at its collector, in a cellar without a network: the app is killed when some of the
 * meters are taken, goes on where it was, and every meter is kept once. Above ground all of it is
 * received; the server has the collector's values, and a stop that was read by eye stays so.
 */
import { expect, test, type Page } from '@playwright/test';
import { makeHandRound, type HandRound } from './support/hand-round.ts';
import { drumOf, takeReadersPhone } from './support/field-phone.ts';
import { dropStorage, newStorage, startPhone } from './support/phone.ts';
import { PEOPLE, ready, signIn, theApp } from './support/world.ts';

const METERS = 60;
/** Practice collector: every 23rd meter of the round cannot be reached. */
const LOST = 2;
const NEIGHBOURS = 3;
const TAKEN = METERS + NEIGHBOURS - LOST;

const storage = newStorage();
test.afterAll(() => dropStorage(storage));
test.setTimeout(300_000);

let round: HandRound;
test.beforeAll(async () => {
  round = await makeHandRound(0, METERS);
});

const connect = async (page: Page): Promise<void> => {
  await page.goto(`/field/round/${round.roundId}`);
  await ready(page);
  await page.getByRole('link', { name: /Read the collector of this house/ }).click();
  await page.getByRole('button', { name: /Practice collector: this house/ }).click();
};
const taken = async (page: Page): Promise<number> =>
  Number(
    (await page
      .getByTestId('collector-done')
      .textContent()
      .catch(() => '0')) ?? '0',
  );

type Kept = { serial: string; result: string; values: number };
const keptByServer = async (): Promise<Kept[]> =>
  (
    await theApp().db.pool.query<Kept>(
      `SELECT b ->> 'serial' AS serial, c.result,
              jsonb_array_length(b -> 'registers' -> 0 -> 'values') AS values
         FROM capture_event c, LATERAL (SELECT c.canonical::jsonb -> 'body' AS b) x
        WHERE c.canonical::jsonb ->> 'type' = 'collector.read'
          AND (b ->> 'roundId')::int = $1`,
      [round.roundId],
    )
  ).rows;

test('killed at about two fifths, resumed, every meter once, then received', async () => {
  let phone = await startPhone(storage);
  let page = phone.page;
  await takeReadersPhone(phone.context, page, round);
  await phone.context.setOffline(true);

  // One meter is read at its dial first: the collector must not overwrite what was seen.
  const byEye = round.meters[0]!;
  await page.goto(`/field/round/${round.roundId}/meter/${byEye.meterId}`);
  await page.locator('.was').first().waitFor();
  await page.keyboard.type(drumOf(byEye));
  await page.getByRole('button', { name: 'Keep' }).click();
  await expect(page).toHaveURL(`/field/round/${round.roundId}`);

  await connect(page);
  await expect.poll(() => taken(page), { timeout: 60_000, intervals: [50] }).toBeGreaterThan(23);
  const before = await taken(page);
  expect(before).toBeLessThan(TAKEN);
  await phone.kill();

  phone = await startPhone(storage);
  page = phone.page;
  await phone.context.setOffline(true);
  await page.goto(`/field/round/${round.roundId}/collector`);
  await ready(page);
  await expect(page.getByText('The visit is not finished')).toBeVisible();
  expect(await taken(page)).toBeGreaterThanOrEqual(before);
  await page.getByRole('button', { name: /Practice collector: this house/ }).click();
  await expect(page.getByText('The collector is read')).toBeVisible({ timeout: 90_000 });
  expect(await taken(page)).toBe(TAKEN);
  await expect(page.getByText(`${LOST} meters not read`)).toBeVisible();
  await expect(page.getByText('Not of this round')).toContainText(String(NEIGHBOURS));

  await page.goto(`/field/round/${round.roundId}`);
  await ready(page);
  await expect(page.locator('.count .done').first()).toHaveText(String(METERS - LOST));

  await phone.context.setOffline(false);
  // The browser writes cookies to the disk every half minute: the kill may have taken the session.
  await signIn(page, PEOPLE.reader, '/field');
  await page.goto('/field/outbox');
  await expect(page.getByText('All received. Nothing is left on the phone.')).toBeVisible({
    timeout: 60_000,
  });
  const kept = await keptByServer();
  expect(kept.map(({ result }) => result)).toEqual(kept.map(() => 'stored'));
  expect(kept).toHaveLength(TAKEN);
  expect(new Set(kept.map(({ serial }) => serial)).size).toBe(TAKEN);
  await expectOnServer(byEye.meterId);
  await phone.kill();
});

/** Quality bits 0 to 2 of the status; bits 3 to 6 are the source, `concentrator` is number 7. */
async function expectOnServer(byEye: number): Promise<void> {
  const { pool } = theApp().db;
  await expect
    .poll(async () => (await pool.query('SELECT FROM capture_pending')).rowCount, {
      timeout: 60_000,
    })
    .toBe(0);
  const { rows } = await pool.query<{ meter: number; n: number }>(
    `SELECT meter_id AS meter, count(*)::int AS n FROM reading
      WHERE meter_id = ANY($1) AND (status >> 3) & 15 = 7 GROUP BY meter_id`,
    [round.meters.map(({ meterId }) => meterId)],
  );
  expect(rows).toHaveLength(METERS - LOST);
  expect(Math.min(...rows.map(({ n }) => n))).toBeGreaterThan(100);
  const { rows: stops } = await pool.query<{ meter: number; state: string; source: string }>(
    `SELECT meter_id AS meter, state, visited_source AS source FROM round_stop WHERE round_id = $1`,
    [round.roundId],
  );
  expect(stops.find(({ meter }) => meter === byEye)).toMatchObject({ source: 'typed' });
  expect(stops.filter(({ source }) => source === 'concentrator')).toHaveLength(METERS - LOST - 1);
  expect(stops.filter(({ state }) => state === 'ahead')).toHaveLength(LOST);
}
