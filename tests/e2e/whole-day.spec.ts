/**
 * A reader's whole day with one hand and no network: sixty meters, most of them by radio, five on
 * the keypad, one doubt with a photo, three doors that stay shut, one meter exchanged, one that is
 * on no list, and the phone killed twice. In the evening everything is received and signed, and the
 * desk sees all.
 *
 * Every tap goes through `thumb`, which fails on a target that a gloved thumb would miss.
 */
import { expect, test, type BrowserContext, type Locator, type Page } from '@playwright/test';
import { must } from '#lib/base/assert.ts';
import { clearTelegram, litresNow } from './support/clear-telegrams.ts';
import { CDC_IU891A, fakeDongle } from './support/fake-dongle.ts';
import { fakeSerial } from './support/fake-serial.ts';
import { drumOf } from './support/field-phone.ts';
import { makeHandRound, type HandMeter, type HandRound } from './support/hand-round.ts';
import { dropStorage, newStorage, prepare, startPhone } from './support/phone.ts';
import { sign } from './support/signature.ts';
import { PEOPLE, ready, setLocale, signIn, theApp } from './support/world.ts';

const BY_RADIO = 50;
const FIRST_WALK = 25;
const TYPED = 5;
const SHUT = ['Nobody home', 'Locked', 'Not let in'] as const;
/** Every target of a field screen, in CSS pixels; keys of the keypad and sheets included. */
const THUMB_PX = 48;

test.setTimeout(420_000);

const storage = newStorage();
test.afterAll(() => dropStorage(storage));

type Plan = {
  readonly round: HandRound;
  readonly radio: readonly HandMeter[];
  readonly typed: readonly HandMeter[];
  readonly doubt: HandMeter;
  readonly exchanged: HandMeter;
  readonly shut: readonly HandMeter[];
};

async function planDay(): Promise<Plan> {
  const round = await makeHandRound(0, BY_RADIO + TYPED + 2 + SHUT.length, true);
  const rest = round.meters.slice(BY_RADIO);
  return {
    round,
    radio: round.meters.slice(0, BY_RADIO),
    typed: rest.slice(0, TYPED),
    doubt: must(rest[TYPED], 'a meter for the doubt'),
    exchanged: must(rest[TYPED + 1], 'a meter for the exchange'),
    shut: rest.slice(TYPED + 2),
  };
}

type Hand = {
  readonly phone: Awaited<ReturnType<typeof startPhone>>;
  readonly page: Page;
  readonly dongle: ReturnType<typeof fakeDongle>;
};

/** The phone comes out of the pocket; the receiver hangs on its cable. */
async function takeOut(): Promise<Hand> {
  const phone = await startPhone(storage, { hasCamera: true });
  // A tap that finds nothing is told at once, not when the whole day is over.
  phone.page.setDefaultTimeout(20_000);
  const dongle = fakeDongle('iu891a');
  await fakeSerial(phone.page, dongle.device, CDC_IU891A);
  return { phone, page: phone.page, dongle };
}

let taps = 0;

/** One tap of a gloved thumb. */
async function thumb(target: Locator): Promise<void> {
  await target.scrollIntoViewIfNeeded();
  const box = must(await target.boundingBox(), 'the target is drawn');
  expect(Math.round(box.height), `height of ${target}`).toBeGreaterThanOrEqual(THUMB_PX);
  expect(Math.round(box.width), `width of ${target}`).toBeGreaterThanOrEqual(THUMB_PX);
  await target.click();
  taps++;
}

const button = (page: Page, name: string | RegExp): Locator =>
  page.getByRole('button', { name, exact: typeof name === 'string' });

async function keys(page: Page, digits: string): Promise<void> {
  await page.locator('.was').first().waitFor();
  for (const digit of digits) await thumb(button(page, digit));
}

async function listen(page: Page, device: string | RegExp): Promise<void> {
  await thumb(button(page, 'Listen'));
  await thumb(page.getByRole('button', { name: device }).first());
  await expect(page.getByText('Receiver ready')).toBeVisible();
}

async function hear({ page, dongle }: Hand, meters: readonly HandMeter[]): Promise<void> {
  for (const meter of meters) {
    await dongle.transmit(clearTelegram(meter));
    await page.waitForTimeout(20);
  }
}

const done = (page: Page): Locator =>
  page.locator('.tile:not([data-state="ahead"], [data-state="next"])');
const roundUrl = ({ round }: Plan): string => `/field/round/${round.roundId}`;

async function openMeter(page: Page, plan: Plan, meter: HandMeter): Promise<void> {
  await page.goto(`${roundUrl(plan)}/meter/${meter.meterId}`);
  await ready(page);
}

