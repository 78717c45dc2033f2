/**
 * A round from plan to decision: chosen by house and due date, ordered by keyboard and by drag,
 * given away, seen in that order on a phone; two phones capture one meter, the desk decides.
 */
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { randomUUID } from 'node:crypto';
import { must } from '#lib/base/assert.ts';
import { decodePush } from '#lib/contract/decode-push.ts';
import { capture, newHead, pushOf } from '#lib/offline/engine.ts';
import { callRouter } from '#server/api/root.ts';
import { pushEvents } from '#server/sync/service.ts';
import { geometryProblems } from './support/geometry.ts';
import { makeHandRound, type HandRound } from './support/hand-round.ts';
import { operator } from './support/vector-round.ts';
import { PEOPLE, ready, setLocale, signIn, theApp } from './support/world.ts';

test.use({ viewport: { width: 1440, height: 900 } });
test.setTimeout(150_000);
test.beforeEach(({ context }) => setLocale(context, 'en').then(() => undefined));

async function axe(page: Page): Promise<void> {
  const tags = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode(true)
    .withTags(tags)
    .analyze();
  expect(violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html}`)).toEqual([]);
}

/** A second reader, as an accepted invitation leaves one. */
async function makeReader(): Promise<string> {
  const { orgId } = await operator();
  const id = `reader-${randomUUID()}`;
  const { prisma } = theApp().db;
  await prisma.user.create({
    data: { id, name: 'P. Second', email: `${id}@kilter.demo`, emailVerified: true },
  });
  await prisma.membership.create({ data: { orgId, userId: id, role: 'reader' } });
  return id;
}

/** One typed capture by the real engine of a phone, received by the real server. */
async function captureBy(
  userId: string,
  roundId: number,
  told: { meterId: number; value: string },
) {
  const caller = { ...(await operator()), userId, roles: ['reader' as const] };
  const how = { register: 10, source: 'typed', raw: null, flags: [], confirmed: true, photos: [] };
  const { event, head } = capture(newHead(randomUUID(), randomUUID()), {
    id: randomUUID(),
    type: 'reading.captured',
    user: userId,
    body: { ...how, ...told, roundId },
    at: { wall: new Date().toISOString(), mono: 1, boot: randomUUID() },
  });
  const body = { ...pushOf(head, head.epochs[0]!.epoch, [event]), device: head.device };
  const read = decodePush(JSON.parse(JSON.stringify(body)));
  await pushEvents(theApp(), caller, must(read.ok ? read.value : null, 'a push of our own'));
}

const houseRows = (page: Page) => page.locator('ol > li .name');

test('plan, order, phone, two captures, decision', async ({ page, browser }) => {
  const first: HandRound = await makeHandRound(0, 3);
  const second: HandRound = await makeHandRound(0, 2);
  await theApp().db.pool.query(
    `UPDATE meter SET verification_due_on = '2026-12-01' WHERE id = ANY($1)`,
    [first.meters.map(({ meterId }) => meterId).concat(second.meters[0]!.meterId)],
  );
  await signIn(page, PEOPLE.operator, '/desk/rounds/plan');
  await ready(page);
  await expect(page.getByText('Choose a house, a sector or what is due')).toBeVisible();
  for (const { house } of [first, second]) {
    await page.getByLabel('Find a house or street').fill(house);
    await page.getByRole('checkbox', { name: new RegExp(`${house} ·`) }).check();
  }
  await expect(page.getByText(/Meters: 5\. Houses: 2\./)).toBeVisible();
  await page.getByLabel('What is due').selectOption('verification');
  await page.getByLabel('Date', { exact: true }).fill('2026-12-31');
  await expect(page.getByText(/Meters: 4\. Houses: 2\./)).toBeVisible();
  await axe(page);
  await page.getByLabel('Reader').selectOption({ label: 'И. Сафин' });
  await page.getByLabel('Name', { exact: true }).fill('December plan');
  await page.getByRole('button', { name: 'Create the round' }).click();
  await expect(page.getByRole('heading', { name: 'December plan' })).toBeVisible();
  const roundId = Number(/rounds\/(\d+)/.exec(page.url())![1]);
  await expect(houseRows(page)).toHaveText([new RegExp(first.house), new RegExp(second.house)]);

  // By keyboard, told to whoever listens.
  const down = page.getByRole('button', { name: `${first.house}: down` });
  await down.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByText(`${first.house}: place 2 of 2`)).toBeVisible();
  await expect(houseRows(page)).toHaveText([new RegExp(second.house), new RegExp(first.house)]);
  // By drag, inside a house.
  await page
    .getByRole('button', { name: new RegExp(`^${first.house}`) })
    .last()
    .click();
  const rows = page.locator('tbody tr[draggable]');
  await expect(rows).toHaveCount(3);
  const last = must(first.meters[2], 'three meters were made').serial;
  await rows.nth(2).dragTo(rows.nth(0));
  await expect(rows.first()).toContainText(last);
  await axe(page);

  const phone = await browser.newContext({ viewport: { width: 390, height: 844 } });
  await setLocale(phone, 'en');
  const reader = await phone.newPage();
  await signIn(reader, PEOPLE.reader, '/field');
  await ready(reader);
  await reader.getByRole('link', { name: /December plan/ }).waitFor();
  await reader.goto(`/field/round/${roundId}`);
  await ready(reader);
  const wanted = [second.meters[0]!, first.meters[2]!, first.meters[0]!, first.meters[1]!];
  await reader.goto(`/field/round/${roundId}?view=list`);
  const listed = reader.locator('main a[href*="/meter/"]');
  await expect(listed).toHaveCount(wanted.length);
  const shown = await listed.evaluateAll((links) => links.map((a) => a.getAttribute('href')));
  expect(shown).toEqual(wanted.map(({ meterId }) => `/field/round/${roundId}/meter/${meterId}`));
  await phone.close();

  const meter = must(first.meters[2], 'three meters were made');
  const safin = await theApp().db.prisma.user.findUniqueOrThrow({
    where: { email: PEOPLE.reader },
  });
  const other = await makeReader();
  await captureBy(safin.id, roundId, { meterId: meter.meterId, value: String(meter.last + 6) });
  const api = callRouter({ app: theApp(), caller: await operator() });
  await api.desk.assignRound({ roundId, assigneeId: other });
  await captureBy(other, roundId, { meterId: meter.meterId, value: String(meter.last + 76) });
  await expect(page.getByText('1 of 4').first()).toBeVisible({ timeout: 20_000 });
  await page.getByRole('link', { name: 'Contradictions: 1' }).click();
  await expect(page.getByRole('heading', { name: /is more than usual/ })).toBeVisible();
  const a = page.getByRole('region', { name: 'Capture A' });
  await expect(a).toContainText('И. Сафин');
  await expect(page.getByRole('region', { name: 'Capture B' })).toContainText('P. Second');
  await axe(page);
  await page.getByRole('button', { name: 'Keep A' }).click();
  await expect(page.getByRole('alert')).toContainText('Write why');
  await page.getByLabel('Why').fill('The photograph shows it');
  await page.getByRole('button', { name: 'Keep A' }).click();
  await expect(page.getByText('No contradictions')).toBeVisible();
  await page.getByRole('button', { name: 'Decided' }).click();
  await expect(page.getByText(/Keep A\. The photograph shows it/)).toBeVisible();
  const { rows: stored } = await theApp().db.pool.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM reading WHERE meter_id = $1 AND ts > now() - interval '1 day'`,
    [meter.meterId],
  );
  expect(stored[0]!.n).toBe(2);

  await page.setViewportSize({ width: 360, height: 800 });
  for (const locale of ['ru', 'de'] as const) {
    await setLocale(page.context(), locale);
    for (const path of ['plan', 'conflicts', String(roundId)]) {
      await page.goto(`/desk/rounds/${path}`);
      await ready(page);
      await page.waitForFunction(() => !document.querySelector('.loading'));
      expect(await geometryProblems(page), `${locale} ${path}`).toEqual([]);
      await axe(page);
    }
  }
});
