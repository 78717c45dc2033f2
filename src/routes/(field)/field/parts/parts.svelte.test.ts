import { expect, test, vi } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page, userEvent } from 'vitest/browser';
import { Typing } from '#lib/state/field-typing.svelte.ts';
import type { MeterView } from '#lib/offline/types.ts';
import '../../../../app.css';
import Keypad from '#lib/ui/Keypad.svelte';
import TileGrid from './TileGrid.svelte';

const STATES = ['ahead', 'next', 'radio', 'hand', 'check', 'cannot', 'now'] as const;

/** A round of `total` meters whose tiles take the states in turn. */
const roundOf = (total: number, picture: { perRow: number; from: number; to: number }) => {
  const meters = Array.from({ length: total }, (_, meterId) => ({ meterId }) as MeterView);
  return {
    meters,
    picture,
    counts: { total, done: 42, doubt: 1, cannot: 1, ahead: total - 43 },
    tile: ({ meterId }: MeterView) => STATES[meterId % 7]!,
  };
};
const inFirstRow = (): number => {
  const tops = [...document.querySelectorAll('.tile')].map((el) => el.getBoundingClientRect().top);
  return tops.filter((top) => top === tops[0]).length;
};

test('the grid draws twelve a row, says its figures and opens the list', async () => {
  const onopen = vi.fn();
  render(TileGrid, { round: roundOf(60, { perRow: 12, from: 0, to: 60 }), onopen });
  const grid = page.getByRole('button');
  await expect.element(grid).toHaveAccessibleName(/42.*60/);
  expect(inFirstRow()).toBe(12);
  await grid.click();
  expect(onopen).toHaveBeenCalledOnce();
});

test('a large house gets smaller tiles, not a longer picture', () => {
  render(TileGrid, { round: roundOf(150, { perRow: 18, from: 0, to: 150 }), onopen: () => {} });
  expect(inFirstRow()).toBe(18);
});

test('of ten thousand the grid draws a part and says which', async () => {
  render(TileGrid, {
    round: roundOf(10_000, { perRow: 24, from: 4848, to: 5328 }),
    onopen: () => {},
  });
  expect(document.querySelectorAll('.tile')).toHaveLength(480);
  await expect.element(page.getByText(/4[\s\u00a0.,]?849.*10[\s\u00a0.,]?000/)).toBeVisible();
});

test('keys are large, typed by finger and by keyboard, and holding delete empties', async () => {
  const meter = { digits: 5, decimals: 3, register: 10, history: [] } as unknown as MeterView;
  const typing = new Typing(meter);
  render(Keypad, {
    ondigit: (digit) => typing.digit(digit),
    ondelete: () => typing.delete(),
    onclear: () => typing.clear(),
  });
  const key = page.getByRole('button', { name: '7', exact: true });
  const box = key.element().getBoundingClientRect();
  expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(64);
  await key.click();
  await userEvent.keyboard('42{Backspace}');
  expect(typing.typed).toBe('74');
  const erase = document.querySelector<HTMLButtonElement>('.del')!;
  erase.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));
  await new Promise((held) => setTimeout(held, 700));
  erase.dispatchEvent(new PointerEvent('pointerup', { bubbles: true }));
  expect(typing.typed).toBe('');
});
