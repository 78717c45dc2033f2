/**
 * Every screen for everybody: axe finds nothing in three languages and every theme, and no text is
 * pushed out, cut off or covered at 360 px, at double text size and at 320 px.
 *
 * One page serves a whole sweep; the language is a cookie, the theme an attribute. All of axe's
 * rules run once in each language. Another theme changes colours only, so it repeats those rules,
 * in the first language: no word chooses a colour.
 */
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type BrowserContext, type Page } from '@playwright/test';
import { geometryProblems } from './support/geometry.ts';
import { PEOPLE, ready, setLocale, signIn } from './support/world.ts';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];
const LOCALES = ['ru', 'en', 'de'] as const;

type Screen = {
  readonly path: string;
  /** Brings the screen into a state of its own. */
  readonly act?: (page: Page) => Promise<unknown>;
};

const HOME: Screen[] = [
  { path: '/home' },
  { path: '/home/charts?span=month' },
  { path: '/home/charts?span=year' },
  { path: '/home/charts?span=profile' },
  { path: '/home/calendar' },
  {
    path: '/home/calendar',
    act: async (page) => {
      await page.locator('a[href^="/home/calendar/reading"]').click();
      await page.waitForURL(/\/home\/calendar\/reading/);
    },
  },
  { path: '/home/compare' },
  { path: '/home/meters' },
  { path: '/home/give-reading' },
  { path: '/home/give-reading', act: (page) => page.locator('button.row').first().click() },
  { path: '/home/leak' },
  { path: '/home/more' },
  { path: '/account' },
];

async function axeProblems(page: Page, rules: string[] | null): Promise<string[]> {
  const builder = new AxeBuilder({ page }).setLegacyMode(true);
  const { violations } = await (
    rules ? builder.withRules(rules) : builder.withTags(TAGS)
  ).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes
      .slice(0, 3)
      .map(({ html, any }) => `${id} ${html.slice(0, 150)} ${any[0]?.message ?? ''}`),
  );
}

async function screenProblems(page: Page, themes: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const [index, theme] of themes.entries()) {
    await page.evaluate((one) => (document.documentElement.dataset['theme'] = one), theme);
    const problems = await axeProblems(page, index === 0 ? null : COLOUR_RULES);
    found.push(...problems.map((problem) => `${theme}: ${problem}`));
  }
  return [...found, ...(await geometryProblems(page))];
}

/** The page has drawn what it asked for; one that waits for a device is looked at as it waits. */
async function settled(page: Page): Promise<void> {
  await ready(page);
  const isDrawn = () =>
    document.querySelector('h1')?.textContent.trim() && !document.querySelector('.loading');
  await page.waitForFunction(isDrawn, null, { timeout: 3000 }).catch(() => null);
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
}

type Sweep = {
  readonly page: Page;
  readonly screens: readonly Screen[];
  readonly themes?: readonly string[];
  readonly locales?: readonly (typeof LOCALES)[number][];
};

async function sweep(plan: Sweep): Promise<void> {
  const { page, screens, themes = ['light', 'dark'], locales = LOCALES } = plan;
  const found: string[] = [];
  for (const locale of locales) {
    await setLocale(page.context(), locale);
    for (const { path, act } of screens) {
      await page.goto(path);
      await settled(page);
      if (act) await act(page).then(() => settled(page));
      const seen = locale === locales[0] ? themes : themes.slice(0, 1);
      const problems = await screenProblems(page, seen);
      found.push(...problems.map((problem) => `${locale} ${path}${act ? ' +' : ''} ${problem}`));
    }
  }
  expect([...new Set(found)]).toEqual([]);
}

test.use({ viewport: { width: 390, height: 844 } });
test.describe.configure({ timeout: 300_000 });

let context: BrowserContext;
let page: Page;
test.beforeEach(async ({ browser }) => {
  context = await browser.newContext({
    viewport: { width: 390, height: 844 },
    reducedMotion: 'reduce',
    serviceWorkers: 'block',
  });
  page = await context.newPage();
});
test.afterEach(() => context.close());

test('sign-in', async () => {
  await page.goto('/sign-in');
  await sweep({
    page,
    screens: [
      { path: '/sign-in' },
      { path: '/sign-in/link?token=none' },
      { path: '/sign-in/code' },
    ],
  });
});

test('resident', async () => {
  await signIn(page, PEOPLE.resident, '/home');
  await sweep({ page, screens: HOME });
});

for (const locale of LOCALES) {
  // The wizard goes on where it was left, so each language begins on a phone of its own.
  test(`tenant in ${locale}`, async () => {
    await signIn(page, PEOPLE.tenant, '/install');
    await ready(page);
    const start = (on: Page) => on.locator('main button').last().click();
    const screens = [
      { path: '/install?code=K7M2' },
      { path: '/install' },
      { path: '/install', act: start },
    ];
    await sweep({ page, screens, locales: [locale] });
  });
}

