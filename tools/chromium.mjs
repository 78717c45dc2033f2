/**
 * Finds a Chromium for browser tests, screenshots and Lighthouse.
 *
 * It knows where such browsers usually lie and how Debian installs one; it knows nothing of tests.
 * Test configuration and tools/ call it. `npx playwright install` is not needed.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import os from 'node:os';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

/** As root Chromium has no sandbox; QUIC and the GPU only make noise in a headless machine. */
export const CHROMIUM_ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic'];

/** Path of a Chromium, or null: CHROMIUM, then PATH, then the usual folders, then Playwright's. */
export function findChromium() {
  const named = process.env.CHROMIUM;
  if (named) return isProgram(named) ? named : null;
  const folders = (process.env.PATH ?? '').split(delimiter);
  const onPath = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...onPath, ...usualPlaces(), ...playwrightCache()].find(isProgram) ?? null;
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const usualPlaces = () => [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

function playwrightCache() {
  const root =
    process.env.PLAYWRIGHT_BROWSERS_PATH ??
    {
      darwin: join(os.homedir(), 'Library/Caches/ms-playwright'),
      win32: join(process.env.LOCALAPPDATA ?? os.homedir(), 'ms-playwright'),
    }[process.platform] ??
    join(os.homedir(), '.cache/ms-playwright');
  if (!existsSync(root)) return [];
  const builds = readdirSync(root).filter((name) => name.startsWith('chromium-'));
  const inside = [
    'chrome-linux/chrome',
    'chrome-linux64/chrome',
    'chrome-mac/Chromium.app/Contents/MacOS/Chromium',
    'chrome-win/chrome.exe',
  ];
  return builds
    .sort()
    .reverse()
    .flatMap((name) => inside.map((path) => join(root, name, path)));
}

/** As root on Debian installs the system's Chromium when there is none; says what it does. */
export function installChromium() {
  if (process.getuid?.() !== 0 || !isProgram('/usr/bin/apt-get')) return null;
  console.log('No Chromium found: installing Debian’s package (apt-get install chromium) …');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const quiet = { env, stdio: ['ignore', 'ignore', 'inherit'] };
  const updated = spawnSync('apt-get', ['update', '-qq'], quiet);
  if (updated.status === 0) spawnSync('apt-get', ['install', '-y', '-qq', 'chromium'], quiet);
  return findChromium();
}
