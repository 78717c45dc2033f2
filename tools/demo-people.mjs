/**
 * Signs the people of the demo town in, in a real browser, as they would: by their one-time link.
 *
 * It knows the command that makes the links and the one button of the link's page; Lighthouse and
 * the screenshots call it. A Kilter with the demo town must run from the same data folder.
 */
import { nodeTool, runQuietly } from './packages.mjs';
import { Trouble } from './trouble.mjs';

/** First words of the lines that `server/cli/demo-links.ts` prints. */
export const PEOPLE = {
  resident: 'resident',
  reader: 'reader',
  operator: 'operator',
  tenant: 'tenant',
};

/** One new link for every person, by name. */
export async function demoLinks() {
  const command = nodeTool(['tsx/dist/cli.mjs', 'server/cli/demo-links.ts']);
  const { code, said } = await runQuietly(command);
  const lines = said.split('\n').map((line) => line.trim());
  const links = Object.entries(PEOPLE).map(([who, word]) => {
    const line = lines.find((text) => text.startsWith(word) && text.includes('http'));
    return [who, /https?:\/\/\S+/.exec(line ?? '')?.[0]];
  });
  const missing = links.filter(([, link]) => !link).map(([who]) => who);
  if (code !== 0 || missing.length > 0) {
    throw new Trouble(
      `No sign-in link for: ${missing.join(', ') || 'anyone'}. Is the app running?\n${said.trim()}`,
    );
  }
  return Object.fromEntries(links);
}

/** Follows a link and its one button; afterwards the browser's context is signed in. */
export async function signIn(page, link) {
  await page.goto(link);
  await page.locator('form button[type=submit]').click();
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
  await page.waitForLoadState('networkidle');
}
