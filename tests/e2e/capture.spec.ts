/**
 * The reader's other ways of capture on a phone without a network: optical head on a cable, the
 * same head over Bluetooth, and the keypad with its four doubts. What was kept offline is stored
 * exactly once when the network returns, and the receipt verifies.
 */
import { chromium, expect, test, type BrowserContext, type Page } from '@playwright/test';
import { createHash } from 'node:crypto';
import { must } from '#lib/base/assert.ts';
import { unpackStatus } from '#lib/domain/reading.ts';
import { CHROMIUM_ARGS, findChromium } from '../../tools/chromium.mjs';
import { BLE_ARGS, fakeBluetoothUart } from './support/fake-bluetooth.ts';
import { fakeHead, iecMeter } from './support/fake-head.ts';
import { fakeSerial } from './support/fake-serial.ts';
import { makeHandRound, MONTHLY, type HandMeter, type HandRound } from './support/hand-round.ts';
import { prepare } from './support/phone.ts';
import { ORIGIN, ready, theApp } from './support/world.ts';

const executablePath = findChromium();
const launched = (...more: string[]) => ({
  ...(executablePath && { executablePath }),
  args: [...CHROMIUM_ARGS, ...more],
});
test.use({
  viewport: { width: 390, height: 844 },
  permissions: ['camera'],
  launchOptions: launched('--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'),
});
test.setTimeout(120_000);

let round: HandRound;
test.beforeAll(async () => {
  round = await makeHandRound(2, 6);
});

const OPTICAL = 0;
const BLUETOOTH = 1;
const meterAt = (i: number): HandMeter => must(round.meters[i], 'the round has this meter');
const meterUrl = (meter: HandMeter): string =>
  `/field/round/${round.roundId}/meter/${meter.meterId}`;

/** Signed in, round on the phone, app installed, network away. */
async function goUnderground(context: BrowserContext, page: Page): Promise<void> {
  await prepare({ context, page }, round);
  await context.setOffline(true);
}

async function openMeter(page: Page, meter: HandMeter): Promise<void> {
  await page.goto(meterUrl(meter));
  await ready(page);
}

/** Network returns: everything is received and every signature holds. */
async function surface(context: BrowserContext, page: Page): Promise<void> {
  await context.setOffline(false);
  await page.goto('/field/outbox');
  await expect(page.getByText('All received. Nothing is left on the phone.')).toBeVisible({
    timeout: 30_000,
  });
  await page.getByText('Check the signatures').click();
  await expect(page.getByText(/signatures? (is|are) right/)).toBeVisible();
}

type Stored = { value: number; source: string; flagged: boolean };

/** What was stored for the meter after the uploaded past. */
async function stored({ meterId, register }: HandMeter): Promise<Stored[]> {
  const { rows } = await theApp().db.pool.query<{ value: string; status: number }>(
    `SELECT value::text, status FROM reading
      WHERE meter_id = $1 AND register = $2 AND ts > now() - interval '1 day' ORDER BY ts`,
    [meterId, register],
  );
  return rows.map(({ value, status }) => ({ value: Number(value), ...unpackStatus(status) }));
}

type Captured = {
  type: string;
  result: string;
  body: { flags?: string[]; photos?: string[]; confirmed?: boolean; reason?: string };
};

/** The events of the meter as the server keeps them. */
async function captured({ meterId }: HandMeter): Promise<Captured[]> {
  type Row = { type: string; result: string; canonical: string };
  const { rows } = await theApp().db.pool.query<Row>(
    `SELECT type, result, canonical FROM capture_event
      WHERE (canonical::jsonb -> 'body' ->> 'meterId')::int = $1 ORDER BY n`,
    [meterId],
  );
  return rows.map(({ canonical, ...row }) => ({
    ...row,
    body: (JSON.parse(canonical) as { body: Captured['body'] }).body,
  }));
}

/** A plausible new value: one more ordinary month, in the register's scale. */
const usualNow = (meter: HandMeter): number => (meter.last + MONTHLY[meter.resource]) * 1000;

