/**
 * Counts what a thumb does on a page: digits of values apart from all other taps. Only clicks that
 * the browser itself trusts are counted, so a script's own do not hide anything.
 */
import type { Page } from '@playwright/test';

export type Taps = { digits: number; others: number };

export async function countTaps(page: Page): Promise<Taps> {
  const taps: Taps = { digits: 0, others: 0 };
  await page.exposeFunction('__tapped', (isDigit: boolean) => {
    taps[isDigit ? 'digits' : 'others']++;
  });
  await page.addInitScript(() => {
    document.addEventListener(
      'click',
      (event) => {
        if (!event.isTrusted) return;
        const key = (event.target as Element).closest('[role="group"] button, .keypad button');
        const isDigit = /^\d$/.test(key?.textContent?.trim() ?? '');
        (window as unknown as { __tapped(isDigit: boolean): void }).__tapped(isDigit);
      },
      { capture: true },
    );
  });
  return taps;
}
