/**
 * The pictures of the guide. `person` is a name of the demo links (tools/demo-people.mjs); without
 * one nobody is signed in. `whole` takes the page to its end; `act` precedes the picture, `after`
 * puts back what it changed. Default: 390 × 844, light and dark, Russian and English.
 */
import { ALL_THEMES, FIELD_PICTURES } from './screenshots-field.table.mjs';

/** Steps of the installation in the order in which a tenant sees them. */
const WALK = ['photos', 'meter', 'connect', 'ready', 'open', 'compare', 'proved', 'seal', 'check'];

/** The button at the bottom's end that leads on. */
const onward = (page) => page.locator('.actions > :last-child').click();

/** A meter that does not exist, its numbers typed; nothing of it is sent. */
const INSTALL = {
  photos: async (page) => {
    await onward(page);
    await page.locator('input.mono').fill('KL-77001');
  },
  meter: async (page) => {
    await onward(page);
    await page.locator('input.mono').fill('00052017');
    for (const digit of '00123456') {
      await page.locator('[role="group"] button', { hasText: digit }).last().click();
    }
  },
  connect: onward,
  // The practice module stands in for a real one.
  ready: async (page) => {
    await page.locator('section section button').click();
    await page.locator('.actions > :only-child:enabled').waitFor();
    await page.waitForTimeout(1_500);
  },
  open: async (page) => {
    await onward(page);
    await page.waitForTimeout(7_000);
  },
  compare: async (page) => {
    await page.locator('.actions > :only-child:enabled').click({ timeout: 30_000 });
    await page.locator('.virtual').waitFor();
    await page.waitForTimeout(2_500);
  },
  proved: async (page) => {
    await onward(page);
    await page.locator('.balance [role="img"]').waitFor();
  },
  seal: onward,
  check: (page) => page.locator('.actions > :first-child').click(),
};

/** Walks to one step, from whatever the demo's tenant sees first. */
const installTo = (step) => async (page) => {
  await page.locator('.actions').waitFor();
  // Where something was sent already, "install another" begins from the start.
  if (await page.locator('.actions > :nth-child(2)').isVisible()) {
    await page.locator('.actions > :first-child').click();
  }
  for (const one of WALK.slice(0, WALK.indexOf(step) + 1)) await INSTALL[one](page);
};

/** The console with a practice device of the list; of a concentrator `section` as it was read. */
const consoleTo =
  (index, section = '') =>
  async (page) => {
    await page.locator('.ways button').last().click();
    await page.locator('.devices button').nth(index).click();
    await page.locator('main .foot button').click();
    await page.locator('.card').waitFor({ timeout: 60_000 });
    if (!section) return void (await page.locator('.figure').first().waitFor({ timeout: 60_000 }));
    await page.locator(`a[href="/field/console?at=${section}"]`).click();
    const bar = page.locator('.work .bar');
    await bar.locator('button').first().click();
    await bar.locator('p').waitFor({ timeout: 60_000 });
  };

/** Daily slices of the first meter of a concentrator. */
async function consoleProfile(page) {
  await consoleTo(0, 'meters')(page);
  await page.locator('a[href*="at=meter&n=1"]').first().click();
  await page.locator('a[href*="p=daily"]').click();
  await page.locator('.work .bar button').first().click();
  await page.locator('svg[role="img"]').waitFor({ timeout: 60_000 });
}

export const PICTURES = [
  {
    name: 'console-meter',
    path: '/field/console',
    person: 'reader',
    themes: ALL_THEMES,
    act: consoleTo(5),
  },
  {
    name: 'console-parameters',
    path: '/field/console',
    person: 'operator',
    size: [1280, 860],
    act: consoleTo(0, 'parameters'),
  },
  {
    name: 'console-profile',
    path: '/field/console',
    person: 'reader',
    themes: ALL_THEMES,
    act: consoleProfile,
  },
  {
    name: 'console-journal',
    path: '/field/console',
    person: 'reader',
    themes: ALL_THEMES,
    act: consoleTo(0, 'journal'),
  },
  { name: 'sign-in', path: '/sign-in' },
  ...FIELD_PICTURES,
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
  {
    name: 'sign-in-dead',
    path: '/sign-in/link?error=INVALID_TOKEN',
  },
  { name: 'account', path: '/account', person: 'tenant', whole: true },
  { name: 'account-staff', path: '/account', person: 'operator', whole: true },
  {
    name: 'install-code',
    path: '/install',
    act: (page) => page.locator('form').waitFor(),
  },
  { name: 'install-need', path: '/install', person: 'tenant', act: installTo('need') },
  ...WALK.map((step) => ({
    name: `install-${step}`,
    path: '/install',
    person: 'tenant',
    act: installTo(step),
    whole: step === 'meter',
  })),
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
