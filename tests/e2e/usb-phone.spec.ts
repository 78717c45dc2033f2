/**
 * A phone whose browser has WebUSB but no Web Serial reads a meter through an optical head with a
 * CH340: our driver sets the chip up, changes the speed in place, and the reading is kept.
 */
import { expect, test, type BrowserContext, type Page } from '@playwright/test';
import { must } from '#lib/base/assert.ts';
import { SimCh34x } from '../support/usb-chips.ts';
import { SimUsb } from '../support/usb-device.ts';
import { fakeHead, iecMeter } from './support/fake-head.ts';
import { fakeUsb } from './support/fake-usb.ts';
import { makeHandRound, MONTHLY, type HandRound } from './support/hand-round.ts';
import { PEOPLE, ready, setLocale, signIn } from './support/world.ts';

const ANDROID = 'Mozilla/5.0 (Linux; Android 10; K) Chrome/148.0.0.0 Mobile Safari/537.36';
test.use({ viewport: { width: 390, height: 844 }, userAgent: ANDROID });
test.setTimeout(120_000);

let round: HandRound;
test.beforeAll(async () => {
  round = await makeHandRound(1, 1);
});

const LINE = { dataBits: 7, parity: 'even', stopBits: 1 } as const;

/** The meter speaks 7E1 at its own speed; the chip hears it only when it is set to the same. */
function headOnChip(serial: string, value: number): SimUsb {
  const usb = new SimUsb(() => new SimCh34x());
  const head = fakeHead(iecMeter(serial, value));
  usb.onReceive = (bytes) => {
    for (const reply of head.answer(bytes)) {
      setTimeout(() => {
        usb.farLine = { ...LINE, baud: reply.baud };
        usb.device.emit(reply.bytes);
        usb.farLine = null;
      }, reply.delayMs);
    }
  };
  return usb;
}

async function openMeter(context: BrowserContext, page: Page): Promise<void> {
  const meter = must(round.meters[0], 'the round has a meter');
  await setLocale(context, 'en');
  await signIn(page, PEOPLE.reader, '/field');
  await ready(page);
  await page.getByRole('link', { name: new RegExp(round.house) }).waitFor();
  await page.goto(`/field/round/${round.roundId}/meter/${meter.meterId}`);
  await ready(page);
  await page.getByRole('link', { name: 'Read with a head' }).click();
}

test('optical head with a CH340 over WebUSB: read and kept', async ({ context, page }) => {
  const meter = must(round.meters[0], 'the round has a meter');
  const value = (meter.last + MONTHLY[meter.resource]) * 1000 + 77;
  const usb = headOnChip(meter.serial, value);
  await fakeUsb(page, usb.device);
  await openMeter(context, page);
  await expect(page.getByText('USB adapter not in that list')).toHaveCount(0);
  await page.getByText('USB receiver or head').click();
  await expect(page.getByRole('button', { name: 'Keep' })).toBeVisible({ timeout: 30_000 });
  const { chip } = usb.device;
  expect(chip.line).toMatchObject({ ...LINE });
  expect(Math.round(chip.baud / 100)).toBe(96);
  await page.getByRole('button', { name: 'Keep' }).click();
  await expect(page).toHaveURL(`/field/round/${round.roundId}`);
});

test('a phone with both offers both, and a head held elsewhere is said', async ({
  context,
  page,
}) => {
  const usb = headOnChip('1', 1);
  usb.device.isHeld = true;
  await fakeUsb(page, usb.device, false);
  await page.addInitScript(() => {
    Object.defineProperty(navigator, 'serial', { value: { getPorts: async () => [] } });
  });
  await openMeter(context, page);
  await expect(page.getByText('USB receiver or head')).toBeVisible();
  await page.getByText('USB adapter not in that list').click();
  await expect(page.getByText('The port is busy')).toBeVisible();
});
