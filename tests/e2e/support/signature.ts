/** A name in a few strokes on the board of the exchange. */
import type { Page } from '@playwright/test';
import { must } from '#lib/base/assert.ts';

const STROKES = 12;

/** `who`: how the board's name begins. */
export async function sign(page: Page, who: string): Promise<void> {
  const board = page.getByRole('img', { name: new RegExp(`^${who}`) });
  const box = must(await board.boundingBox(), 'the board is drawn');
  await page.mouse.move(box.x + 40, box.y + 60);
  await page.mouse.down();
  for (let i = 1; i <= STROKES; i++) {
    await page.mouse.move(box.x + 40 + i * 14, box.y + 60 + (i % 2 ? 20 : -20));
  }
  await page.mouse.up();
}
