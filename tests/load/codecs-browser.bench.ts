/**
 * Microseconds that a phone needs for one radio telegram: the decoder as the build makes it, in
 * Chromium whose processor is four times slower, on telegrams of other people's meters.
 */
import { chromium, type Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { toHex } from '#lib/base/bytes.ts';
import { CHROMIUM_ARGS, findChromium } from '../../tools/chromium.mjs';
import { areVectorsHere, loadMeterCases } from '../support/meter-cases.ts';
import type { BrowserTelegram } from './browser.entry.ts';
import { bundle } from './bundle.ts';
import { median, NotHere, type Bench } from './harness.ts';

const SLOWER = 4;
const TURNS = 40;
const WARM_ROUNDS = 3;
const WANTED_US = 100;
const P95 = 0.95;

type Timer = (list: readonly BrowserTelegram[], turns: number) => number[];
type WithTimer = { readonly timeTelegrams: Timer };

const time = (page: Page, list: readonly BrowserTelegram[], turns: number): Promise<number[]> =>
  page.evaluate(
    ({ list, turns }) => (globalThis as unknown as WithTimer).timeTelegrams(list, turns),
    { list, turns },
  );

async function openPage(source: string): Promise<{ page: Page; close: () => Promise<void> }> {
  const executablePath = findChromium();
  if (!executablePath) throw new NotHere('no Chromium was found');
  const browser = await chromium.launch({ executablePath, args: [...CHROMIUM_ARGS] });
  const page = await browser.newPage();
  await page.setContent('<!doctype html><title>codecs</title>');
  const content = `${source}\nglobalThis.timeTelegrams = timeTelegrams;`;
  await page.addScriptTag({
    type: 'module',
    content: content.replace(/export\s*\{[^}]*\};?/, (e) => {
      const local = /(\w+) as timeTelegrams/.exec(e)?.[1];
      return local ? `const timeTelegrams = ${local};` : '';
    }),
  });
  await page.waitForFunction(() => 'timeTelegrams' in globalThis);
  return { page, close: () => browser.close() };
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

export const bench: Bench = {
  about: 'microseconds of one radio telegram in Chromium, its processor four times slower',
  async run({ repeats, say }) {
    if (!areVectorsHere()) throw new NotHere('../shared/vectors is absent');
    const telegrams = loadMeterCases('wmbus').map(({ bytes, key }) => ({
      hex: toHex(bytes),
      key: key && toHex(key),
    }));
    const source = readFileSync(await bundle('tests/load/browser.entry.ts', 'browser'), 'utf8');
    const { page, close } = await openPage(source);
    try {
      const session = await page.context().newCDPSession(page);
      await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
      const [cold] = [await time(page, telegrams, 1)];
      for (let round = 0; round < WARM_ROUNDS; round++) await time(page, telegrams, TURNS);
      const rounds: number[][] = [];
      for (let n = 0; n < repeats; n++) rounds.push(await time(page, telegrams, TURNS));
      const each = telegrams.map((_, i) => median(rounds.map((round) => round[i]!)));
      const sealed = each.filter((_, i) => telegrams[i]!.key !== null);
      const verdict = median(each) <= WANTED_US ? 'PASS' : 'NOT REACHED';
      say(`${telegrams.length} telegrams, median of ${WANTED_US} us wanted: ${verdict}`);
      return {
        median_us: median(each),
        p95_us: percentile(each, P95),
        sealed_median_us: median(sealed),
        sealed_p95_us: percentile(sealed, P95),
        first_sight_median_us: median(cold),
      };
    } finally {
      await close();
    }
  },
};
