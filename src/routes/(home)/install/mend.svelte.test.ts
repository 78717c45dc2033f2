import { beforeEach, describe, expect, test, vi } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page } from 'vitest/browser';
import type { InstallDraft } from '#lib/contract/install.ts';
import { setLocale } from '#lib/i18n/paraglide/runtime.js';
import { blankGiven, draftOf } from '#lib/state/install-given.ts';
import { InstallWizard, type InstallDeps } from '#lib/state/install.svelte.ts';
import { openInstallDrafts } from '#lib/state/install-drafts.ts';
import StepDone from './StepDone.svelte';
import StepNeed from './StepNeed.svelte';
import StepSend from './StepSend.svelte';
import '../../../app.css';

const T0 = Date.parse('2026-11-20T10:00:00Z');
const place = { id: 7, address: 'Lindenstrasse 4' };

const draft = (): InstallDraft =>
  draftOf({
    ...blankGiven(T0),
    placeId: place.id,
    serial: 'KL-1',
    deviceId: '52017',
    start: '1.000',
    startedAt: T0,
    finishedAt: T0,
    proof: {
      proved: true,
      problem: null,
      listenedAt: T0,
      openedAt: T0,
      closedAt: T0,
      pulses: 6,
      counted: '0.006',
      dialAfter: '1.006',
      flags: [],
      simulated: false,
      seen: [],
    },
  });

const returned = () => ({
  places: [place],
  free: [],
  requests: [
    {
      id: 'a',
      status: 'returned',
      address: place.address,
      submittedAt: T0,
      decidedAt: T0,
      reason: 'The module is another one.',
      draft: draft(),
    },
  ],
});

let stored: { draft: unknown; own: unknown };
/** A phone whose server answers as given; without an answer there is no network. */
function phone(answer: { own?: unknown; refusal?: string } = {}): InstallWizard {
  const refuse = () =>
    Promise.reject(
      answer.refusal ? { data: { code: answer.refusal } } : new TypeError('Failed to fetch'),
    );
  const api = {
    install: {
      getOwn: { query: answer.own ? () => Promise.resolve(answer.own) : refuse },
      submitRequest: { mutate: refuse },
      putPhoto: { mutate: refuse },
    },
  } as unknown as InstallDeps['api'];
  return new InstallWizard({
    api,
    now: () => T0,
    drafts: {
      load: async () => stored.draft,
      save: async (one) => void (stored.draft = one),
      clear: async () => void (stored.draft = null),
      layAside: async () => {},
      loadAside: async () => [],
      dropAside: async () => {},
      loadOwn: async () => stored.own,
      saveOwn: async (own) => void (stored.own = own),
      putPhoto: async () => {},
      getPhoto: async () => null,
    },
  });
}

beforeEach(() => {
  void setLocale('en', { reload: false });
  stored = { draft: null, own: null };
});

describe('a returned request', () => {
  test('is told without a network, as it was last known', async () => {
    await phone({ own: returned() }).start();
    const wizard = phone();
    await wizard.start();
    await vi.waitFor(() => expect(wizard.stale).toBe(true));
    expect(wizard.step).toBe('done');
    render(StepDone, { wizard });
    await expect.element(page.getByText('The module is another one.')).toBeVisible();
    await expect.element(page.getByText(/No network/)).toBeVisible();
  });

  test('somebody who is signed out sees nothing of it', async () => {
    await phone({ own: returned() }).start();
    const wizard = phone({ refusal: 'UNAUTHORIZED' });
    await wizard.start();
    await vi.waitFor(() => expect(wizard.step).toBe('code'));
    expect(wizard.own).toBeNull();
    expect(stored.own).toBeNull();
  });

  test('leads to one step and back; what the proof does not speak about leaves it', async () => {
    const wizard = phone({ own: returned() });
    await wizard.start();
    await wizard.correct();
    render(StepSend, { wizard });
    await expect.element(page.getByText('The module is another one.')).toBeVisible();
    await page.getByRole('button', { name: /^Meter/ }).click();
    expect(wizard.step).toBe('photos');
    wizard.given.serial = 'KL-2';
    wizard.next();
    expect(wizard.step).toBe('send');
    expect(wizard.proofStands).toBe(true);
    expect(wizard.parent).toBe('done');
  });

  test('another module has to be proved again', async () => {
    const wizard = phone({ own: returned() });
    await wizard.start();
    await wizard.correct();
    wizard.go('meter');
    wizard.given.deviceId = '52018';
    wizard.next();
    expect(wizard.step).toBe('prove');
    expect(wizard.proofStands).toBe(false);
  });

  test('put right halfway goes on where it was', async () => {
    const first = phone({ own: returned() });
    await first.start();
    await first.correct();
    first.go('meter');
    first.given.startCells = '0012';
    await first.keep();
    const again = phone();
    await again.start();
    expect(again.step).toBe('meter');
    expect(again.given.startCells).toBe('0012');
    expect(again.given.mends).toBe('a');
  });
});

test('a sign-in that has ended keeps the draft and offers the way back', async () => {
  const wizard = phone({ own: returned() });
  await wizard.start();
  await wizard.correct();
  const signedOut = phone({ refusal: 'UNAUTHORIZED' });
  await signedOut.start();
  await signedOut.send();
  render(StepSend, { wizard: signedOut });
  await expect.element(page.getByRole('alert')).toHaveTextContent('safe on this phone');
  await expect
    .element(page.getByRole('link', { name: 'Sign in' }))
    .toHaveAttribute('href', '/sign-in?next=/install');
  expect(stored.draft).not.toBeNull();
});

test('a cold and a hot meter are two drafts, each with its pictures', async () => {
  const drafts = openInstallDrafts(`install-${crypto.randomUUID()}`);
  const open = async () => {
    const api = {
      install: { getOwn: { query: () => Promise.reject(new TypeError('Failed to fetch')) } },
    } as unknown as InstallDeps['api'];
    const wizard = new InstallWizard({ api, drafts, now: () => T0 });
    await wizard.start();
    return wizard;
  };
  const first = await open();
  first.go('photos');
  first.given.serial = 'COLD-1';
  const sha256 = 'a'.repeat(64);
  await first.keepPhoto('number', { blob: new Blob(['cold'], { type: 'image/jpeg' }), sha256 });
  await first.another();
  first.go('meter');
  first.given.serial = 'HOT-2';
  await first.keep();

  const again = await open();
  expect(again.given.serial).toBe('HOT-2');
  expect(again.step).toBe('meter');
  again.go('need');
  render(StepNeed, { wizard: again });
  await page.getByRole('button', { name: /COLD-1/ }).click();
  await vi.waitFor(() => expect(again.step).toBe('photos'));
  expect(again.given.serial).toBe('COLD-1');
  expect(again.previews.number).toBeDefined();
  await vi.waitFor(async () => {
    const serials = (await drafts.loadAside()).map((one) => (one as { serial: string }).serial);
    expect(serials).toEqual(['HOT-2']);
  });
  expect(await (await drafts.getPhoto(sha256))?.text()).toBe('cold');
});
