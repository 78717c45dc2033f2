/**
 * A phone that can be killed: Chromium with a storage folder of its own, which survives the process
 * and can be copied as a backup is. It knows how to sign in, go underground, type a value and ask
 * what the server has; it knows no test.
 */
import { chromium, expect, type BrowserContext, type Page } from '@playwright/test';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHROMIUM_ARGS, findChromium } from '../../../tools/chromium.mjs';
import type { HandMeter, HandRound } from './hand-round.ts';
import { installed, ORIGIN, PEOPLE, ready, setLocale, signIn, theApp } from './world.ts';

export type KillablePhone = {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Ends every process of the browser with SIGKILL, as an empty battery does. */
  kill(): Promise<void>;
};

export const newStorage = (): string => mkdtempSync(join(tmpdir(), 'kilter-phone-'));
export const dropStorage = (folder: string): void =>
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });

/** The storage as it is on the disk now; no browser may run on it. */
export function copyStorage(folder: string): string {
  const copy = newStorage();
  cpSync(folder, copy, { recursive: true, filter: (path) => !/Singleton/.test(path) });
  return copy;
}

/** A picture that moves in front of a lens; nobody is asked whether the page may see it. */
export const CAMERA_ARGS = [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
] as const;

export async function startPhone(
  folder: string,
  { hasCamera = false } = {},
): Promise<KillablePhone> {
  const executablePath = findChromium();
  const context = await chromium.launchPersistentContext(folder, {
    ...(executablePath && { executablePath }),
    args: [...CHROMIUM_ARGS, ...(hasCamera ? CAMERA_ARGS : [])],
    ...(hasCamera && { permissions: ['camera'] }),
    viewport: { width: 390, height: 844 },
    baseURL: ORIGIN,
  });
  const page = context.pages()[0] ?? (await context.newPage());
  return {
    context,
    page,
    async kill() {
      for (const pid of processesOf(folder)) killQuietly(pid);
      await context.close().catch(() => {});
    },
  };
}

/** The processes that were started on this very folder and on no other. */
function processesOf(folder: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const line = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      return line.includes(`--user-data-dir=${folder}`) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It went with its parent.
  }
}

/** Signed in, the round on the phone, the app installed. */
export async function prepare(
  { context, page }: Pick<KillablePhone, 'context' | 'page'>,
  round: HandRound,
  email: string = PEOPLE.reader,
): Promise<void> {
  await setLocale(context, 'en');
  await signIn(page, email, '/field');
  // The link signs in at the app's own address; a test may look at it through a proxy's.
  await page.goto('/field');
  await ready(page);
  await page.getByRole('link', { name: new RegExp(round.house) }).waitFor();
  await installed(page);
}

export const meterUrl = (round: HandRound, meter: HandMeter): string =>
  `/field/round/${round.roundId}/meter/${meter.meterId}`;

/** Opens the meter and types a usual value, without keeping it. */
export async function typeUsual(page: Page, round: HandRound, meter: HandMeter): Promise<void> {
  await page.goto(meterUrl(round, meter));
  await ready(page);
  await page.locator('.was').first().waitFor();
  await page.keyboard.type(String((meter.last + 6) * 1000).padStart(8, '0'));
}

/** Keeps a usual value; resolves when the app says it is kept. */
export async function keepUsual(page: Page, round: HandRound, meter: HandMeter): Promise<void> {
  await typeUsual(page, round, meter);
  await page.getByRole('button', { name: 'Keep' }).click();
  await expect(page).toHaveURL(`/field/round/${round.roundId}`);
}

/** The network is back: everything on this phone reaches the server. */
export async function sendAll({ context, page }: Pick<KillablePhone, 'context' | 'page'>) {
  await context.setOffline(false);
  await page.goto('/field/outbox');
  await expect(page.getByText('All received. Nothing is left on the phone.')).toBeVisible({
    timeout: 45_000,
  });
}

export type ServerEvent = { readonly hash: string; readonly result: string; reason: string | null };

/** What the server holds of a meter's captures, forks included. */
export async function eventsOf({ meterId }: HandMeter): Promise<ServerEvent[]> {
  const { rows } = await theApp().db.pool.query<ServerEvent>(
    `SELECT encode(hash, 'hex') AS hash, result, reason FROM capture_event
      WHERE type = 'reading.captured' AND (canonical::jsonb -> 'body' ->> 'meterId')::int = $1
     UNION ALL
     SELECT encode(hash, 'hex'), 'fork', NULL FROM capture_fork
      WHERE (canonical::jsonb -> 'body' ->> 'meterId')::int = $1`,
    [meterId],
  );
  return rows;
}

/** Once at the server, whatever happened to the phone. */
export async function expectOnce(meter: HandMeter): Promise<void> {
  const events = await eventsOf(meter);
  expect(events.map(({ hash }) => hash)).toHaveLength(1);
}
