/** Sixty real telegrams on the cable of a receiver, and how long each takes to its row. */
import { fakeDongle, CDC_IU891A } from '../e2e/support/fake-dongle.ts';
import { fakeSerial } from '../e2e/support/fake-serial.ts';
import { startPhone } from '../e2e/support/phone.ts';
import { hear, rowTimes } from '../e2e/support/radio-rows.ts';
import { HAVE_VECTORS } from '../e2e/support/vectors.ts';

const METERS = 60;
/** A house talks more slowly than this; a reader who walks in hears its meters one by one. */
const EVERY_MS = 250;

/**
 * Milliseconds to each row, of one half of the round as this machine is and of the other half with
 * its processor slowed; null where the recorded telegrams are not to be had.
 */
export async function rowsByRadio(
  profile: string,
  slower: number,
): Promise<{ readonly asIs: number[]; readonly slower: number[] } | null> {
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
    await page.goto(`/field/round/${round.roundId}`);
    await world.ready(page);
    await page.getByRole('button', { name: 'Listen' }).click();
    await page.getByText('USB receiver or head').click();
    await page.getByText('Receiver ready').waitFor();
    const rows = page.locator('.tile[data-state="radio"], .tile[data-state="now"]');
    const half = METERS / 2;
    await hear(page, dongle, round.meters.slice(0, half), EVERY_MS);
    await rows.nth(half - 1).waitFor();
    const asIs = await rowTimes(page);
    const session = await context.newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: slower });
    await hear(page, dongle, round.meters.slice(half), EVERY_MS);
    await rows.nth(METERS - 1).waitFor();
    const all = await rowTimes(page);
    const ms = (times: typeof all) => times.map((row) => row.ms);
    return { asIs: ms(asIs), slower: ms(all.slice(asIs.length)) };
  } finally {
    await context.close();
  }
}
