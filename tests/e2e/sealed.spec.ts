/**
 * What rests on a reader's phone (X9, X23): no key of a meter and no reading in clear, in no
 * storage, file, log or answer; a storage that the browser threw away comes back from the second
 * copy; with a PIN nothing opens without it.
 */
import { chromium, expect, test, type BrowserContext, type Page } from '@playwright/test';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { must } from '#lib/base/assert.ts';
import { putMeterKey } from '#server/registry/keys.ts';
import { CHROMIUM_ARGS, findChromium } from '../../tools/chromium.mjs';
import { dumpProfile, dumpStorages, foundIn, secretKey, secretText } from './support/dump.ts';
import { capturesOf, drumOf, takeReadersPhone, typeAll } from './support/field-phone.ts';
import { makeHandRound, type HandRound } from './support/hand-round.ts';
import { operator } from './support/vector-round.ts';
import { ORIGIN, ready, theApp } from './support/world.ts';

const PHONE = { viewport: { width: 390, height: 844 } };
test.use({ ...PHONE, actionTimeout: 30_000 });
test.setTimeout(240_000);

/** Gives each meter of the round a key of its own, as an import of keys does. */
async function giveKeys(round: HandRound): Promise<Uint8Array[]> {
  const app = theApp();
  const { orgId } = await operator();
  const keys = round.meters.map(() => new Uint8Array(randomBytes(16)));
  await app.db.withOrgSql(orgId, async (client) => {
    for (const [i, { meterId }] of round.meters.entries()) {
      const put = { orgId, meterId, kind: 'aes-mode5', key: keys[i]! };
      await putMeterKey(client, app.config.KILTER_MASTER_KEY, put);
    }
  });
  return keys;
}

type Heard = { readonly console: string[]; readonly bodies: { url: string; text: string }[] };

/** Everything that a phone says and is told from here on. */
function overhear(context: BrowserContext): Heard {
  const heard: Heard = { console: [], bodies: [] };
  context.on('console', (message) => heard.console.push(message.text()));
  context.on('weberror', (error) => heard.console.push(String(error.error())));
  context.on('request', (request) => {
    const text = request.postDataBuffer()?.toString('latin1') ?? '';
    heard.bodies.push({ url: request.url(), text });
  });
  context.on('response', async (answer) => {
    const body = await answer.body().catch(() => null);
    if (body) heard.bodies.push({ url: answer.url(), text: body.toString('latin1') });
  });
  return heard;
}

async function openPhone(profile: string): Promise<{ phone: BrowserContext; page: Page }> {
  const executablePath = findChromium();
  const phone = await chromium.launchPersistentContext(profile, {
    ...(executablePath && { executablePath }),
    args: [...CHROMIUM_ARGS],
    baseURL: ORIGIN,
    ...PHONE,
  });
  return { phone, page: phone.pages()[0] ?? (await phone.newPage()) };
}

test('no key and no clear reading lies in storages, files, logs or the air', async () => {
  const profile = mkdtempSync(join(tmpdir(), 'kilter-sealed-'));
  const round = await makeHandRound(0, 6, true);
  const keys = (await giveKeys(round)).map((key, i) => secretKey(`key ${i}`, key));
  const typed = round.meters.slice(0, 3);
  const readings = typed.flatMap((meter) => {
    const drum = drumOf(meter);
    const value = `${Number(drum.slice(0, 5))}.${drum.slice(5)}`;
    return [secretText(`"${value}"`), secretText(drum)];
  });
  const serials = round.meters.map((meter) => secretText(meter.serial));
  const secrets = [...keys, ...readings, ...serials, secretText(round.house)];
  // The search finds what is there: the test itself could otherwise see nothing anywhere.
  expect(foundIn(`x${keys[0]!.spellings[0]}x`, secrets)).toEqual(['key 0']);
  try {
    const { phone, page } = await openPhone(profile);
    const heard = overhear(phone);
    await takeReadersPhone(phone, page, round);
    await phone.setOffline(true);
    await typeAll(page, round, typed);
    // The keys are opened and used: three encrypted meters are left for the radio.
    await page.getByRole('button', { name: 'Listen' }).click();
    await page.getByRole('button', { name: 'Practice receiver' }).click();
    await page.locator('.tile[data-state="radio"]').first().waitFor();
    await page.goto('/field/outbox');
    await ready(page);

    const dump = await dumpStorages(page, secrets);
    console.log(`${dump.places.length} places, ${dump.bytes} bytes`);
    expect(dump.found).toEqual([]);
    expect(dump.extractable).toBe(0);
    for (const place of [/^IndexedDB kilter-.* event$/, /roundKeys$/, /^OPFS .*copy$/, /^cache /]) {
      expect(dump.places.filter((name) => place.test(name))).not.toEqual([]);
    }
    expect(heard.console.filter((text) => foundIn(text, secrets).length > 0)).toEqual([]);
    await phone.setOffline(false);
    await expect(page.getByText('All received. Nothing is left on the phone.')).toBeVisible({
      timeout: 30_000,
    });
    expect((await dumpStorages(page, secrets)).found).toEqual([]);
    const leaks = heard.bodies.flatMap(({ url, text }) =>
      foundIn(text, keys).map((name) => `${name} in ${url}`),
    );
    expect(leaks).toEqual([]);
    // A reading goes to our own server, by the push alone; the way there is TLS.
    const told = heard.bodies.filter(({ text }) => foundIn(text, readings).length > 0);
    expect(new Set(told.map(({ url }) => url))).toEqual(new Set([`${ORIGIN}/api/sync/push`]));
    await phone.close();
    // Also the browser's own history, which names pages by their titles.
    const disk = dumpProfile(profile, secrets);
    console.log(`${disk.bytes} bytes of the profile`);
    expect(disk.found).toEqual([]);
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
});

/** Frames of events in the file outside IndexedDB; null while the browser swaps it for a newer. */
const recordsInCopy = (page: Page): Promise<number | null> =>
  page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle('kilter');
    let found = 0;
    const handles = folder as unknown as AsyncIterable<[string, FileSystemFileHandle]>;
    try {
      for await (const [, handle] of handles) {
        const text = new TextDecoder('latin1').decode(await (await handle.getFile()).arrayBuffer());
        found += text.split('"t":"event"').length - 1;
      }
    } catch (error) {
      if (error instanceof DOMException) return null;
      throw error;
    }
    return found;
  });

