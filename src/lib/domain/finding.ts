/** Why somebody should look at a meter. A finding asks for a look; it never names a cause. */
export const FINDING_KINDS = [
  'burst',
  'water-never-stops',
  'alarm',
  'magnet',
  'stands-still',
  'counts-less',
  'silent',
  'suspect-readings',
  'conflict',
  'permanent-error',
  'application-error',
  'error-flags',
  'temporary-error',
  'battery-low',
  'wire-break',
  'short-circuit',
  'clock-suspect',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

export const FINDING_LEVELS = ['critical', 'attention'] as const;
export type FindingLevel = (typeof FINDING_LEVELS)[number];

/** What wastes water now, or what the meter itself calls an alarm. */
export const CRITICAL_KINDS: readonly FindingKind[] = ['burst', 'water-never-stops', 'alarm'];