test('reader, also in the sun', async () => {
  // Two practice rounds, then twelve screens in three languages and three themes.
  test.setTimeout(600_000);
  await signIn(page, PEOPLE.reader, '/field');
  await settled(page);
  const round = await page.locator('a[href^="/field/round/"]').first().getAttribute('href');
  await page.goto(`/field/device?round=${round!.split('/').at(-1)}`);
  await settled(page);
  await page.getByRole('button', { name: /Practice|Учебный|Übung/ }).click();
  // Some rows are read, some not: both are on the screen.
  await expect(page.locator('.tile[data-state="radio"]').nth(4)).toBeVisible();
  await page.goto(`${round}?view=list`);
  const meters = page.locator('a[href*="/meter/"]');
  await meters.first().waitFor();
  const hrefs = await meters.evaluateAll((links) => links.map((a) => a.getAttribute('href')!));
  // The water of the whole house, its common meter among it: until its balance is known.
  await page.goto('/field');
  const water = await page.locator('a[href^="/field/round/"]').last().getAttribute('href');
  await page.goto(`/field/device?round=${water!.split('/').at(-1)}`);
  await settled(page);
  await page.getByRole('button', { name: /Practice|Учебный|Übung/ }).click();
  const balance = page.locator(`a[href="${water}/balance"]`);
  await expect(balance).toContainText(/в сутки|a day|am Tag/, { timeout: 90_000 });
  const screens: Screen[] = [
    { path: '/field' },
    { path: round! },
    { path: water! },
    { path: `${water}/balance` },
    { path: `${round}/map` },
    { path: `${round}/map`, act: (on) => on.locator('a[href^="?house="]').first().click() },
    { path: `${round}/safety` },
    { path: '/field/training' },
    { path: `${round}?view=list` },
    { path: `${round}/found` },
    { path: `${round}/heard` },
    { path: `${round}?view=scan` },
    { path: `${round}/collector` },
    { path: `${round}/collector`, act: readCollector },
    { path: hrefs[0]! },
    { path: hrefs.at(-1)! },
    { path: `${hrefs.at(-1)}?do=card` },
    { path: `${hrefs[0]}?do=doctor` },
    { path: `${hrefs[0]}?do=optical` },
    { path: '/field/outbox' },
    { path: '/field/device' },
  ];
  await sweep({ page, screens, themes: ['light', 'dark', 'sunlight'] });
});

/** The practice collector of the house, read to its end: failed, foreign and taken meters. */
async function readCollector(on: Page): Promise<void> {
  // In the sweep's second theme the visit stands there already, and the device is chosen again.
  await on.getByRole('button', { name: /this house|этот дом|dieses Haus/ }).click();
  await on.locator('.over').waitFor({ timeout: 60_000 });
}

/** A practice device of the console, found; `section` of a concentrator with its answer. */
const consoleAt =
  (device: RegExp, section = '') =>
  async (on: Page): Promise<void> => {
    await on.locator('.ways button').last().click();
    await on.getByRole('dialog').getByRole('button', { name: device }).click();
    await on.locator('main .foot button').click();
    await on.locator('.card').waitFor({ timeout: 90_000 });
    if (!section) return void (await on.locator('.figure, nav').first().waitFor());
    await on.locator(`a[href="/field/console?at=${section}"]`).click();
    await on.locator('main .bar button').first().click();
    await on.locator('main .bar p').waitFor({ timeout: 60_000 });
  };
const EMIS = /951/;

test('console, also in the sun', async () => {
  test.setTimeout(900_000);
  await signIn(page, PEOPLE.operator, '/field/console');
  const at = '/field/console';
  const screens: Screen[] = [
    { path: at },
    { path: at, act: (on) => on.locator('.ways button').last().click() },
    { path: at, act: consoleAt(/SML/) },
    { path: at, act: consoleAt(EMIS) },
    ...['parameters', 'clock', 'meters', 'topology', 'journal'].map((section) => ({
      path: at,
      act: consoleAt(EMIS, section),
    })),
    {
      path: at,
      act: async (on) => {
        await consoleAt(EMIS, 'meters')(on);
        await on.locator('a[href*="at=meter&n=1"]').first().click();
        await on.locator('a[href*="p=daily"]').click();
        await on.locator('main .bar button').click();
        await on.locator('svg[role="img"]').waitFor({ timeout: 60_000 });
      },
    },
    {
      path: at,
      act: async (on) => {
        await consoleAt(/SML/)(on);
        await on.locator('.log-bar button').click();
        await on.locator('dialog[open] summary').first().click();
      },
    },
  ];
  await sweep({ page, screens, themes: ['dark', 'light', 'sunlight'] });
});

test('desk', async () => {
  await signIn(page, PEOPLE.operator, '/desk');
  // A row of a list ends in its number; `number()` of any other word compares false.
  const rowOf = (kind: string) =>
    `xpath=//main//a[number(substring-after(@href, "/desk/${kind}/")) > 0]`;
  const open = (kind: string) => async (on: Page) => {
    await on.locator(rowOf(kind)).first().click();
    await on.waitForURL(new RegExp(`/desk/${kind}/\\d+`));
  };
  await sweep({
    page,
    screens: [
      { path: '/desk' },
      { path: '/desk/points' },
      { path: '/desk/points', act: open('points') },
      { path: '/desk/readings' },
      { path: '/desk/rounds' },
      { path: '/desk/rounds', act: open('rounds') },
      { path: '/desk/rounds/plan' },
      { path: '/desk/rounds/conflicts' },
      { path: '/desk/rounds/found' },
      { path: '/desk/approvals' },
      { path: '/desk/import' },
      { path: '/desk/people' },
    ],
  });
});