async function keep(page: Page, plan: Plan): Promise<void> {
  await thumb(button(page, 'Keep'));
  await expect(page).toHaveURL(roundUrl(plan));
}

async function shoot(page: Page): Promise<void> {
  await thumb(button(page, 'Shoot'));
  await page.getByRole('button', { name: /^Use/ }).waitFor({ timeout: 30_000 });
  await thumb(button(page, /^Use/));
}

async function typeDoubt(page: Page, plan: Plan): Promise<void> {
  await openMeter(page, plan, plan.doubt);
  await keys(page, String((plan.doubt.last + 60) * 1000).padStart(8, '0'));
  await expect(page.getByText(/That makes .* a month/)).toBeVisible();
  await thumb(button(page, 'Photograph the dial'));
  await shoot(page);
  await expect(page.getByText('The photo is here. You can keep the reading.')).toBeVisible();
  await keep(page, plan);
}

/** What is left are the doors that stay shut: the app names each as the next one; one is opened. */
async function shutDoors(page: Page, plan: Plan): Promise<void> {
  for (const [i, reason] of SHUT.entries()) {
    if (i === SHUT.length - 1) await openMeter(page, plan, plan.shut[i]!);
    await thumb(button(page, 'Can’t'));
    await thumb(button(page, reason));
    await expect(done(page)).toHaveCount(plan.round.meters.length - SHUT.length + i + 1);
  }
}

const nextStep = (page: Page): Locator => button(page, 'Next');

async function dialWithPhoto(page: Page, digits: string): Promise<void> {
  for (const digit of digits) await thumb(button(page, digit));
  await thumb(button(page, 'Photo'));
  await shoot(page);
  await thumb(nextStep(page));
}

/** Up to the old one's last value; here the phone dies. */
async function beginExchange(page: Page, plan: Plan): Promise<void> {
  await openMeter(page, plan, plan.exchanged);
  await thumb(page.getByRole('link', { name: 'Exchange this meter' }));
  await thumb(button(page, 'Yes, the number is right'));
  await thumb(nextStep(page));
  await dialWithPhoto(page, drumOf(plan.exchanged));
  await thumb(button(page, 'verification due'));
  await thumb(nextStep(page));
  // The draft is written behind the screen; a battery may be pulled right after.
  await page.waitForTimeout(500);
}

async function endExchange(page: Page, serial: string): Promise<void> {
  await thumb(page.getByRole('link', { name: /Exchange not finished/ }));
  await page.getByLabel('Number on its plate').fill(serial);
  await thumb(nextStep(page));
  await dialWithPhoto(page, '00000017');
  await page.getByLabel('Seal number').first().fill('S-3003');
  await thumb(button(page, 'Add'));
  await thumb(nextStep(page));
  await sign(page, 'Who exchanged it');
  await thumb(button(page, 'nobody home'));
  await thumb(nextStep(page));
  await thumb(button(page, 'Keep the exchange'));
  await expect(page.getByText(`meter exchanged, now ${serial}`)).toBeVisible();
}

/** A meter that hangs there and is on no list. */
async function writeDown(page: Page, plan: Plan, serial: string): Promise<void> {
  await page.goto(`${roundUrl(plan)}?view=list`);
  await ready(page);
  await page.getByRole('searchbox').fill(serial);
  await thumb(button(page, 'Write this meter down'));
  await thumb(nextStep(page));
  await page.getByLabel(/the place in your own words/).fill('cellar, left');
  await thumb(nextStep(page));
  await dialWithPhoto(page, '00012345');
  await thumb(button(page, 'Keep it'));
  await expect(page.getByText(`meter ${serial} is written down`)).toBeVisible();
}

