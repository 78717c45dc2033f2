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
import { freePort, isListening } from './db.mjs';
import { demoLinks, signIn } from './demo-people.mjs';
import { ROOT } from './packages.mjs';
import { Trouble, giveUp } from './trouble.mjs';

const FLOORS = { performance: 95, accessibility: 100, 'best-practices': 100, seo: 100 };
const DEFAULT_URL = 'http://localhost:3000/home';

const { values } = parseArgs({
  options: { url: { type: 'string', default: DEFAULT_URL } },
});

/** Cookies of the signed-in resident as one header. */
async function residentCookie() {
  const { chromium } = await import('playwright');
  const { resident } = await demoLinks();
  const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_ARGS });
  const page = await browser.newPage();
  await signIn(page, resident);
  const cookies = await page.context().cookies();
  await browser.close();
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
  report(await measure(await residentCookie()));
} catch (error) {
  giveUp(error);
}
