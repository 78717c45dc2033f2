import '../../app.css';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { createRawSnippet } from 'svelte';
import { render } from 'vitest-browser-svelte';
import { overwriteGetLocale } from '#lib/i18n/paraglide/runtime.js';
import Button from './Button.svelte';
import ChartFrame from './ChartFrame.svelte';
import Drum from './Drum.svelte';
import Keypad from './Keypad.svelte';
import NumberUnit from './NumberUnit.svelte';
import Segmented from './Segmented.svelte';
import Sheet from './Sheet.svelte';
import SignalBars from './SignalBars.svelte';
import Sparkline from './Sparkline.svelte';
import TabBar from './TabBar.svelte';
import Toast from './Toast.svelte';
import Vial from './Vial.svelte';
import BarChart from './charts/BarChart.svelte';
import { house } from './icons/house.ts';

beforeAll(() => overwriteGetLocale(() => 'ru'));
afterEach(() => vi.useRealTimers());

const text = (words: string) => createRawSnippet(() => ({ render: () => `<span>${words}</span>` }));
const SCALE = { from: 2000, to: 4000, minor: 100, major: 500 };

describe('vial', () => {
  const fluid = (root: Element) => root.querySelector('.vial')?.className ?? '';

  test('is level inside the marks, off outside, and empty without a forecast', async () => {
    const usual = [2600, 3250] as const;
    const props = { usual, scale: SCALE, label: 'прогноз' };
    const inside = await render(Vial, { ...props, bubble: { low: 2700, mid: 2900, high: 3150 } });
    const above = await render(Vial, { ...props, bubble: { low: 3300, mid: 3500, high: 3700 } });
    const none = await render(Vial, { ...props, bubble: null });
    expect(fluid(inside.container)).toContain('level');
    expect(fluid(above.container)).toContain('off');
    expect(fluid(none.container)).toContain('none');
    expect(none.container.querySelector('.bubble')).toBeNull();
  });

  test('the bubble is as wide as what is not known', async () => {
    const { container } = await render(Vial, {
      usual: null,
      scale: SCALE,
      label: 'прогноз',
      bubble: { low: 2500, mid: 3000, high: 3500 },
    });
    const vial = container.querySelector('.fluid')?.getBoundingClientRect().width ?? 0;
    const bubble = container.querySelector('.bubble')?.getBoundingClientRect().width ?? 0;
    expect(bubble / vial).toBeCloseTo(0.5, 2);
  });
});

describe('buttons and bars', () => {
  test('a button is at least 48 px high and says what it is busy with', async () => {
    const screen = await render(Button, { children: text('Отправить'), busy: 'Отправляем…' });
    const button = screen.getByRole('button', { name: 'Отправляем…' });
    await expect.element(button).toBeDisabled();
    expect(button.element().getBoundingClientRect().height).toBeGreaterThanOrEqual(48);
  });

  test('segments tell which one is chosen and hand over the other', async () => {
    const onchange = vi.fn();
    const screen = await render(Segmented, {
      segments: [
        { value: 'year', label: 'Год' },
        { value: 'month', label: 'Месяц' },
      ],
      value: 'month',
      label: 'Промежуток',
      onchange,
    });
    const chosen = screen.getByRole('button', { name: 'Месяц' });
    await expect.element(chosen).toHaveAttribute('aria-pressed', 'true');
    await screen.getByRole('button', { name: 'Год' }).click();
    expect(onchange).toHaveBeenCalledWith('year');
  });

  test('tabs fit 320 px with German words', async () => {
    await page.viewport(320, 600);
    const words = ['Start', 'Verlauf', 'Zähler', 'Vergleich', 'Benachrichtigungen'];
    const screen = await render(TabBar, {
      tabs: words.map((label, i) => ({ href: `/${i}`, label, icon: house })),
      current: '/1',
      label: 'Bereiche',
    });
    expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(320);
    await expect
      .element(screen.getByRole('link', { name: 'Verlauf' }))
      .toHaveAttribute('aria-current', 'page');
    await page.viewport(414, 896);
  });

  test('a number that is not there yet says so, an estimate says its word', async () => {
    const none = await render(NumberUnit, { number: null });
    expect(none.container.textContent).toContain('ещё нет');
    const guess = await render(NumberUnit, { number: '92', unit: 'кВт·ч', estimated: true });
    expect(guess.container.textContent).toContain('оценка');
  });

  test('signal bars never stand without their word', async () => {
    const screen = await render(SignalBars, { bars: 0 });
    expect(screen.container.textContent?.trim()).toBe('тихо');
  });
});

