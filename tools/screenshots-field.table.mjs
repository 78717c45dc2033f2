/** Pictures of the reader: how a picture is described stands in screenshots.table.mjs. */
export const ALL_THEMES = ['light', 'dark', 'sunlight'];
const PRACTICE = /Practice receiver|Учебный приёмник/;
const COLLECTOR = /Practice collector: this|Учебный концентратор: этот|Übungs-Konzentrator: dieses/;

/**
 * A round in its middle: the practice receiver has heard some of the meters. Nothing is sent, so
 * that every picture begins with the same round.
 */
async function readSome(page) {
  await page.route('**/api/sync/push', (route) => route.abort());
  await page.locator('a[href^="/field/round/"]').first().click();
  await page.waitForURL(/\/field\/round\/\d+$/);
  await page.locator('.bar [role="toolbar"] button').first().click();
  await page.getByRole('button', { name: PRACTICE }).click();
  // A flat without radio stays ahead; a slow machine hears fewer in the same time.
  const many = page.locator('.tile[data-state="radio"]').nth(33);
  await many.waitFor({ timeout: 20_000 }).catch(() => {});
}

/** The keypad of the next meter, with its number begun. */
async function typeNext(page) {
  await readSome(page);
  await page.locator('.bar [role="toolbar"] button').nth(1).click();
  await page.waitForURL(/\/meter\//);
  await page.waitForTimeout(300);
  await page.keyboard.type('04');
}

/** A figure far above the usual: the band with its two answers. */
async function typeDoubt(page) {
  await page.route('**/api/sync/push', (route) => route.abort());
  await page.locator('a[href^="/field/round/"]').first().click();
  await page.waitForURL(/\/field\/round\/\d+$/);
  await page.locator('.bar [role="toolbar"] button').nth(1).click();
  await page.waitForURL(/\/meter\//);
  await page.locator('.was').first().waitFor();
  const before = (await page.locator('.was').allTextContents()).join('');
  const cubic = Number(before.slice(0, 5)) + 300;
  await page.keyboard.type(`${String(cubic).padStart(5, '0')}3`);
  await page.locator('section.doubt').waitFor();
}

/** The practice receiver holds one meter whose key was changed: the thirteenth of the round. */
async function openDoctor(page) {
  await readSome(page);
  await page.locator('button.grid').click();
  await page.locator('a.row').nth(12).click();
  await page.locator('a[href*="do=doctor"]').click();
  await page.locator('li.broken').waitFor();
}

/** The way back from `sendThree`: what was sent for a picture is voided, the round is as before. */
const sentFrom = new WeakMap();

/** Three dials as they were, typed and sent: the receipt needs a server that signs. */
async function sendThree(page) {
  await page.locator('a[href^="/field/round/"]').first().click();
  const urls = [];
  for (let i = 0; i < 3; i++) {
    await page.waitForURL(/\/field\/round\/\d+$/);
    await page.locator('.bar [role="toolbar"] button').nth(1).click();
    await page.waitForURL(/\/meter\//);
    await page.locator('.was').first().waitFor();
    urls.push(page.url());
    await page.keyboard.type((await page.locator('.was').allTextContents()).join(''));
    await page.keyboard.press('Enter');
  }
  await page.waitForURL(/\/field\/round\/\d+$/);
  sentFrom.set(page, urls);
  await sendAll(page, urls[0]);
}

async function sendAll(page, anyUrl) {
  await page.goto(new URL('/field/outbox', anyUrl).href, { waitUntil: 'networkidle' });
  await page.waitForSelector('html[data-ready]');
  // Opening the page sends; the receipt is whole when both of its figures are the same.
  await page.locator('.paper').waitFor();
  const isWhole = () => {
    const figures = [...document.querySelectorAll('.count span')].map(
      (one) => /\d+/.exec(one.textContent ?? '')?.[0],
    );
    return figures.length === 2 && figures[0] === figures[1];
  };
  await page.waitForFunction(isWhole);
}

async function takeThreeBack(page) {
  const urls = sentFrom.get(page) ?? [];
  for (const url of urls) {
    await page.goto(url);
    await page.waitForSelector('html[data-ready]');
    await page.locator('.bar [role="toolbar"] button').last().click();
    await page.waitForTimeout(500);
  }
  if (urls[0]) await sendAll(page, urls[0]);
}

/** Codes of what the round has and the server has not. */
async function handOver(page) {
  await readSome(page);
  await page.goto(new URL('/field/rescue', page.url()).href);
  await page.locator('canvas[data-part]').waitFor();
}

/** A page of the first round, by its address. */
const ofRound = (tail, then) => async (page) => {
  const href = await page.locator('a[href^="/field/round/"]').first().getAttribute('href');
  await page.goto(new URL(`${href}${tail}`, page.url()).href);
  await page.waitForSelector('html[data-ready]');
  await then?.(page);
};

/** The same once some of it is read. */
const afterSome = (tail) => async (page) => {
  await readSome(page);
  await page.goto(new URL(`${page.url().split('?')[0]}${tail}`).href);
  await page.waitForSelector('html[data-ready]');
};

/** The first meter of the round, asked for `what`. */
const meterTo = (what) =>
  ofRound('?view=list', async (page) => {
    await page.locator('a.row').first().click();
    await page.waitForURL(/\/meter\//);
    await page.goto(`${page.url()}?do=${what}`);
    await page.waitForSelector('html[data-ready]');
  });

/** The last round is the water of a whole house, its common meter among it. */
async function waterBalance(page) {
  await page.route('**/api/sync/push', (route) => route.abort());
  await page.locator('a[href^="/field/round/"]').last().click();
  await page.waitForURL(/\/field\/round\/\d+$/);
  const url = page.url();
  await page.locator('.bar [role="toolbar"] button').first().click();
  await page.getByRole('button', { name: PRACTICE }).click();
  const known = page.locator('a[href$="/balance"]').getByText(/в сутки|a day|am Tag/);
  await known.waitFor({ timeout: 90_000 });
  const many = page.locator('.tile[data-state="radio"]').nth(24);
  await many.waitFor({ timeout: 20_000 }).catch(() => {});
  await page.goto(`${url}/balance`);
  await page.waitForSelector('html[data-ready]');
}

/** Leaflet comes with the first map, so its points are waited for. */
async function roundMap(page) {
  await afterSome('/map')(page);
  await page.locator('.leaflet-marker-icon').first().waitFor();
  await page.waitForTimeout(300);
}

/** A meter that the radio has read. */
async function openDone(page) {
  await readSome(page);
  await page.goto(`${page.url()}?view=list`);
  const read = page.locator('a.row').filter({ has: page.locator('svg rect.full') });
  await read.first().click();
  await page.waitForURL(/\/meter\//);
}

/** The practice collector of the house, in the middle of its read-out. */
async function readCollector(page) {
  await page.route('**/api/sync/push', (route) => route.abort());
  await ofRound('/collector')(page);
  await page.getByRole('button', { name: COLLECTOR }).click();
  await page
    .getByTestId('collector-done')
    .getByText(/^[2-9]\d/)
    .waitFor({ timeout: 30_000 });
}

async function beginTraining(page) {
  await page.locator('main button').last().click();
  await page.locator('main li').first().waitFor();
}

const field = (name, act, path = '/field') => ({
  name: `field-${name}`,
  path,
  person: 'reader',
  themes: ALL_THEMES,
  ...(act && { act }),
});

export const FIELD_PICTURES = [
  { name: 'field-rounds', path: '/field', person: 'reader', themes: ALL_THEMES },
  { name: 'field-round', path: '/field', person: 'reader', themes: ALL_THEMES, act: readSome },
  { name: 'field-meter', path: '/field', person: 'reader', themes: ALL_THEMES, act: typeNext },
  { name: 'field-doubt', path: '/field', person: 'reader', themes: ALL_THEMES, act: typeDoubt },
  { name: 'field-doctor', path: '/field', person: 'reader', themes: ALL_THEMES, act: openDoctor },
  {
    name: 'field-outbox',
    path: '/field',
    person: 'reader',
    themes: ALL_THEMES,
    act: sendThree,
    after: takeThreeBack,
  },
  { name: 'field-rescue', path: '/field', person: 'reader', themes: ALL_THEMES, act: handOver },
  { name: 'field-pin', path: '/field/pin', person: 'reader', themes: ALL_THEMES },
  { name: 'field-device', path: '/field/device', person: 'reader', themes: ALL_THEMES },
  field('list', afterSome('?view=list')),
  field(
    'cannot',
    ofRound('', (page) => page.locator('.bar [role="toolbar"] button').nth(3).click()),
  ),
  field('map', roundMap),
  field('safety', ofRound('/safety')),
  field('balance', waterBalance),
  field('scan', ofRound('?view=scan')),
  field('done', openDone),
  field('found', ofRound('/found')),
  field('heard', ofRound('/heard')),
  field('collector', readCollector),
  field('card', meterTo('card')),
  field('exchange', meterTo('exchange')),
  field('optical', meterTo('optical')),
  field('training', beginTraining, '/field/training'),
];