test('optical head on a cable: echo, speed change, the wrong meter, kept once', async ({
  context,
  page,
}) => {
  const meter = meterAt(OPTICAL);
  const value = usualNow(meter) + 123;
  const head = fakeHead(iecMeter('99887766', 1_000_000));
  const { opened } = await fakeSerial(page, head.serial);
  await goUnderground(context, page);
  await openMeter(page, meter);
  await page.getByRole('link', { name: 'Read with a head' }).click();
  await page.getByText('USB receiver or head').click();

  await expect(page.getByText('This is another meter')).toBeVisible({ timeout: 20_000 });
  await expect(page.getByText(/The head read 99887766/)).toBeVisible();
  await expect(page.getByRole('button', { name: 'Keep' })).toHaveCount(0);
  head.show(iecMeter(meter.serial, value));
  opened.length = 0;
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('button', { name: 'Keep' })).toBeVisible({ timeout: 20_000 });
  expect(opened.map(({ baudRate }) => baudRate)).toEqual([300, 9600]);
  expect(opened[0]).toMatchObject({ dataBits: 7, parity: 'even' });
  await page.getByRole('button', { name: 'Keep' }).click();
  await expect(page).toHaveURL(`/field/round/${round.roundId}`);
  expect(await stored(meter)).toEqual([]);

  await surface(context, page);
  expect(await stored(meter)).toMatchObject([{ value, source: 'optical', flagged: false }]);
  expect(await captured(meter)).toMatchObject([{ result: 'stored', body: { flags: [] } }]);
});

test('optical head over Bluetooth: the real stack, stored with its source', async () => {
  const meter = meterAt(BLUETOOTH);
  const value = usualNow(meter) + 321;
  const browser = await chromium.launch(launched(...BLE_ARGS));
  try {
    const context = await browser.newContext({
      viewport: { width: 390, height: 844 },
      baseURL: ORIGIN,
    });
    const page = await context.newPage();
    const head = fakeHead(iecMeter(meter.serial, value));
    const ble = await fakeBluetoothUart(browser, page, {
      name: 'Optical head',
      onWrite(bytes, notify) {
        for (const reply of head.answer(bytes)) {
          // A link of 23 bytes carries 20 at a time.
          for (let at = 0; at < reply.bytes.length; at += 20) {
            const part = reply.bytes.slice(at, at + 20);
            setTimeout(() => void notify(part), reply.delayMs);
          }
        }
      },
    });
    await goUnderground(context, page);
    await openMeter(page, meter);
    await page.getByRole('link', { name: 'Read with a head' }).click();
    await page.getByText('Bluetooth head').click();
    await expect(page.getByRole('button', { name: 'Keep' })).toBeVisible({ timeout: 30_000 });
    await page.getByRole('button', { name: 'Keep' }).click();
    await expect(page).toHaveURL(`/field/round/${round.roundId}`);
    await ble.close();
    expect(await stored(meter)).toEqual([]);

    await surface(context, page);
    expect(await stored(meter)).toMatchObject([{ value, source: 'bluetooth', flagged: false }]);
    expect(await captured(meter)).toHaveLength(1);
  } finally {
    await browser.close();
  }
});

async function type(page: Page, meter: HandMeter, m3: number): Promise<void> {
  await openMeter(page, meter);
  const keys = page.getByRole('group', { name: 'Digit keys' });
  for (const digit of Math.round(m3 * 1000)
    .toString()
    .padStart(8, '0')) {
    await keys.getByRole('button', { name: digit, exact: true }).click();
  }
}

/** A picture of a dial, drawn in the page: the test owns every pixel of it. */
async function pictureOfDial(page: Page, text: string): Promise<Buffer> {
  const base64 = await page.evaluate((shown) => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [1600, 1200];
    const context = canvas.getContext('2d')!;
    context.fillStyle = '#bbb';
    context.fillRect(0, 0, 1600, 1200);
    context.fillStyle = '#111';
    context.font = 'bold 200px monospace';
    for (let y = 200; y < 1200; y += 220) context.fillText(shown, 100, y);
    return canvas.toDataURL('image/jpeg', 0.95).split(',')[1]!;
  }, text);
  return Buffer.from(base64, 'base64');
}

