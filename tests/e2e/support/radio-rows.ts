/** Telegrams on the cable of a receiver, and how long each took to its row. */
import type { Page } from '@playwright/test';
import { must } from '#lib/base/assert.ts';
import { fromHex } from '#lib/base/bytes.ts';
import type { fakeDongle } from './fake-dongle.ts';
import type { VectorMeter } from './vectors.ts';

export type RowTime = { readonly meterId: number; readonly ms: number };

/** `everyMs`: how fast a house with many meters talks. */
export async function hear(
  page: Page,
  dongle: ReturnType<typeof fakeDongle>,
  meters: readonly VectorMeter[],
  everyMs = 20,
): Promise<void> {
  for (const meter of meters) {
    const bytes = fromHex(meter.hex);
    await dongle.transmit(must(bytes.ok ? bytes.value : null, 'vectors are hex'));
    await page.waitForTimeout(everyMs);
  }
}

/** From the last byte of a telegram to its row, as the page itself has marked both. */
export const rowTimes = (page: Page): Promise<RowTime[]> =>
  page.evaluate(() => {
    const marks = (name: string) =>
      performance.getEntriesByName(name) as (PerformanceMark & { detail: number })[];
    const bytes = new Map(marks('kilter:bytes').map((b) => [b.detail, b.startTime]));
    return marks('kilter:row')
      .filter((r) => bytes.has(r.detail))
      .map((r) => ({ meterId: r.detail, ms: r.startTime - bytes.get(r.detail)! }));
  });
