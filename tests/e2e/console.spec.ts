/**
 * The meter console (X20) with the real simulated devices and no network: every function of the
 * concentrator from a browser tab, and each kind of meter found and read by itself. After the first
 * load the network is cut; nothing here may need it.
 */
import { expect, test, type BrowserContext, type Page } from '@playwright/test';
import { readFile } from 'node:fs/promises';
import { EMIS_EVENTS } from '#lib/meters/drivers/emis951.table.ts';
import { installed, PEOPLE, ready, setLocale, signIn } from './support/world.ts';

test.use({ viewport: { width: 390, height: 844 } });
test.setTimeout(240_000);

/** The app on the phone, then a basement. */
async function goUnderground(context: BrowserContext, page: Page, who: string): Promise<void> {
  await setLocale(context, 'en');
  await signIn(page, who, '/field');
  await ready(page);
  await installed(page);
  await context.setOffline(true);
  await page.goto('/field/console');
  await ready(page);
}

/** Chooses a practice device, lets the console find out what it speaks. */
async function connect(page: Page, device: string): Promise<void> {
  await page.getByRole('button', { name: /^Practice device/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: device }).click();
  await page.getByRole('button', { name: 'Find the device' }).click();
  await expect(page.getByText('Serial number').first()).toBeVisible({ timeout: 90_000 });
}

const open = (page: Page, section: string) =>
  page.locator(`a[href="/field/console?at=${section}"]`).click();
const valueOf = (page: Page, parameter: string) =>
  page.locator(`[data-parameter="${parameter}"] .value`);
const back = (page: Page) => page.getByRole('link', { name: 'Back' }).click();

/** Reads and waits until the answer is there. */
async function read(page: Page, button: string): Promise<void> {
  await page.getByRole('button', { name: button, exact: true }).click();
  await expect(page.getByText(/^Read (just now|\d+)/).first()).toBeVisible({ timeout: 60_000 });
}

/** Takes a role with the password that the practice device tells. */
async function take(page: Page, role: string): Promise<void> {
  await page.getByRole('button', { name: /^Role/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', { name: role }).check();
  const password = await dialog.locator('.practice b').innerText();
  await dialog.getByLabel(/^Password of the role/).fill(password);
  await dialog.getByRole('button', { name: 'Enter', exact: true }).click();
  await expect(dialog).toBeHidden({ timeout: 30_000 });
  await expect(page.getByRole('button', { name: /^Role/ })).toContainText(role);
}

async function saved(page: Page, button: string): Promise<{ name: string; text: Buffer }> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button }).click(),
  ]);
  return { name: download.suggestedFilename(), text: await readFile(await download.path()) };
}

test('a concentrator is read to the last profile and event, by a reader', async ({
  context,
  page,
}) => {
  await goUnderground(context, page, PEOPLE.reader);
  await connect(page, 'Concentrator EMIS 951');
  await expect(page.getByText(/Your account may only read here/)).toBeVisible();

  await open(page, 'parameters');
  await page.getByRole('button', { name: /^Read the ticked ones/ }).click();
  await expect(valueOf(page, 'backup_server_address')).toHaveText('10.0.0.2', {
    timeout: 60_000,
  });
  await expect(page.getByText('Writing parameters needs the role')).toBeVisible();
  await expect(page.getByRole('button', { name: /^Change:/ })).toHaveCount(0);
  await back(page);

  await open(page, 'meters');
  await read(page, 'Read the list');
  await expect(page.getByText('24 meters')).toBeVisible();
  await page.getByRole('button', { name: 'Black list' }).click();
  await expect(page.getByText('2 meters')).toBeVisible();
  await page.getByRole('button', { name: 'All', exact: true }).click();
  await page.getByRole('searchbox').fill('70000004');
  await page.locator('a[href*="at=meter&n=4"]').click();
  for (const [profile, rows] of [
    ['daily', 89],
    ['monthly', 14],
    ['max_active', 14],
    ['max_reactive', 14],
  ] as const) {
    await page.locator(`a[href*="p=${profile}"]`).click();
    await read(page, 'Read');
    await expect(page.getByText(new RegExp(`^${rows} rows from`))).toBeVisible();
    await page.getByRole('button', { name: 'Show as a table' }).click();
    await expect(page.locator('tbody tr')).toHaveCount(rows);
    await back(page);
  }
  await page.locator('a[href*="p=daily"]').click();
  await page.getByRole('button', { name: 'A period' }).click();
  const from = new Date(Date.now() - 10 * 86_400_000).toISOString().slice(0, 10);
  await page.getByLabel('From', { exact: true }).fill(from);
  await page.getByRole('button', { name: 'Read again' }).click();
  await expect(page.getByText(/^(9|10|11) rows from/)).toBeVisible({ timeout: 30_000 });
  const csv = (await saved(page, 'Table (.csv)')).text.toString('utf8');
  expect(csv.charCodeAt(0)).toBe(0xfeff);
  expect(csv).toMatch(/\n\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z,\d+/);
  const xlsx = await saved(page, 'Excel (.xlsx)');
  expect(xlsx.name).toMatch(/^kilter-70000004-.*\.xlsx$/);
  expect(xlsx.text.subarray(0, 2).toString()).toBe('PK');
  await back(page);
  await back(page);
  await back(page);

  await open(page, 'topology');
  await page.getByRole('searchbox').fill('70000004');
  await expect(page.getByText('Way to the concentrator')).toBeVisible();
  await expect(page.locator('li.on')).toHaveCount(2);
  await back(page);

  await page.getByRole('button', { name: 'Open the log' }).click();
  const log = page.getByRole('dialog');
  await expect(log.locator('details').last()).toContainText('Find the protocol');
  // Search, parameters, list, four profiles and a period of one.
  await expect(log.locator('details')).toHaveCount(8);
  for (const entry of await log.locator('details').all()) await expect(entry).toContainText('done');
  const text = (await saved(page, 'Save a file')).text.toString('utf8');
  expect(text.match(/^\d{4}-/gm)).toHaveLength(8);
  expect(text).toMatch(/ > 7E A0/);
});