describe('keypad and drum', () => {
  test('takes thumbs and keyboards; holding delete clears', async () => {
    const [ondigit, ondelete, onclear] = [vi.fn(), vi.fn(), vi.fn()];
    const screen = await render(Keypad, { ondigit, ondelete, onclear });
    const seven = screen.getByRole('button', { name: '7' });
    expect(seven.element().getBoundingClientRect().height).toBeGreaterThanOrEqual(72);
    await seven.click();
    await userEvent.keyboard('3{Backspace}');
    expect(ondigit.mock.calls).toEqual([['7'], ['3']]);
    expect(ondelete).toHaveBeenCalledOnce();
    const erase = screen.getByRole('button', { name: 'Стереть цифру' }).element();
    erase.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));
    await vi.waitFor(() => expect(onclear).toHaveBeenCalledOnce(), { timeout: 2000 });
  });

  test('the drum reads its digits out and marks the doubtful one', async () => {
    const screen = await render(Drum, {
      before: '01204317',
      typed: '01265',
      digits: 5,
      decimals: 3,
      doubtful: [3],
    });
    expect(screen.container.querySelector('[role=status]')?.textContent).toContain('01265');
    const cells = [...screen.container.querySelectorAll('.cell')];
    expect(cells.findIndex((cell) => cell.classList.contains('dif'))).toBe(3);
    expect(cells.findIndex((cell) => cell.classList.contains('cur'))).toBe(5);
    expect(cells.filter((cell) => cell.classList.contains('dec'))).toHaveLength(3);
  });
});

describe('sheet and toast', () => {
  test('a sheet opens over everything, and Escape closes it', async () => {
    const onclose = vi.fn();
    const props = { open: true, title: 'Выбрать', onclose, children: text('Кухня') };
    const screen = await render(Sheet, props);
    await expect.element(screen.getByRole('dialog', { name: 'Выбрать' })).toBeVisible();
    await userEvent.keyboard('{Escape}');
    expect(onclose).toHaveBeenCalledOnce();
  });

  test('a toast offers the way back and ends by itself', async () => {
    const [onend, onundo] = [vi.fn(), vi.fn()];
    const screen = await render(Toast, { text: 'Кв. 43: не смог', onend, onundo, durationMs: 300 });
    await screen.getByRole('button', { name: 'Вернуть' }).click();
    expect(onundo).toHaveBeenCalledOnce();
    await vi.waitFor(() => expect(onend).toHaveBeenCalledOnce(), { timeout: 2000 });
  });
});

describe('charts', () => {
  const buckets = Array.from({ length: 30 }, (_, i) => ({ label: `${i + 1}`, spoken: `${i + 1}` }));
  const ahead = (value: number) => buckets.map((_, i) => (i > 19 ? value : null));
  const chart = {
    buckets,
    series: [
      {
        name: 'Электричество',
        colour: 'var(--res-electricity)',
        pattern: 'solid' as const,
        values: buckets.map((_, i) => (i === 8 ? null : i > 19 ? null : 4 + (i % 3))),
        estimated: buckets.map((_, i) => i === 5),
      },
    ],
    average: { values: buckets.map(() => 5), label: 'среднее по дому' },
    forecast: {
      from: 20,
      values: ahead(4.5),
      lows: ahead(3),
      highs: ahead(7),
      label: 'прогноз',
    },
    label: 'Столбцы: расход по дням.',
    sliderLabel: 'Ноябрь 2026',
    axis: String,
    selected: 13,
    onselect: vi.fn(),
  };

  test('a missing day is a gap, an estimate has a dashed edge, a forecast is hatched', async () => {
    const { container } = await render(BarChart, chart);
    expect(container.querySelectorAll('g > rect')).toHaveLength(19);
    expect(container.querySelectorAll('.guess')).toHaveLength(1);
    const hatched = [...container.querySelectorAll('rect')].filter((bar) =>
      bar.getAttribute('fill')?.endsWith('-forecast)'),
    );
    expect(hatched).toHaveLength(10);
    const bands = [...container.querySelectorAll('.band')].map((band) =>
      band.getBoundingClientRect(),
    );
    expect(bands).toHaveLength(10);
    // From the 10th to the 90th percentile: it begins above the bar and ends inside it.
    const bar = hatched[0]!.getBoundingClientRect();
    expect(bands[0]!.top).toBeLessThan(bar.top - 20);
    expect(bands[0]!.bottom).toBeGreaterThan(bar.top + 10);
    expect(container.querySelector('.average')).not.toBeNull();
  });

  test('says its sentence, and the arrows move bar by bar', async () => {
    const onselect = vi.fn();
    const screen = await render(BarChart, { ...chart, onselect });
    await expect
      .element(screen.getByRole('img', { name: 'Столбцы: расход по дням.' }))
      .toBeInTheDocument();
    const slider = screen.getByRole('slider', { name: 'Ноябрь 2026' });
    (slider.element() as HTMLElement).focus();
    await userEvent.keyboard('{ArrowRight}{Home}{End}');
    expect(onselect.mock.calls).toEqual([[14], [0], [29]]);
  });

  test('the table is one tap away', async () => {
    const screen = await render(ChartFrame, {
      unit: 'кВт·ч за день',
      title: 'Ноябрь',
      table: { head: ['Дата', 'Расход'], rows: [['1 ноября', '4,1']] },
      children: text('график'),
    });
    await screen.getByRole('button', { name: 'Показать таблицей' }).click();
    await expect.element(screen.getByRole('rowheader', { name: '1 ноября' })).toBeVisible();
  });

  test('a sparkline leaves a gap where a day is missing', async () => {
    const { container } = await render(Sparkline, { values: [1, null, 0, 3] });
    expect(container.querySelectorAll('rect')).toHaveLength(3);
  });
});
