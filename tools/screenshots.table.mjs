/**
 * The pictures of the guide. `person` is a name of the demo links (tools/demo-people.mjs); without
 * one nobody is signed in. `whole` takes the page to its end. Default: 390 × 844, light and dark,
 * Russian and English.
 */
export const PICTURES = [
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
    name: 'home-give',
    path: '/home/give-reading',
    person: 'resident',
    act: async (page) => {
      await page.locator('button.row').first().click();
      await page.keyboard.type('99');
    },
  },
  { name: 'home-more', path: '/home/more', person: 'resident' },
  { name: 'install-need', path: '/install', person: 'tenant' },
  { name: 'desk-board', path: '/desk', person: 'operator', size: [1440, 900] },
  { name: 'desk-points', path: '/desk/points', person: 'operator', size: [1440, 900] },
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
  { name: 'desk-import', path: '/desk/import', person: 'operator' },
];