test('typed: four doubts, photo, second look, undo and a reason', async ({ context, page }) => {
  const [usual, equal, lower, high, low, shut] = round.meters.slice(2) as [
    HandMeter,
    HandMeter,
    HandMeter,
    HandMeter,
    HandMeter,
    HandMeter,
  ];
  const twice = page.getByRole('button', { name: 'Keep, I looked twice' });
  await goUnderground(context, page);

  // Nothing odd: kept with one tap, taken back with another, kept again.
  await type(page, usual, usual.last + 6);
  await expect(twice).toHaveCount(0);
  await page.getByRole('button', { name: 'Keep' }).click();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText(/taken back/)).toBeVisible();
  await type(page, usual, usual.last + 6.5);
  await page.getByRole('button', { name: 'Keep' }).click();
  await expect(page).toHaveURL(`/field/round/${round.roundId}`);

  await type(page, equal, equal.last);
  await expect(page.getByText(/The same as on/)).toBeVisible();
  await twice.click();
  await expect(page).toHaveURL(`/field/round/${round.roundId}`);

  await type(page, lower, lower.last - 2);
  await expect(page.getByText(/less than on/)).toBeVisible();
  await twice.click();
  await expect(page).toHaveURL(`/field/round/${round.roundId}`);

  await type(page, low, low.last + 0.3);
  await expect(page.getByText(/That makes only/)).toBeVisible();
  await twice.click();
  await expect(page).toHaveURL(`/field/round/${round.roundId}`);

  await type(page, high, high.last + 60);
  await expect(page.getByText(/That makes .* a month/)).toBeVisible();
  await page.getByRole('button', { name: 'Photograph the dial' }).click();
  await page
    .getByLabel('Take from the phone')
    .last()
    .setInputFiles({
      name: 'dial.jpg',
      mimeType: 'image/jpeg',
      buffer: await pictureOfDial(page, '00460'),
    });
  await page.getByRole('button', { name: /^Use it/ }).click();
  await expect(page.getByText('The photo is here. You can keep the reading.')).toBeVisible();
  await page.getByRole('button', { name: 'Keep' }).click();
  await expect(page).toHaveURL(`/field/round/${round.roundId}`);

  await page.getByRole('button', { name: 'Can’t' }).click();
  await page.getByRole('button', { name: 'Locked' }).click();
  for (const meter of round.meters.slice(2)) expect(await stored(meter)).toEqual([]);

  await surface(context, page);
  const units = (m3: number) => Math.round(m3 * 1000);
  expect(await stored(usual)).toMatchObject([
    { value: units(usual.last + 6.5), source: 'typed', flagged: false },
  ]);
  for (const [meter, code, m3] of [
    [equal, 'equal', equal.last],
    [lower, 'lower', lower.last - 2],
    [low, 'too-low', low.last + 0.3],
    [high, 'too-high', high.last + 60],
  ] as const) {
    expect(await stored(meter), code).toMatchObject([
      { value: units(m3), source: 'typed', flagged: true },
    ]);
    const events = await captured(meter);
    expect(events, code).toMatchObject([
      { result: 'stored', body: { flags: [code], confirmed: true } },
    ]);
    expect(await serverRules(meter), code).toEqual([code]);
  }
  const photo = must((await captured(high))[0]?.body.photos?.[0], 'the doubt has a photo');
  await expect.poll(() => photoOnServer(photo)).toBe(photo);
  expect((await captured(shut)).map(({ type, body }) => [type, body.reason])).toEqual([
    ['access.failed', 'locked'],
  ]);
  expect(await stored(shut)).toEqual([]);
});

/** What the server's own judgement says of the newest reading. */
async function serverRules({ meterId }: HandMeter): Promise<string[]> {
  const { rows } = await theApp().db.pool.query<{ verdicts: { rule: string }[] }>(
    `SELECT verdicts FROM reading_origin WHERE meter_id = $1 ORDER BY ts DESC LIMIT 1`,
    [meterId],
  );
  return (rows[0]?.verdicts ?? []).map(({ rule }) => rule);
}

/** Hash of the bytes that the server holds under this name; null until they are complete. */
async function photoOnServer(sha256: string): Promise<string | null> {
  const { rows } = await theApp().db.pool.query<{ body: Buffer }>(
    `SELECT body FROM photo WHERE sha256 = decode($1, 'hex') AND complete`,
    [sha256],
  );
  return rows[0] ? createHash('sha256').update(rows[0].body).digest('hex') : null;
}
