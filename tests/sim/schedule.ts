/**
 * What happens in one simulated day, as data: a list of steps made from a seed. Steps name a phone
 * by index and carry their own fault, so any of them can be left out and the rest still makes sense
 * (that is how a failing schedule is made small).
 */
import { createPrng, type Prng } from '#lib/base/prng.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#lib/base/interval.ts';

export type CaptureFault =
  | 'none'
  | 'crash-before-commit'
  | 'crash-inside'
  | 'crash-after-commit'
  | 'quota'
  | 'poison'
  | 'other-user'
  | 'second-tab';

export type SyncFault =
  | 'none'
  | 'drop-request'
  | 'drop-response'
  | 'duplicate'
  | 'delay-request'
  | 'truncate-request'
  | 'truncate-response'
  | 'captive-portal'
  | 'signed-out'
  | 'server-error'
  | 'server-dies-before-commit'
  | 'server-dies-after-commit'
  | 'phone-dies-before-settle'
  | 'slow-answer'
  | 'two-tabs';

export type Step = { readonly k: number; readonly phone: number } & (
  | { readonly kind: 'capture'; readonly fault: CaptureFault }
  | { readonly kind: 'sync'; readonly fault: SyncFault }
  | { readonly kind: 'deliver' | 'pull' | 'prune' | 'upgrade' | 'reload' | 'late-answer' }
  | { readonly kind: 'clone' | 'evict' | 'server-backup' | 'server-restore' }
  | { readonly kind: 'write' | 'commit' | 'remove' }
  | { readonly kind: 'clock' | 'advance'; readonly ms: number }
);

const CAPTURE_FAULTS: readonly CaptureFault[] = [
  'crash-before-commit',
  'crash-inside',
  'crash-after-commit',
  'quota',
  'poison',
  'other-user',
  'second-tab',
];
const SYNC_FAULTS: readonly SyncFault[] = [
  'drop-request',
  'drop-response',
  'duplicate',
  'delay-request',
  'truncate-request',
  'truncate-response',
  'captive-portal',
  'signed-out',
  'server-error',
  'server-dies-before-commit',
  'server-dies-after-commit',
  'phone-dies-before-settle',
  'slow-answer',
  'two-tabs',
];

type PlainKind = Exclude<Step['kind'], 'capture' | 'sync' | 'clock' | 'advance'>;

const STEPS = 40;

export function makeSchedule(seed: number): Step[] {
  const prng = createPrng(seed);
  const phones = prng.int(1, 6);
  return Array.from({ length: STEPS }, (_, k) => makeStep(prng, k, prng.int(0, phones)));
}

function makeStep(prng: Prng, k: number, phone: number): Step {
  const dice = prng.next();
  if (dice < 0.38) {
    const fault = prng.chance(0.35) ? prng.pick(CAPTURE_FAULTS) : 'none';
    return { k, phone, kind: 'capture', fault };
  }
  if (dice < 0.68) {
    const fault = prng.chance(0.6) ? prng.pick(SYNC_FAULTS) : 'none';
    return { k, phone, kind: 'sync', fault };
  }
  if (dice < 0.74) {
    const ms = prng.pick([-2 * DAY_MS, -3 * HOUR_MS, 0, 20 * MINUTE_MS, 2 * DAY_MS]);
    return { k, phone, kind: 'clock', ms };
  }
  if (dice < 0.79) {
    return { k, phone, kind: 'advance', ms: prng.pick([MINUTE_MS, HOUR_MS, 31 * DAY_MS]) };
  }
  const kind = prng.pick<PlainKind>([
    'deliver',
    'deliver',
    'late-answer',
    'pull',
    'pull',
    'prune',
    'upgrade',
    'reload',
    'clone',
    ...(prng.chance(0.15) ? ['evict' as const] : []),
    'server-backup',
    'server-restore',
    'write',
    'write',
    'commit',
    'commit',
    'remove',
  ]);
  return { k, phone, kind };
}

/** The step as one readable line. */
export const describeStep = (step: Step): string =>
  `${step.k}: phone ${step.phone} ${step.kind}` +
  ('fault' in step && step.fault !== 'none' ? ` (${step.fault})` : '') +
  ('ms' in step ? ` ${step.ms} ms` : '');
