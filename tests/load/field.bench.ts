/**
 * The reader's day at its largest: a round of 10 000 meters with twelve months behind each, on a
 * page whose processor is four times slower. Goals of the issue; each is said PASS or NOT REACHED.
 */
import type { CDPSession, Page } from '@playwright/test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { must } from '#lib/base/assert.ts';
import { newStorage, startPhone } from '../e2e/support/phone.ts';
import { median, type Bench, type Figures } from './harness.ts';
import { rowsByRadio } from './field-radio.ts';
import { makeBigRound } from './field-round.ts';
import { startServer, stop } from './server.ts';

const METERS = 10_000;
const SLOWER = 4;
/** A person looks at the screen before the next tap. */
const LOOK_MS = 1500;

/** At most so much: milliseconds, and megabytes for the memory. */
const GOALS = {
  ready_ms: 5000,
  meter_opens_ms: 100,
  search_ms: 100,
  radio_row_ms: 300,
  capture_durable_ms: 20,
  scroll_longest_task_ms: 100,
  tab_memory_mb: 512,
} as const satisfies Figures;

export const bench: Bench = {
  about: `a round of ${METERS} meters with a year behind it, processor ${SLOWER} times slower`,
  async run({ repeats, say }) {
    const folder = mkdtempSync(join(tmpdir(), 'kilter-bench-'));
    const [profile, newcomer] = [newStorage(), newStorage()];
    process.env['KILTER_E2E_DIR'] = folder;
    say('A server with the demo town is started …');
    const server = await startServer(folder);
    try {
      const rows = await rowsByRadio(newcomer, SLOWER);
      if (rows === null) say('Rows by radio: the recorded telegrams are not here.');
      const figures: Figures = {
        ...(await measure(profile, { repeats, say })),
        ...(rows && {
          radio_row_ms: Math.max(...rows.asIs),
          radio_row_slower_ms: Math.max(...rows.slower),
          radio_row_slower_median_ms: median(rows.slower),
        }),
      };
      for (const [name, goal] of Object.entries(GOALS)) {
        const value = figures[name];
        if (value === undefined) continue;
        const verdict = value <= goal ? 'PASS' : 'NOT REACHED';
        say(`${verdict.padEnd(12)}${name}: ${value.toFixed(1)}, goal ${goal}`);
      }
      return figures;
    } finally {
      await stop(server);
      for (const path of [folder, profile, newcomer]) {
        rmSync(path, { recursive: true, force: true });
      }
    }
  },
};

type Means = { readonly repeats: number; readonly say: (line: string) => void };

async function measure(profile: string, { repeats, say }: Means) {
  const world = await import('../e2e/support/world.ts');
  const { operator } = await import('../e2e/support/vector-round.ts');
  const app = world.theApp();
  const where = { email: world.PEOPLE.reader };
  const { id: readerId } = await app.db.prisma.user.findUniqueOrThrow({ where });
  const round = await makeBigRound(app, await operator(), { readerId, meters: METERS });
  say(`${METERS} meters are in round ${round.roundId}.`);
  const phone = await startPhone(profile);
  const { page, context } = phone;
  try {
    await world.setLocale(context, 'en');
    await timeTransactions(page);
    const session = await context.newCDPSession(page);
    await world.signIn(page, world.PEOPLE.reader, '/account');
    // The app is on the phone; the round is new.
    await world.installed(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
    const ready_ms = await untilRound(page, round.roundId);
    const list = `/field/round/${round.roundId}?view=list`;
    await page.goto(list);
    await page.locator('main a[href*="/meter/"]').nth(5).waitFor();
    const scroll = await scrollThrough(page);
    const search = await several(repeats, (i) => searchOne(page, 90_000_000 + (700 + i) * 37));
    const opens = await opened(page, list, repeats);
    const capture = await captures(page, round.roundId, repeats);
    return {
      meters: METERS,
      ready_ms,
      meter_opens_ms: median(opens.walking),
      meter_opens_after_start_ms: opens.afterStart,
      search_ms: median(search),
      capture_durable_ms: median(capture.durable.slice(1)),
      capture_durable_after_start_ms: capture.durable[0]!,
      capture_with_queue_ms: median(capture.whole.slice(1)),
      scroll_longest_task_ms: scroll,
      tab_memory_mb: await memoryOf(session),
    };
  } finally {
    await context.close();
    await app.close();
  }
}

async function several(n: number, work: (i: number) => Promise<number>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < n; i++) times.push(await work(i));
  return times;
}

