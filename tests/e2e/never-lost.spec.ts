/**
 * Level 3 of the proof (docs/protocols/fieldsync.md): a real browser is killed, filled, copied,
 * wiped, cut off and lied to. What the app called kept reaches the server once, every time.
 */
import { expect, test, type Page } from '@playwright/test';
import { must } from '#lib/base/assert.ts';
import { makeHandRound, type HandMeter, type HandRound } from './support/hand-round.ts';
import * as phones from './support/phone.ts';
import { ORIGIN, PEOPLE, ready, setLocale, signIn, theApp } from './support/world.ts';

const { expectOnce, eventsOf, keepUsual, prepare, sendAll, startPhone, typeUsual } = phones;

test.use({ viewport: { width: 390, height: 844 } });

let round: HandRound;
let used = 0;
const nextMeter = (): HandMeter => must(round.meters[used++], 'the round has enough meters');
const folders: string[] = [];

test.beforeAll(async () => {
  round = await makeHandRound(0, 24);
});
test.afterAll(() => folders.forEach(phones.dropStorage));

function newStorage(): string {
  const folder = phones.newStorage();
  folders.push(folder);
  return folder;
}

/** Milliseconds after "Keep" at which the browser is killed: before, in and after the commit. */
const KILLS_AFTER_MS = [0, 15, 120];

test('the browser is killed while a value is kept: kept or not, never half or twice', async () => {
  const folder = newStorage();
  let phone = await startPhone(folder);
  await prepare(phone, round);
  const told: HandMeter[] = [];
  const typed: HandMeter[] = [];
  for (const wait of KILLS_AFTER_MS) {
    await phone.context.setOffline(true);
    const [safe, doomed] = [nextMeter(), nextMeter()];
    await keepUsual(phone.page, round, safe);
    told.push(safe);
    await typeUsual(phone.page, round, doomed);
    const keep = phone.page.getByRole('button', { name: 'Keep' });
    await keep.click({ noWaitAfter: true });
    await phone.page.waitForTimeout(wait);
    if (await isKept(phone.page)) told.push(doomed);
    typed.push(doomed);
    await phone.kill();
    phone = await startPhone(folder);
  }
  // The browser writes cookies to the disk every half minute: the kill may have taken the session.
  await signIn(phone.page, PEOPLE.reader, '/field');
  await ready(phone.page);
  await sendAll(phone);
  for (const meter of told) await expectOnce(meter);
  for (const meter of typed) expect((await eventsOf(meter)).length).toBeLessThanOrEqual(1);
  await phone.context.close();
});

const isKept = async (page: Page): Promise<boolean> =>
  new URL(page.url()).pathname === `/field/round/${round.roundId}`;

/** Chromium asks for the space again only when what it last heard is thirty seconds old. */
const QUOTA_REMEMBERED_MS = 31_000;

test('a full phone says so, keeps nothing half, and goes on when there is room', async ({
  context,
  page,
}) => {
  const [first, second] = [nextMeter(), nextMeter()];
  await prepare({ context, page }, round);
  await context.setOffline(true);
  await keepUsual(page, round, first);
  const session = await context.newCDPSession(page);
  await typeUsual(page, round, second);
  await session.send('Storage.overrideQuotaForOrigin', { origin: ORIGIN, quotaSize: 1 });
  await page.waitForTimeout(QUOTA_REMEMBERED_MS);
  await page.getByRole('button', { name: 'Keep' }).click();
  await expect(page.getByText('The phone is full.')).toBeVisible();
  await session.send('Storage.overrideQuotaForOrigin', { origin: ORIGIN });
  await keepUsual(page, round, second);
  await sendAll({ context, page });
  await expectOnce(first);
  await expectOnce(second);
});

test('two tabs on one storage count together and send each event once', async ({
  context,
  page,
}) => {
  const meters = [nextMeter(), nextMeter(), nextMeter(), nextMeter()];
  await prepare({ context, page }, round);
  await context.setOffline(true);
  const other = await context.newPage();
  const pair = async (a: HandMeter, b: HandMeter) => {
    await Promise.all([typeUsual(page, round, a), typeUsual(other, round, b)]);
    const keep = (tab: Page) => tab.getByRole('button', { name: 'Keep' }).click();
    await Promise.all([keep(page), keep(other)]);
    for (const tab of [page, other]) await expect(tab).toHaveURL(`/field/round/${round.roundId}`);
  };
  await pair(meters[0]!, meters[1]!);
  await pair(meters[2]!, meters[3]!);
  await Promise.all([sendAll({ context, page }), sendAll({ context, page: other })]);
  for (const meter of meters) await expectOnce(meter);
});

