import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page } from 'vitest/browser';
import { setLocale } from '#lib/i18n/paraglide/runtime.js';
import { blankGiven } from '#lib/state/install-given.ts';
import { InstallWizard, type InstallDeps } from '#lib/state/install.svelte.ts';
import { openSimulatedReceiver } from '#lib/state/install-receivers.ts';
import StepProve from './StepProve.svelte';
import '../../../app.css';

const T0 = Date.parse('2026-11-20T10:00:00Z');
let wizard: InstallWizard;
let stored: unknown;

beforeEach(() => {
  void setLocale('en', { reload: false });
  vi.useFakeTimers({
    toFake: ['Date', 'setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'],
  });
  vi.setSystemTime(T0);
  const deps: InstallDeps = {
    api: {} as InstallDeps['api'],
    now: () => Date.now(),
    drafts: {
      load: async () => null,
      save: async (draft) => void (stored = draft),
      clear: async () => {},
      putPhoto: async () => {},
      getPhoto: async () => null,
      layAside: async () => {},
      loadAside: async () => [],
      dropAside: async () => {},
      loadOwn: async () => null,
      saveOwn: async () => {},
    },
  };
  wizard = new InstallWizard(deps);
  wizard.step = 'prove';
  wizard.given = {
    ...blankGiven(T0),
    placeId: 1,
    deviceId: '52017',
    channel: 2,
    pulseWeight: '0.0001',
    start: '123.4560',
    decimals: 4,
  };
});

afterEach(() => {
  wizard.disconnect();
  vi.useRealTimers();
});

async function connect(fault: string) {
  const receiver = await openSimulatedReceiver({
    serial: '52017',
    channel: 2,
    pulseWeight: '0.0001',
    dial: '123.4560',
    decimals: 4,
    fault,
  });
  void wizard.connect(receiver);
  await vi.advanceTimersByTimeAsync(5_000);
}

async function runTap() {
  await page.getByRole('button', { name: "It's open" }).click();
  await vi.advanceTimersByTimeAsync(16_000);
}

describe('the prove step with the simulated module', () => {
  test('tap, count, shut, compare: proved in four taps', async () => {
    render(StepProve, { wizard });
    await connect('none');
    await expect.element(page.getByText('The meter answers. You can open it.')).toBeVisible();
    await runTap();
    await page.getByRole('button', { name: "It's shut" }).click();
    await vi.advanceTimersByTimeAsync(1_000);
    await page.getByRole('button', { name: 'Yes, it does' }).click();
    await vi.advanceTimersByTimeAsync(500);
    await expect.element(page.getByRole('heading', { name: /^Proved:/ })).toBeVisible();
    await page.getByRole('button', { name: 'Next' }).click();
    expect(wizard.step).toBe('seal');
    expect(wizard.given.proof).toMatchObject({ proved: true, problem: null, simulated: true });
    expect(wizard.given.proof!.seen.length).toBeGreaterThan(3);
    await vi.waitFor(() => expect(stored).toMatchObject({ step: 'seal' }));
  });

  test.each([
    ['wire-break', 'The wire at input 2 is broken'],
    ['short-circuit', 'The wire at input 2 is shorted'],
    ['magnet', 'There is a magnet near the module'],
  ])('%s is said before any tap is opened', async (fault, sentence) => {
    render(StepProve, { wizard });
    await connect(fault);
    await expect.element(page.getByRole('heading', { name: sentence })).toBeVisible();
    await expect.element(page.getByRole('button', { name: 'Check again' })).toBeVisible();
  });

  test('swapped inputs are named, and the right one is one tap away', async () => {
    render(StepProve, { wizard });
    await connect('swapped');
    await runTap();
    await expect
      .element(page.getByRole('heading', { name: 'Input 1 counts, not 2' }))
      .toBeVisible();
    await page.getByRole('button', { name: 'Record input 1' }).click();
    expect(wizard.given.channel).toBe(1);
    // Water has run since the dial was read: the second proof begins with a second look.
    await expect.element(page.getByText('Something has flowed since')).toBeVisible();
    for (const digit of '001234568') {
      await page.getByRole('button', { name: digit, exact: true }).click();
    }
    await page.getByRole('button', { name: 'Next' }).click();
    expect(wizard.given.start).toBe('123.4568');
    expect(wizard.needsDial).toBe(false);
  });

  test('another module is named when nothing comes from ours', async () => {
    render(StepProve, { wizard });
    await connect('wrong-meter');
    wizard.openTap();
    await vi.advanceTimersByTimeAsync(14_000);
    await expect
      .element(page.getByRole('heading', { name: 'Another meter answers: 00052152' }))
      .toBeVisible();
  });

  test('a wrong weight is caught by the dial, and the right one is offered', async () => {
    render(StepProve, { wizard });
    await connect('weight');
    await runTap();
    await page.getByRole('button', { name: "It's shut" }).click();
    await vi.advanceTimersByTimeAsync(2_500);
    wizard.seeDial(wizard.receiver!.virtual!.dial());
    await vi.advanceTimersByTimeAsync(500);
    await expect
      .element(page.getByRole('heading', { name: "Dial and pulses don't agree" }))
      .toBeVisible();
    await page.getByRole('button', { name: 'Record 1 l per pulse' }).click();
    await expect.element(page.getByRole('heading', { name: /^Proved:/ })).toBeVisible();
    expect(wizard.given.pulseWeight).toBe('0.001');
  });
});
