/**
 * Measures the resident's home page as a slow phone sees it and fails below the promised scores.
 *
 * It knows Lighthouse and how to sign in through a one-time link of the demo; it needs a running
 * Kilter with the demo town. Usage: `node tools/lighthouse.mjs [--url http://localhost:3000/home]
 * [--repeats 3] [--json]`. Of several runs the one with the middle performance is judged; with
 * `--json` the last line is `{category: score}`.
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
/** What performance is made of, so that a fall has a name. */
const METRICS = [
  ...['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time'],
  ...['cumulative-layout-shift', 'speed-index'],
];
const DEFAULT_URL = 'http://localhost:3000/home';

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: DEFAULT_URL },
    repeats: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
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

/** A busy machine slows single runs down; the middle one is the page's own speed. */
async function middleRun(cookie) {
  const runs = [];
  for (let n = 0; n < Number(values.repeats); n++) runs.push(await measure(cookie));
  const speed = (lhr) => lhr.categories.performance?.score ?? 0;
  return runs.sort((a, b) => speed(a) - speed(b))[Math.floor(runs.length / 2)];
}

const scoreOf = (lhr, category) => Math.round((lhr.categories[category]?.score ?? 0) * 100);

function report(lhr) {
  if (new URL(lhr.finalDisplayedUrl).pathname !== new URL(values.url).pathname) {
    throw new Trouble(`Lighthouse was sent from ${values.url} to ${lhr.finalDisplayedUrl}.`);
  }
  const low = Object.entries(FLOORS).filter(([category, floor]) => {
    const score = scoreOf(lhr, category);
    console.log(`${category.padEnd(16)}${score}  (at least ${floor})`);
    return score < floor;
  });
  for (const id of METRICS) {
    const { title, displayValue, score } = lhr.audits[id];
    console.log(`  ${title.padEnd(26)}${displayValue}  (${Math.round(score * 100)})`);
  }
  // Four times slower than this machine is what is measured; Lighthouse means a desktop of 1500.
  console.log(`  Speed of this machine     ${Math.round(lhr.environment.benchmarkIndex)}`);
  for (const [category] of low) {
    for (const { id } of lhr.categories[category].auditRefs) {
      const audit = lhr.audits[id];
      if (audit.score !== null && audit.score < 0.9) console.log(`  ${id}: ${audit.title}`);
    }
  }
  if (low.length > 0) process.exitCode = 1;
  if (values.json) {
    const scores = Object.keys(FLOORS).map((category) => [category, scoreOf(lhr, category)]);
    console.log(JSON.stringify(Object.fromEntries(scores)));
  }
}

try {
  if (!findChromium()) throw new Trouble('No Chromium was found; name one in CHROMIUM.');
  report(await middleRun(await residentCookie()));
} catch (error) {
  giveUp(error);
}