test('every event has words, also the one of a cleared journal', async ({ context, page }) => {
  await goUnderground(context, page, PEOPLE.operator);
  await connect(page, 'Concentrator EMIS 951');
  await take(page, 'Administrator');
  const codes = new Set<number>();
  const collect = async (): Promise<void> => {
    const rows = await page.locator('section li').allInnerTexts();
    for (const row of rows) {
      expect(row).not.toMatch(/_|Event without a name/);
      codes.add(Number(/code (\d+)/.exec(row)?.[1]));
    }
  };
  await open(page, 'journal');
  await read(page, 'Read the journal');
  await collect();
  await back(page);

  await open(page, 'service');
  const clear = page.getByRole('button', { name: 'Clear the data' });
  await expect(clear).toBeDisabled();
  await page.getByLabel('Last 4 digits of the serial number').fill('0042');
  await clear.click();
  await expect(page.getByText(/The data are cleared/)).toBeVisible({ timeout: 30_000 });
  await back(page);
  await open(page, 'journal');
  await page.getByRole('button', { name: /^Read( the journal| again)/ }).click();
  await expect(page.getByText(/The journal was cleared/)).toBeVisible({ timeout: 30_000 });
  await collect();
  expect([...codes].toSorted((a, b) => a - b)).toEqual(EMIS_EVENTS.map(({ code }) => code));
});

/** The ten of E-26 and E-49. */
const TEN = [
  ['main_server_address', '10.1.2.3'],
  ['backup_server_address', '10.1.2.4'],
  ['main_server_port', '9100'],
  ['backup_server_port', '9101'],
  ['heartbeat', '5'],
  ['apn', 'meters.example'],
  ['modem_user', 'kilter'],
  ['modem_password', 'S3cret-word'],
  ['ip_address', '192.168.7.20'],
  ['subnet_mask', '255.255.255.128'],
] as const;

test('ten parameters, clock, set, password and firmware', async ({ context, page }) => {
  await goUnderground(context, page, PEOPLE.operator);
  await connect(page, 'Concentrator EMIS 951');
  await take(page, 'Configurator');
  await open(page, 'parameters');
  await page.getByRole('button', { name: /^Read the ticked ones/ }).click();
  await expect(valueOf(page, 'backup_server_address')).toHaveText('10.0.0.2', {
    timeout: 60_000,
  });
  const dialog = page.getByRole('dialog');
  for (const [name, text] of TEN) {
    const row = page.locator(`[data-parameter="${name}"]`);
    await row.getByRole('button').click();
    await dialog.getByLabel(/^New value/).fill(text);
    await dialog.getByRole('button', { name: 'Write', exact: true }).click();
    await expect(dialog).toBeHidden({ timeout: 30_000 });
    await expect(row).toContainText('written');
    if (!name.endsWith('password')) await expect(row).toContainText(`The device confirms: ${text}`);
  }
  // Read again from the device, not remembered by the page.
  await page.getByRole('button', { name: /^Read the ticked ones/ }).click();
  await expect(page.getByText(/^Read just now/)).toBeVisible({ timeout: 60_000 });
  for (const [name, text] of TEN.filter(([one]) => !one.endsWith('password'))) {
    await expect(valueOf(page, name)).toContainText(text);
  }
  await expect(page.getByText('S3cret-word')).toHaveCount(0);
  // What cannot be is told by the core, and nothing is sent.
  await page.locator('[data-parameter="subnet_mask"]').getByRole('button').click();
  await dialog.getByLabel(/^New value/).fill('255.0.255.0');
  await dialog.getByRole('button', { name: 'Write', exact: true }).click();
  await expect(dialog.getByText('No such value')).toBeVisible();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await back(page);

  await open(page, 'clock');
  await read(page, 'Read the clock');
  await page.getByRole('button', { name: 'Set to this phone’s time' }).click();
  await expect(page.getByText('The clocks agree.')).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText('written', { exact: true })).toBeVisible();
  await back(page);

  await open(page, 'transfer');
  const set = await saved(page, 'Save the set');
  expect(set.text.toString('utf8')).not.toMatch(/S3cret-word|serial_number|clock/);
  const changed = set.text.toString('utf8').replace('meters.example', 'grid.example');
  const file = { name: 'set.json', mimeType: 'application/json', buffer: Buffer.from(changed) };
  await page.locator('input[type=file]').setInputFiles(file);
  await expect(page.getByText('1 parameter would change')).toBeVisible();
  await expect(page.getByText('was meters.example')).toBeVisible();
  await page.getByRole('button', { name: 'Write the set' }).click();
  await expect(page.getByText(/^\d+ of \d+ written$/)).toBeVisible({ timeout: 30_000 });
  await back(page);

  await open(page, 'service');
  await expect(page.getByText('Clearing data needs the role “Administrator”.')).toBeVisible();
  await back(page);
  await take(page, 'Administrator');
  await open(page, 'service');
  const change = page.getByRole('button', { name: 'Change a password' });
  await page.getByRole('button', { name: 'Configurator', exact: true }).click();
  await page.getByLabel('New password', { exact: true }).fill('12345678');
  await page.getByLabel('Again', { exact: true }).fill('12345678');
  await change.click();
  await expect(page.getByRole('alert').getByText('The password is too weak')).toBeVisible();
  await page.getByLabel('New password', { exact: true }).fill('Fresh-word-1');
  await page.getByLabel('Again', { exact: true }).fill('Fresh-word-1');
  await change.click();
  await expect(page.getByText(/The password of “Configurator” is changed/)).toBeVisible({
    timeout: 30_000,
  });
  const image = { name: 'emis.bin', mimeType: '', buffer: Buffer.alloc(3000, 7) };
  await page.locator('input[type=file]').setInputFiles(image);
  await page.getByLabel('Last 4 digits of the serial number').first().fill('0042');
  await page.getByRole('button', { name: 'Send the firmware' }).click();
  await expect(page.getByRole('progressbar')).toBeVisible();
  await expect(page.getByText('The device took the firmware.')).toBeVisible({ timeout: 90_000 });
});

