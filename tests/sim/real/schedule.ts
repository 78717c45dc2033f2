/** What happens in one schedule of level 2, as data made from a seed; run.ts does it. */
import { createPrng, type Prng } from '#lib/base/prng.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#lib/base/interval.ts';

export type NetFault =
  | 'none'
  | 'drop-request'
  | 'drop-response'
  | 'duplicate'
  | 'reorder'
  | 'truncate-request'
  | 'truncate-response'
  | 'captive-portal'
  | 'slow'
  | 'signed-out'
  | 'server-error';

const NET_FAULTS: readonly NetFault[] = [
  'drop-request',
  'drop-response',
  'duplicate',
  'reorder',
  'truncate-request',
  'truncate-response',
  'captive-portal',
  'slow',
  'signed-out',
  'server-error',
];

/** `end`: the process is killed before that request to disk or network; null lets it live. */
export type RealStep = { readonly phone: number } & (
  | {
      readonly kind: 'capture';
      readonly events: number;
      /** Bytes; null without. */
      readonly photo: number | null;
      readonly full: 'nothing' | 'event' | 'photo';
      readonly end: number | null;
    }
  | { readonly kind: 'sync'; readonly faults: readonly NetFault[]; readonly end: number | null }
  | { readonly kind: 'two-tabs' | 'switch-user' | 'clone' | 'evict' | 'rotate-key' }
  | { readonly kind: 'phone-backup' | 'phone-restore' | 'server-backup' | 'server-restore' }
  | { readonly kind: 'clock' | 'advance'; readonly ms: number }
  | { readonly kind: 'zone'; readonly zone: string }
);

const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu'];
const STEPS = 12;
/** Clones as well; while there are fewer phones, world.ts takes the remainder. */
const PHONES = 4;
/** One schedule in so many also copies databases: that is slow and has its own server. */
const WITH_RECOVERY = 20;

export function makeRealSchedule(seed: number): RealStep[] {
  const prng = createPrng(seed);
  const isWithRecovery = seed % WITH_RECOVERY === 0;
  return Array.from({ length: STEPS }, () => makeStep(prng, isWithRecovery));
}

function makeStep(prng: Prng, isWithRecovery: boolean): RealStep {
  const phone = prng.int(0, PHONES);
  const end = prng.chance(0.25) ? prng.int(1, 40) : null;
  const dice = prng.next();
  if (dice < 0.42) {
    const photo = prng.chance(0.2) ? prng.pick([900, 40_000, 300_000]) : null;
    const full = prng.chance(0.1) ? prng.pick(['event', 'photo'] as const) : 'nothing';
    return { phone, kind: 'capture', events: prng.int(1, 4), photo, full, end };
  }
  if (dice < 0.74) {
    const faults = Array.from({ length: 4 }, () =>
      prng.chance(0.4) ? prng.pick(NET_FAULTS) : ('none' as const),
    );
    return { phone, kind: 'sync', faults, end };
  }
  if (dice < 0.78) {
    const ms = prng.pick([-2 * DAY_MS, -3 * HOUR_MS, 0, 20 * MINUTE_MS, 2 * DAY_MS]);
    return { phone, kind: 'clock', ms };
  }
  if (dice < 0.81) return { phone, kind: 'advance', ms: prng.pick([HOUR_MS, 31 * DAY_MS]) };
  if (dice < 0.83) return { phone, kind: 'zone', zone: prng.pick(ZONES) };
  const recovery = ['server-backup', 'server-restore', 'server-backup', 'server-restore'] as const;
  const kind = prng.pick([
    'two-tabs',
    'two-tabs',
    'switch-user',
    'phone-backup',
    'phone-restore',
    'clone',
    'evict',
    'rotate-key',
    ...(isWithRecovery ? recovery : []),
  ] as const);
  return { phone, kind };
}

export const describeRealStep = ({ phone, kind, ...rest }: RealStep): string =>
  `phone ${phone} ${kind} ${JSON.stringify(rest)}`;