test('a hotel’s sign-in page, a broken answer and a dead session take nothing', async ({
  context,
  page,
}) => {
  const meter = nextMeter();
  await prepare({ context, page }, round);
  const portal = { status: 200, contentType: 'text/html', body: '<html>Welcome! Sign in.</html>' };
  await page.route('**/api/sync/**', (route) => route.fulfill(portal));
  await keepUsual(page, round, meter);
  await page.goto('/field/outbox');
  await expect(page.getByText('The network wants a sign-in')).toBeVisible({ timeout: 20_000 });
  await page.unroute('**/api/sync/**');
  await page.route('**/api/sync/**', (route) =>
    route.fulfill({ status: 200, contentType: 'application/json', body: '{"proto":1,"serv' }),
  );
  await page.reload();
  await ready(page);
  expect(await eventsOf(meter)).toEqual([]);
  await page.unroute('**/api/sync/**');
  await sendAll({ context, page });
  await expectOnce(meter);
});

test('signed out for days: capturing goes on, the next sign-in sends it all', async ({
  context,
  page,
}) => {
  const meters = [nextMeter(), nextMeter()];
  await prepare({ context, page }, round);
  await endSessions(PEOPLE.reader);
  await context.setOffline(true);
  for (const meter of meters) await keepUsual(page, round, meter);
  await context.setOffline(false);
  await page.goto('/field/outbox');
  await expect(page.getByRole('button', { name: 'Get the link' })).toBeVisible({ timeout: 20_000 });
  for (const meter of meters) expect(await eventsOf(meter)).toEqual([]);
  await signIn(page, PEOPLE.reader, '/field');
  await ready(page);
  await sendAll({ context, page });
  for (const meter of meters) await expectOnce(meter);
});

async function endSessions(email: string): Promise<void> {
  const { prisma } = theApp().db;
  await prisma.session.deleteMany({ where: { user: { email } } });
}

test('another person signs in: the first one’s unsent work waits for him, untouched', async ({
  context,
  page,
}) => {
  const meter = nextMeter();
  await prepare({ context, page }, round);
  await context.setOffline(true);
  await keepUsual(page, round, meter);
  await context.setOffline(false);
  await page.route('**/api/sync/push', (route) => route.abort());
  await signIn(page, PEOPLE.operator, '/field');
  await ready(page);
  await page.unroute('**/api/sync/push');
  await page.goto('/field/outbox');
  await ready(page);
  await page.waitForTimeout(1500);
  expect(await eventsOf(meter)).toEqual([]);
  await signIn(page, PEOPLE.reader, '/field');
  await ready(page);
  await sendAll({ context, page });
  await expectOnce(meter);
});

test('a phone set back to an old backup is told of the fork, both captures are kept', async () => {
  const folder = newStorage();
  const [before, first, second] = [nextMeter(), nextMeter(), nextMeter()];
  const phone = await startPhone(folder);
  await prepare(phone, round);
  await keepUsual(phone.page, round, before);
  await sendAll(phone);
  await phone.context.close();
  const backup = phones.copyStorage(folder);
  folders.push(backup);

  const original = await startPhone(folder);
  await keepUsual(original.page, round, first);
  await sendAll(original);
  await original.context.close();

  const restored = await startPhone(backup);
  await restored.context.setOffline(true);
  await restored.page.goto('/field');
  await ready(restored.page);
  await keepUsual(restored.page, round, second);
  await sendAll(restored);
  await restored.context.close();
  for (const meter of [before, first, second]) await expectOnce(meter);
  const { rows } = await theApp().db.pool.query<{ n: string }>(
    `SELECT count(*) AS n FROM field_device WHERE beat ? 'forkedEpoch'`,
  );
  expect(Number(rows[0]?.n)).toBeGreaterThan(0);
});

test('a wiped storage: what the server was told and does not have is a number', async ({
  context,
  page,
}) => {
  const meters = [nextMeter(), nextMeter()];
  await prepare({ context, page }, round);
  await context.setOffline(true);
  for (const meter of meters) await keepUsual(page, round, meter);
  // The count arrives, the events do not: the rest of the day is lost with the storage.
  await page.route('**/api/sync/push', async (route) => {
    const push = JSON.parse(route.request().postData() ?? '{}') as { events: unknown[] };
    await route.continue({ postData: JSON.stringify({ ...push, events: [] }) });
  });
  await context.setOffline(false);
  await page.goto('/field/outbox');
  await expect.poll(missingAtServer, { timeout: 20_000 }).toBeGreaterThanOrEqual(2);
  const session = await context.newCDPSession(page);
  await page.goto('about:blank');
  await session.send('Storage.clearDataForOrigin', { origin: ORIGIN, storageTypes: 'all' });
  await page.unroute('**/api/sync/push');
  await setLocale(context, 'en');
  await signIn(page, PEOPLE.reader, '/field');
  await ready(page);
  await page.goto('/field/outbox');
  await expect(page.getByText('Nothing read today yet')).toBeVisible({ timeout: 20_000 });
  // The new storage is a new device, which does not hide what the old one owes.
  expect(await missingAtServer()).toBeGreaterThanOrEqual(2);
});

/** How many events the server was told of and never got, over all phones. */
async function missingAtServer(): Promise<number> {
  const { rows } = await theApp().db.pool.query<{ n: string | null }>(
    `SELECT sum((e.value ->> 'capturedN')::int - (e.value ->> 'hw')::int) AS n
       FROM field_device, jsonb_each(beat -> 'epochs') AS e`,
  );
  return Number(rows[0]?.n ?? 0);
}
