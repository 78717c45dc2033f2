/**
 * The reader's app from a dead phone to a usable list of rounds, without a network: a new browser
 * process, the page's processor four times slower, everything from what the phone keeps.
 */
import { chromium, type BrowserContext, type Page } from '@playwright/test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHROMIUM_ARGS, findChromium } from '../../tools/chromium.mjs';
import { PORT, startServer, stop } from './server.ts';
import { median, type Bench } from './harness.ts';

const SLOWER = 4;

async function openPhone(profile: string): Promise<{ phone: BrowserContext; page: Page }> {
  const executablePath = findChromium();
  const phone = await chromium.launchPersistentContext(profile, {
    ...(executablePath && { executablePath }),
    args: [...CHROMIUM_ARGS],
    viewport: { width: 390, height: 844 },
    baseURL: `http://localhost:${PORT}`,
  });
  return { phone, page: phone.pages()[0] ?? (await phone.newPage()) };
}

/** Signed in, round downloaded, app installed; then the phone is switched off. */
async function prepare(profile: string): Promise<void> {
  const { signIn, installed, PEOPLE, theApp } = await import('../e2e/support/world.ts');
  const { phone, page } = await openPhone(profile);
  await signIn(page, PEOPLE.reader, '/field');
  await page.locator('a[href^="/field/round/"]').first().waitFor({ timeout: 60_000 });
  await installed(page);
  await phone.close();
  await theApp().close();
}

/** Milliseconds from the navigation to the first round that can be tapped, told by the page. */
async function coldStart(profile: string): Promise<number> {
  const { phone, page } = await openPhone(profile);
  try {
    await phone.setOffline(true);
    const session = await phone.newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
    await page.goto('/field', { waitUntil: 'commit' });
    const usable = await page.waitForFunction(() => {
      const round = document.querySelector('html[data-ready] a[href^="/field/round/"]');
      return round && round.getClientRects().length > 0 ? performance.now() : null;
    });
    return Number(await usable.jsonValue());
  } finally {
    await phone.close();
  }
}

export const bench: Bench = {
  about: 'the field app from a new browser process, offline, processor 4 times slower',
  async run({ repeats, say }) {
    const folder = mkdtempSync(join(tmpdir(), 'kilter-bench-'));
    const profile = mkdtempSync(join(tmpdir(), 'kilter-phone-'));
    process.env['KILTER_E2E_DIR'] = folder;
    say('A server with the demo town is started …');
    const server = await startServer(folder);
    try {
      await prepare(profile);
      const times: number[] = [];
      for (let i = 0; i < repeats; i++) times.push(await coldStart(profile));
      say(`all starts: ${times.map((ms) => ms.toFixed(0)).join(', ')} ms`);
      return {
        offline_cold_start_ms: median(times),
        slowest_ms: Math.max(...times),
        goal_ms: 2000,
      };
    } finally {
      await stop(server);
      for (const path of [folder, profile]) rmSync(path, { recursive: true, force: true });
    }
  },
};