test('sixty meters, one hand, no network, two kills, one receipt', async ({ browser }) => {
  const plan = await planDay();
  const fresh = `8${Date.now() % 10_000_000}`;
  const unlisted = `F${Date.now() % 1_000_000_000}`;
  let hand = await takeOut();
  await prepare(hand.phone, plan.round);
  await hand.phone.context.setOffline(true);
  await thumb(hand.page.getByRole('link', { name: new RegExp(plan.round.house) }));
  await listen(hand.page, /USB receiver or head/);
  await hear(hand, plan.radio.slice(0, FIRST_WALK));
  await expect(done(hand.page)).toHaveCount(FIRST_WALK);
  await hand.phone.kill();

  hand = await takeOut();
  const { page } = hand;
  await hand.phone.context.setOffline(true);
  await page.goto(roundUrl(plan));
  await ready(page);
  await expect(done(page)).toHaveCount(FIRST_WALK);
  await listen(page, /allowed before|USB receiver or head/);
  await hear(hand, plan.radio);
  await expect(done(page)).toHaveCount(BY_RADIO);
  for (const meter of plan.typed) {
    await openMeter(page, plan, meter);
    await keys(page, drumOf(meter));
    await keep(page, plan);
  }
  await typeDoubt(page, plan);
  await beginExchange(page, plan);
  await hand.phone.kill();

  hand = await takeOut();
  await hand.phone.context.setOffline(true);
  await hand.page.goto('/field');
  await ready(hand.page);
  await endExchange(hand.page, fresh);
  await hand.page.goto(roundUrl(plan));
  await ready(hand.page);
  await shutDoors(hand.page, plan);
  await writeDown(hand.page, plan, unlisted);
  await hand.page.goto(roundUrl(plan));
  await ready(hand.page);
  await expect(done(hand.page)).toHaveCount(plan.round.meters.length);
  await receive(hand, plan);
  await hand.phone.context.close();
  console.log(`taps of the day: ${taps}`);
  await deskSees(await browser.newContext(), plan, { fresh, unlisted });
});

/** The network is back: all is received, every signature holds, the receipt shows its code. */
async function receive({ phone, page }: Hand, plan: Plan): Promise<void> {
  expect(await storedOf(plan)).toEqual(new Map());
  await phone.context.setOffline(false);
  // The browser writes cookies to the disk every half minute: a kill may have taken the session.
  await signIn(page, PEOPLE.reader, '/field');
  await page.goto('/field/outbox');
  await expect(page.getByText('All received. Nothing is left on the phone.')).toBeVisible({
    timeout: 60_000,
  });
  const paper = page.getByRole('region', { name: 'Receipt' });
  await expect(paper.getByRole('img', { name: 'QR code of the receipt' })).toBeVisible();
  await thumb(button(page, 'Check the signatures'));
  await expect(page.getByText(/\d+ signatures are right/)).toBeVisible();
}

/** Litres that reached the server today, by meter. */
async function storedOf({ round }: Plan): Promise<Map<number, number[]>> {
  const { rows } = await theApp().db.pool.query<{ id: number; value: string }>(
    `SELECT meter_id AS id, value::text FROM reading
      WHERE meter_id = ANY($1) AND register = 10 AND ts > now() - interval '1 day' ORDER BY ts`,
    [round.meters.map(({ meterId }) => meterId)],
  );
  const found = new Map<number, number[]>();
  for (const { id, value } of rows) found.set(id, [...(found.get(id) ?? []), Number(value)]);
  return found;
}

type Serials = { readonly fresh: string; readonly unlisted: string };

async function deskSees(
  context: BrowserContext,
  plan: Plan,
  { fresh, unlisted }: Serials,
): Promise<void> {
  const stored = await storedOf(plan);
  for (const meter of [...plan.radio, ...plan.typed, plan.exchanged]) {
    expect(stored.get(meter.meterId), meter.serial).toEqual([litresNow(meter)]);
  }
  expect(stored.get(plan.doubt.meterId)).toEqual([(plan.doubt.last + 60) * 1000]);
  for (const meter of plan.shut) expect(stored.has(meter.meterId)).toBe(false);

  await setLocale(context, 'en');
  const page = await context.newPage();
  await page.setViewportSize({ width: 1440, height: 900 });
  await signIn(page, PEOPLE.operator, `/desk/rounds/${plan.round.roundId}`);
  await ready(page);
  const all = plan.round.meters.length;
  await expect(page.getByRole('status').filter({ hasText: `${all} of ${all}` })).toBeVisible();
  // Fifty stops a page; those of the evening stand on the second.
  await button(page, 'Next').click();
  for (const reason of SHUT) {
    await expect(page.getByRole('cell', { name: new RegExp(reason, 'i') })).toBeVisible();
  }
  await page.goto(`/desk/points/${await pointOf(plan.exchanged.meterId)}`);
  await ready(page);
  await expect(page.locator('.hbar').getByText(fresh)).toBeVisible();
  await page.goto('/desk/rounds');
  await page.getByRole('link', { name: /Found meters: [1-9]/ }).click();
  const card = page.getByRole('article').filter({ hasText: unlisted });
  await expect(card.getByText('cellar, left')).toBeVisible();
  await context.close();
}

/** Where a meter hung before it was exchanged. */
async function pointOf(meterId: number): Promise<number> {
  const { rows } = await theApp().db.pool.query<{ id: number }>(
    'SELECT point_id AS id FROM installation WHERE meter_id = $1',
    [meterId],
  );
  return must(rows[0], 'the meter hung somewhere').id;
}
