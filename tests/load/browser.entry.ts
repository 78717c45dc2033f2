/**
 * What `codecs-browser.bench.ts` runs inside the page: one telegram many times, in slices long
 * enough for the browser's coarse clock.
 */
import { fromHex } from '#lib/base/bytes.ts';
import { decodeTelegram } from '#lib/meters/wmbus/decode.ts';

export type BrowserTelegram = { readonly hex: string; readonly key: string | null };

const bytesOf = (text: string): Uint8Array => {
  const read = fromHex(text);
  if (!read.ok) throw new Error(read.error.detail);
  return read.value;
};

/** Microseconds of one decode of each telegram: the mean of `turns` in a row. */
export function timeTelegrams(list: readonly BrowserTelegram[], turns: number): number[] {
  return list.map(({ hex, key }) => {
    const bytes = bytesOf(hex);
    const secret = key === null ? null : bytesOf(key);
    const options = { keyFor: () => secret };
    const began = performance.now();
    for (let turn = 0; turn < turns; turn++) decodeTelegram(bytes, options);
    return (1000 * (performance.now() - began)) / turns;
  });
}
