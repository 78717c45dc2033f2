/**
 * The pictures of the guide. `person` is a name of the demo links (tools/demo-people.mjs); without
 * one nobody is signed in. `whole` takes the page to its end. Default: 390 × 844, light and dark,
 * Russian and English.
 */
const ALL_THEMES = ['light', 'dark', 'sunlight'];
const PRACTICE = /Practice receiver|Учебный приёмник/;

/**
 * A round in its middle: the practice receiver has heard some of the meters. Nothing is sent, so
 * that every picture begins with the same round.
 */
async function readSome(page) {
  await page.route('**/api/sync/push', (route) => route.abort());
  await page.locator('a[href^="/field/round/"]').first().click();
  await page.waitForURL(/\/field\/round\/\d+$/);
  await page.locator('.bar button').first().click();
  await page.getByRole('button', { name: PRACTICE }).click();
  // A flat without radio stays ahead; a slow machine hears fewer in the same time.
  const many = page.locator('.tile[data-state="radio"]').nth(33);
  await many.waitFor({ timeout: 20_000 }).catch(() => {});
}

/** The keypad of the next meter, with its number begun. */
async function typeNext(page) {
  await readSome(page);
  await page.locator('.bar button').nth(1).click();
  await page.waitForURL(/\/meter\//);
  await page.waitForTimeout(300);
  await page.keyboard.type('04');
}

export const PICTURES = [
  { name: 'sign-in', path: '/sign-in' },
  { name: 'field-rounds', path: '/field', person: 'reader', themes: ALL_THEMES },
  { name: 'field-round', path: '/field', person: 'reader', themes: ALL_THEMES, act: readSome },
  { name: 'field-meter', path: '/field', person: 'reader', themes: ALL_THEMES, act: typeNext },
  { name: 'field-device', path: '/field/device', person: 'reader', themes: ALL_THEMES },
  { name: 'home', path: '/home', person: 'resident', langs: ['ru', 'en', 'de'], whole: true },
  { name: 'home-sun', path: '/home', person: 'resident', themes: ['sunlight'] },
  { name: 'home-month', path: '/home/charts?span=month', person: 'resident', whole: true },
  { name: 'home-year', path: '/home/charts?span=year', person: 'resident', whole: true },
  { name: 'home-hours', path: '/home/charts?span=profile', person: 'resident' },
  { name: 'home-calendar', path: '/home/calendar', person: 'resident', whole: true },
  {
    name: 'home-source',
    path: '/home/calendar',
    person: 'resident',
    whole: true,
    act: async (page) => {
      await page.locator('a[href^="/home/calendar/reading"]').click();
      await page.waitForURL(/\/home\/calendar\/reading/);
      await page.waitForLoadState('networkidle');
    },
  },
  { name: 'home-compare', path: '/home/compare', person: 'resident', whole: true },
  { name: 'home-meters', path: '/home/meters', person: 'resident', whole: true },
  { name: 'home-leak', path: '/home/leak', person: 'resident', whole: true },
  {
    name: 'home-several',
    path: '/home/meters',
    person: 'resident',
    act: async (page) => {
      await page.locator('a[href^="/home/charts?points="]').last().click();
      await page.waitForURL(/\/home\/charts/);
      await page.waitForLoadState('networkidle');
    },
  },
  {
    name: 'home-give',
    path: '/home/give-reading',
    person: 'resident',
    act: async (page) => {
      await page.locator('button.row').first().click();
      await page.keyboard.type('99');
    },
  },
  {
    name: 'home-waiting',
    path: '/home/give-reading',
    person: 'resident',
    act: async (page) => {
      await page.locator('button.row').first().click();
      const before = (await page.locator('.drum .was').allInnerTexts()).join('');
      await page.keyboard.type(String(Number(before) + 1).padStart(before.length, '0'));
      // Without a network the reading waits in this browser and ends with it.
      await page.context().setOffline(true);
      await page.locator('.act button').click();
      await page.locator('.paper').waitFor();
    },
  },
  { name: 'home-more', path: '/home/more', person: 'resident' },
  { name: 'install-need', path: '/install', person: 'tenant' },
  { name: 'desk-board', path: '/desk', person: 'operator', size: [1440, 900] },
  { name: 'desk-points', path: '/desk/points', person: 'operator', size: [1100, 580] },
  {
    name: 'desk-meter',
    path: '/desk/points?text=%D0%9B%D0%B5%D1%81%D0%BD%D0%B0%D1%8F%2C%2014%2C%20%D0%BA%D0%B2.%2037',
    person: 'operator',
    size: [1440, 900],
    act: async (page) => {
      await page.locator('td a').first().click();
      await page.waitForURL(/\/desk\/points\/\d+/);
      await page.waitForLoadState('networkidle');
    },
  },
  { name: 'desk-rounds', path: '/desk/rounds', person: 'operator', size: [1440, 900] },
  { name: 'desk-readings', path: '/desk/readings', person: 'operator', size: [1100, 580] },
  { name: 'desk-approvals', path: '/desk/approvals', person: 'operator', size: [1440, 900] },
  { name: 'desk-import', path: '/desk/import', person: 'operator' },
];
