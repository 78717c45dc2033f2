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
];