const METERS = [
  ['DLMS meter', 'DLMS/COSEM'],
  ['Optical head, then DLMS', 'DLMS/COSEM'],
  ['Meter under an optical head', 'IEC 62056-21'],
  ['Modbus meter', 'Modbus RTU'],
  ['SML meter', 'SML'],
  ['P1 port', 'DSMR P1'],
  ['HAN port', 'DLMS, sends by itself'],
] as const;

/** The log of a meter: it was found and it was read. */
async function expectTwoDone(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Open the log' }).click();
  const entries = page.getByRole('dialog').locator('details');
  await expect(entries).toHaveCount(2);
  for (const entry of await entries.all()) await expect(entry).toContainText('done');
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
}

test('each kind of meter is found and read by itself', async ({ context, page }) => {
  await goUnderground(context, page, PEOPLE.reader);
  for (const [device, protocol] of METERS) {
    await connect(page, device);
    await expect(page.locator('.card')).toContainText(protocol);
    await expect(page.getByText(/^\d+ values?/)).toBeVisible({ timeout: 90_000 });
    await expectTwoDone(page);
    if (device === 'DLMS meter') {
      await page.getByRole('link', { name: /99\.1\.0/ }).click();
      await page.getByRole('button', { name: 'A period' }).click();
      await read(page, 'Read');
      await expect(page.getByText(/^\d[\d,]* rows from/)).toBeVisible();
      await back(page);
    }
    await page.getByRole('button', { name: 'Disconnect' }).click();
    await expect(page.getByText('How to connect')).toBeVisible();
  }
});

test('a bus names the neighbours, and one of them is read', async ({ context, page }) => {
  // At 2400 baud a search by wildcards asks hundreds of times.
  test.setTimeout(480_000);
  await goUnderground(context, page, PEOPLE.reader);
  await page.getByRole('button', { name: /^Practice device/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'M-Bus line' }).click();
  await page.getByLabel('Protocol').selectOption('M-Bus');
  await page.getByRole('button', { name: 'Find the device' }).click();
  await expect(page.locator('.card')).toContainText('M-Bus', { timeout: 240_000 });
  await expect(page.getByText(/^\d+ values?/)).toBeVisible({ timeout: 240_000 });
  await expectTwoDone(page);
  await page.getByRole('button', { name: /81190027/ }).click();
  await expect(page.getByText('3.001', { exact: true })).toBeVisible({ timeout: 60_000 });
  await expect(page.locator('.card')).toContainText('8119 0027');
  // The way to the others stays.
  await expect(page.getByRole('button', { name: /58120466/ })).toBeVisible();
});

test('the search is stopped and says so', async ({ context, page }) => {
  await goUnderground(context, page, PEOPLE.reader);
  await page.getByRole('button', { name: /^Practice device/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'HAN port' }).click();
  await page.getByRole('button', { name: 'Find the device' }).click();
  await expect(page.getByText('trying', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(page.getByRole('alert').getByText('Stopped by you')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible();
});
