/** Sixty real telegrams on the cable of a receiver, and how long each takes to its row. */
import { fakeDongle, CDC_IU891A } from '../e2e/support/fake-dongle.ts';
import { fakeSerial } from '../e2e/support/fake-serial.ts';
import { startPhone } from '../e2e/support/phone.ts';
import { hear, rowTimes } from '../e2e/support/radio-rows.ts';
import { HAVE_VECTORS } from '../e2e/support/vectors.ts';

const METERS = 60;
/** A house talks more slowly than this; a reader who walks in hears its meters one by one. */
const EVERY_MS = 250;

/** Milliseconds to each row in order, or null where the recorded telegrams are not to be had. */
export async function rowsByRadio(profile: string, slower: number): Promise<number[] | null> {
  if (!HAVE_VECTORS) return null;
  const world = await import('../e2e/support/world.ts');
  const { makeVectorRound } = await import('../e2e/support/vector-round.ts');
  const round = await makeVectorRound('Векторная, 1', METERS);
  const { page, context } = await startPhone(profile);
  try {
    await world.setLocale(context, 'en');
    const dongle = fakeDongle('iu891a');
    // The compiler of the benchmarks names functions by a helper that a page does not have.
    await page.addInitScript('globalThis.__name = (f) => f');
    await fakeSerial(page, dongle.device, CDC_IU891A);
    await world.signIn(page, world.PEOPLE.reader, '/field');
    await page.locator(`a[href="/field/round/${round.roundId}"]`).waitFor({ timeout: 120_000 });
    await world.installed(page);
    await context.setOffline(true);
    const session = await context.newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: slower });
    await page.goto(`/field/round/${round.roundId}`);
    await world.ready(page);
    await page.getByRole('button', { name: 'Listen' }).click();
    await page.getByText('USB receiver or head').click();
    await page.getByText('Receiver ready').waitFor();
    await hear(page, dongle, round.meters, EVERY_MS);
    await page
      .locator('.tile[data-state="radio"], .tile[data-state="now"]')
      .nth(METERS - 1)
      .waitFor();
    return (await rowTimes(page)).map(({ ms }) => ms);
  } finally {
    await context.close();
  }
}
