/**
 * Measures the resident's home page as a slow phone sees it and fails below the promised scores.
 *
 * It knows Lighthouse and how to sign in through a one-time link of the demo; it needs a running
 * Kilter with the demo town. Usage: `node tools/lighthouse.mjs [--url http://localhost:3000/home]`.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CHROMIUM_ARGS, findChromium } from './chromium.mjs';
import { freePort } from './db.mjs';
import { ROOT, nodeTool, runQuietly } from './packages.mjs';
import { Trouble, giveUp } from './trouble.mjs';

const FLOORS = { performance: 95, accessibility: 100, 'best-practices': 100, seo: 100 };
const DEFAULT_URL = 'http://localhost:3000/home';

const { values } = parseArgs({
  options: { url: { type: 'string', default: DEFAULT_URL }, link: { type: 'string' } },
});

/** The sign-in link of the demo's resident, as `server/cli/demo-links.ts` prints it. */
async function residentLink() {
  if (values.link) return values.link;
  const { code, said } = await runQuietly(
    nodeTool(['tsx/dist/cli.mjs', 'server/cli/demo-links.ts']),
  );
  const line = said
    .split('\n')
    .find((text) => /resident|жител/i.test(text) && /https?:/.test(text));
  const link = /https?:\/\/\S+/.exec(line ?? '')?.[0];
  if (code !== 0 || !link) throw new Trouble(`No sign-in link for the resident was made.\n${said}`);
  return link;
}

/** Opens the link in a real browser and returns the cookies as one header. */
async function signIn(link) {
  const { chromium } = await import('playwright');
  const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_ARGS });
  const page = await browser.newPage();
  await page.goto(link, { waitUntil: 'networkidle' });
  const cookies = await page.context().cookies();
  await browser.close();
  if (cookies.length === 0) throw new Trouble(`The link ${link} signed nobody in.`);
  return cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
}

async function measure(cookie) {
  const port = await freePort();
  const args = [...CHROMIUM_ARGS, '--headless', `--remote-debugging-port=${port}`, 'about:blank'];
  const browser = spawn(findChromium(), args, { stdio: 'ignore', cwd: join(ROOT, 'node_modules') });
  try {
    const { default: lighthouse } = await import('lighthouse');
    await untilListening(port);
    const result = await lighthouse(values.url, {
      port,
      output: 'json',
      extraHeaders: { Cookie: cookie },
    });
    return result.lhr;
  } finally {
    browser.kill();
  }
}

async function untilListening(port) {
  const { isListening } = await import('./db.mjs');
  for (let tries = 0; tries < 100; tries++) {
    if (await isListening(port)) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Trouble('Chromium did not open its debugging port.');
}

function report(lhr) {
  if (new URL(lhr.finalDisplayedUrl).pathname !== new URL(values.url).pathname) {
    throw new Trouble(`Lighthouse was sent from ${values.url} to ${lhr.finalDisplayedUrl}.`);
  }
  const low = Object.entries(FLOORS).filter(([category, floor]) => {
    const score = Math.round((lhr.categories[category]?.score ?? 0) * 100);
    console.log(`${category.padEnd(16)}${score}  (at least ${floor})`);
    return score < floor;
  });
  for (const [category] of low) {
    for (const { id } of lhr.categories[category].auditRefs) {
      const audit = lhr.audits[id];
      if (audit.score !== null && audit.score < 0.9) console.log(`  ${id}: ${audit.title}`);
    }
  }
  if (low.length > 0) process.exitCode = 1;
}

try {
  if (!findChromium()) throw new Trouble('No Chromium was found; name one in CHROMIUM.');
  report(await measure(await signIn(await residentLink())));
} catch (error) {
  giveUp(error);
}
