import { expect, test, vi } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page, userEvent } from 'vitest/browser';
import { Typing } from '#lib/state/field-typing.svelte.ts';
import type { MeterView } from '#lib/offline/types.ts';
import '../../../../app.css';
import Keypad from '#lib/ui/Keypad.svelte';
import TileGrid from './TileGrid.svelte';

const STATES = ['ahead', 'next', 'radio', 'hand', 'check', 'cannot', 'now'] as const;

test('the grid draws twelve a row, says its figures and opens the list', async () => {
  const onopen = vi.fn();
  const tiles = Array.from({ length: 60 }, (_, id) => ({ id, state: STATES[id % 7]! }));
  render(TileGrid, { tiles, done: 42, check: 1, cannot: 1, onopen });
  const grid = page.getByRole('button');
  await expect.element(grid).toHaveAccessibleName(/42.*60/);
  const tops = [...document.querySelectorAll('.tile')].map((el) => el.getBoundingClientRect().top);
  expect(tops.filter((top) => top === tops[0])).toHaveLength(12);
  await grid.click();
  expect(onopen).toHaveBeenCalledOnce();
});

test('a large house gets smaller tiles, not a longer picture', () => {
  const tiles = Array.from({ length: 150 }, (_, id) => ({ id, state: 'ahead' as const }));
  render(TileGrid, { tiles, done: 0, check: 0, cannot: 0, onopen: () => {} });
  const tops = [...document.querySelectorAll('.tile')].map((el) => el.getBoundingClientRect().top);
  expect(tops.filter((top) => top === tops[0])).toHaveLength(18);
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
