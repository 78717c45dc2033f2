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
  | 'second-tab'
  | 'photo'
  | 'photo-quota';

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

/** Of one piece: the request or its answer is lost. */
export type PhotoFault = 'none' | 'drop-request' | 'drop-response';

export type Step = { readonly k: number; readonly phone: number } & (
  | { readonly kind: 'capture'; readonly fault: CaptureFault }
  | { readonly kind: 'sync'; readonly fault: SyncFault }
  | { readonly kind: 'deliver' | 'pull' | 'prune' | 'upgrade' | 'reload' | 'late-answer' }
  | { readonly kind: 'clone' | 'evict' | 'wipe' | 'carry' | 'server-backup' | 'server-restore' }
  | { readonly kind: 'write' | 'commit' | 'remove' }
  | { readonly kind: 'phone-backup' | 'phone-restore' | 'switch-user' }
  | { readonly kind: 'token-expires' | 'sign-in' | 'rotate-key' | 'revoke' | 'close-round' }
  | { readonly kind: 'photo'; readonly fault: PhotoFault }
  | { readonly kind: 'clock' | 'advance' | 'zone'; readonly ms: number }
);

const CAPTURE_FAULTS: readonly CaptureFault[] = [
  'photo',
  'crash-before-commit',
  'crash-inside',
  'crash-after-commit',
  'quota',
  'poison',
  'other-user',
  'second-tab',
  'photo',
  'photo-quota',
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

type WithData = 'capture' | 'sync' | 'photo' | 'clock' | 'advance' | 'zone';
type PlainKind = Exclude<Step['kind'], WithData>;

/** UTC, Berlin in winter and summer, Moscow, New York, Kathmandu. */
const ZONES_MIN = [0, 60, 120, 180, -300, 345];

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
  if (dice < 0.81) return { k, phone, kind: 'zone', ms: prng.pick(ZONES_MIN) * MINUTE_MS };
  if (dice < 0.84) {
    const fault = prng.pick<PhotoFault>(['none', 'none', 'drop-request', 'drop-response']);
    return { k, phone, kind: 'photo', fault };
  }
  if (dice < 0.87) return { k, phone, kind: prng.pick(RARE) };
  const kind = prng.pick<PlainKind>([
    ...COMMON,
    ...(prng.chance(0.3) ? ['evict' as const] : []),
    ...(prng.chance(0.5) ? ['wipe' as const] : []),
  ]);
  return { k, phone, kind };
}

const COMMON: readonly PlainKind[] = [
  'deliver',
  'deliver',
  'late-answer',
  'pull',
  'pull',
  'prune',
  'upgrade',
  'reload',
  'clone',
  'carry',
  'server-backup',
  'server-restore',
  'write',
  'write',
  'commit',
  'commit',
  'remove',
  'phone-backup',
  'phone-backup',
  'phone-restore',
  'phone-restore',
  'switch-user',
];
const RARE: readonly PlainKind[] = [
  'token-expires',
  'sign-in',
  'rotate-key',
  'revoke',
  'close-round',
];

/** The step as one readable line. */
export const describeStep = (step: Step): string =>
  `${step.k}: phone ${step.phone} ${step.kind}` +
  ('fault' in step && step.fault !== 'none' ? ` (${step.fault})` : '') +
  ('ms' in step ? ` ${step.ms} ms` : '');