test('IndexedDB is wiped on the round: the second copy brings everything back', async ({
  browser,
}) => {
  const round = await makeHandRound(0, 4);
  const context = await browser.newContext(PHONE);
  const page = await context.newPage();
  await takeReadersPhone(context, page, round);
  await context.setOffline(true);
  await typeAll(page, round, round.meters);
  // A capture does not wait for the second copy, which is milliseconds behind.
  await expect.poll(() => recordsInCopy(page)).toBe(4);
  const session = await context.newCDPSession(page);
  await page.goto('about:blank');
  const wiped = { origin: ORIGIN, storageTypes: 'indexeddb' };
  await session.send('Storage.clearDataForOrigin', wiped);

  await page.goto('/field');
  await expect(page.getByText('The browser cleared its storage')).toBeVisible();
  await expect(page.getByText(/4 records are safe in the second copy/)).toBeVisible();
  const retry = page.getByRole('button', { name: 'Bring them back' });
  await retry.click();
  // Without a network the key does not come; the button is back when that is known.
  await expect(retry).toBeEnabled();
  await expect(page.getByText(/4 records are safe in the second copy/)).toBeVisible();
  expect(await capturesOf(round.meters)).toEqual([]);
  await context.setOffline(false);
  await retry.click();
  await expect(page.getByText('Brought back 4 records from the second copy')).toBeVisible();
  await page.goto('/field/outbox');
  await expect(page.getByText('All received. Nothing is left on the phone.')).toBeVisible({
    timeout: 30_000,
  });
  const stored = await capturesOf(round.meters);
  expect(stored.map(({ result }) => result)).toEqual(Array(4).fill('stored'));
  await context.close();
});

const enterPin = async (page: Page, pin: string, action: string): Promise<void> => {
  for (const digit of pin) await page.getByRole('button', { name: digit, exact: true }).click();
  await page.getByRole('button', { name: action, exact: true }).click();
};

test('with a PIN the app opens only with it, and unsent work can be saved without', async ({
  browser,
}) => {
  const round = await makeHandRound(0, 1);
  const context = await browser.newContext(PHONE);
  const page = await context.newPage();
  await takeReadersPhone(context, page, round);
  await context.setOffline(true);
  await typeAll(page, round, round.meters);
  await page.goto('/field/pin');
  await ready(page);
  await enterPin(page, '4821', 'Next');
  await expect(page.getByText('Enter the PIN again')).toBeVisible();
  await enterPin(page, '4821', 'Turn the PIN on');
  await expect(page).toHaveURL('/field');

  await page.reload();
  await expect(page.getByText('Enter your PIN')).toBeVisible();
  await expect(page.getByText('1 unsent record on this phone')).toBeVisible();
  await enterPin(page, '1111', 'Open');
  await expect(page.getByText('Wrong PIN. The records are safe.')).toBeVisible();
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save a copy' }).click();
  expect(must((await saving).suggestedFilename(), 'a file was saved')).toMatch(/\.kilter$/);
  await enterPin(page, '4821', 'Open');
  await expect(page.getByRole('link', { name: new RegExp(round.house) })).toBeVisible();
  await context.close();
});
