/**
 * A reader's phone in a browser test: signed in, its round downloaded, then under the ground. It
 * knows the pages of the field app as a thumb does; what a test is about stays with the test.
 */
import { expect, type BrowserContext, type Page } from '@playwright/test';
import { MONTHLY, type HandMeter, type HandRound } from './hand-round.ts';
import { operator } from './vector-round.ts';
import { installed, PEOPLE, ready, setLocale, signIn, theApp } from './world.ts';

/** A second reader of the demo's organisation; made once. */
export async function colleague(): Promise<{ email: string; name: string }> {
  const app = theApp();
  const { orgId } = await operator();
  const person = { email: 'colleague@kilter.demo', name: 'C. Colleague' };
  const id = 'e2e-colleague';
  if (await app.db.prisma.user.findUnique({ where: { id } })) return person;
  await app.db.prisma.user.create({ data: { id, emailVerified: true, ...person } });
  await app.db.withOrg(orgId, (tx) =>
    tx.membership.create({ data: { orgId, userId: id, role: 'reader' } }),
  );
  return person;
}

/** Signed in, app installed, this phone known to the server; the network stays. */
export async function takePhone(context: BrowserContext, page: Page, email: string): Promise<void> {
  await setLocale(context, 'en');
  const known = page.waitForResponse((answer) => answer.url().endsWith('/api/sync/pull'));
  await signIn(page, email, '/field');
  await ready(page);
  await known;
  await installed(page);
}

export async function takeReadersPhone(
  context: BrowserContext,
  page: Page,
  round: HandRound,
): Promise<void> {
  await takePhone(context, page, PEOPLE.reader);
  await page.getByRole('link', { name: new RegExp(round.house) }).waitFor();
}

/** One more ordinary month, in the digits of the drum: five before the comma, three behind. */
export const drumOf = (meter: HandMeter): string =>
  String((meter.last + MONTHLY[meter.resource]) * 1000).padStart(8, '0');

/** Types an ordinary value into each meter, from tile to tile as a reader goes. */
export async function typeAll(
  page: Page,
  round: HandRound,
  meters: readonly HandMeter[],
): Promise<void> {
  await page.goto(`/field/round/${round.roundId}`);
  await ready(page);
  for (const meter of meters) {
    await page.locator(`a[href$="/meter/${meter.meterId}"]`).first().click();
    await page.locator('.was').first().waitFor();
    await page.keyboard.type(drumOf(meter));
    await page.getByRole('button', { name: 'Keep' }).click();
    await expect(page).toHaveURL(`/field/round/${round.roundId}`);
  }
}

export type StoredCapture = { n: number; name: string; result: string };

/** Who captured what of these meters, as the server's log says it. */
export async function capturesOf(meters: readonly HandMeter[]): Promise<StoredCapture[]> {
  const { rows } = await theApp().db.pool.query<StoredCapture>(
    `SELECT c.n, u.name, c.result FROM capture_event c JOIN "user" u ON u.id = c.user_id
      WHERE (c.canonical::jsonb -> 'body' ->> 'meterId')::int = ANY($1) ORDER BY c.n`,
    [meters.map(({ meterId }) => meterId)],
  );
  return rows;
}