/** From opening the app to the round's own tile, download and storing included. */
async function untilRound(page: Page, roundId: number): Promise<number> {
  const began = Date.now();
  await page.goto('/field', { waitUntil: 'commit' });
  await page.locator(`a[href="/field/round/${roundId}"]`).waitFor({ timeout: 120_000 });
  return Date.now() - began;
}

/** Long tasks while the thumb goes down the list for ten seconds. */
async function scrollThrough(page: Page): Promise<number> {
  await page.evaluate(() => {
    const tasks: number[] = [];
    Object.assign(window, { tasks });
    new PerformanceObserver((list) => {
      tasks.push(...list.getEntries().map(({ duration }) => duration));
    }).observe({ type: 'longtask' });
  });
  for (let i = 0; i < 100; i++) {
    await page.mouse.wheel(0, 600);
    await page.waitForTimeout(50);
  }
  return page.evaluate(() => Math.max(0, ...(window as unknown as { tasks: number[] }).tasks));
}

/** From the last letter to the frame that shows the one meter. */
async function searchOne(page: Page, serial: number): Promise<number> {
  const field = page.getByRole('searchbox');
  await field.fill('');
  await field.fill(String(serial).slice(0, -1));
  return page.evaluate(async (text) => {
    const input = document.querySelector<HTMLInputElement>('input[type=search]')!;
    const began = performance.now();
    input.value = text;
    input.dispatchEvent(new Event('input', { bubbles: true }));
    // No named function in here: the compiler would call a helper that the page does not have.
    while (document.querySelectorAll('main a[href*="/meter/"]').length !== 1)
      await new Promise((done) => requestAnimationFrame(done));
    return performance.now() - began;
  }, String(serial));
}

/**
 * From the tap on a row to the digit keys of that meter: the first while the app still starts, the
 * others as a reader walks, one after the other.
 */
async function opened(page: Page, list: string, repeats: number) {
  await page.goto(list);
  await page.locator('main a[href*="/meter/"]').nth(5).waitFor();
  const afterStart = await openOne(page, 0);
  const walking: number[] = [];
  for (let i = 1; i <= repeats; i++) {
    await page.goBack();
    await page.locator('main a[href*="/meter/"]').nth(5).waitFor();
    await page.waitForTimeout(LOOK_MS);
    walking.push(await openOne(page, i));
  }
  return { afterStart, walking };
}

function openOne(page: Page, i: number): Promise<number> {
  return page.evaluate(async (at) => {
    const row = document.querySelectorAll<HTMLElement>('main a[href*="/meter/"]')[at]!;
    const began = performance.now();
    row.click();
    while (!document.querySelector('.was'))
      await new Promise((done) => requestAnimationFrame(done));
    return performance.now() - began;
  }, i);
}

type Timed = { readonly times: number[] };

/** Before the app opens its storage, for Dexie keeps the function that begins a transaction. */
const timeTransactions = (page: Page): Promise<unknown> =>
  page.addInitScript(() => {
    const made = IDBDatabase.prototype.transaction;
    const times: number[] = [];
    Object.assign(window, { times });
    IDBDatabase.prototype.transaction = function (...given) {
      const transaction = made.apply(this, given);
      const began = performance.now();
      if (given[1] === 'readwrite' && [given[0]].flat().includes('event')) {
        transaction.addEventListener('complete', () => times.push(performance.now() - began));
      }
      return transaction;
    };
  });

/**
 * `durable`: the strict transaction itself, from its beginning to its completion; `whole`: from the
 * tap on "Keep" to the page that says so. The first of each is the first of an app just started.
 */
async function captures(page: Page, roundId: number, repeats: number) {
  const durable: number[] = [];
  const whole: number[] = [];
  await page.goto(`/field/round/${roundId}`);
  for (let i = 0; i <= repeats; i++) {
    await page.getByRole('button', { name: 'Type' }).click();
    await page.locator('.was').first().waitFor();
    await page.waitForTimeout(LOOK_MS);
    await page.keyboard.type('00400123');
    const keep = page.getByRole('button', { name: /^Keep/ });
    await keep.waitFor();
    await page.evaluate(() => void ((window as unknown as Timed).times.length = 0));
    const began = Date.now();
    await keep.click();
    await page.waitForURL(`**/field/round/${roundId}`);
    whole.push(Date.now() - began);
    const [first] = await page.evaluate(() => (window as unknown as Timed).times);
    durable.push(must(first, 'the capture ran a transaction on the table "event"'));
  }
  return { durable, whole };
}

/** What the page itself keeps after a collection: its heap and what the browser holds for it. */
async function memoryOf(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize, backingStorageSize = 0 } = (await session.send('Runtime.getHeapUsage')) as {
    usedSize: number;
    backingStorageSize?: number;
  };
  return (usedSize + backingStorageSize) / 1e6;
}
