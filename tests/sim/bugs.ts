/**
 * Mistakes that other sync engines made, planted on purpose: the simulation must catch each. It
 * knows where a bug sits, not how it is noticed.
 */
export const BUGS = {
  'server-made-ids': 'the server stores every arrival under an id of its own',
  'delete-before-receipt': 'the phone deletes events when the request has left',
  'drop-on-401': 'the phone empties its outbox when the session ended',
  'refuse-clock-skew': 'the server drops events whose clock is off',
  'quota-swallowed': 'a full phone still says "saved"',
  'saved-too-early': 'the phone says "saved" before the transaction committed',
  'counter-per-tab': 'each tab counts from the head it read when it was opened',
  'naive-pull': 'the pull asks for seq above the cursor',
  'any-200-is-success': 'a hotel’s sign-in page counts as a receipt',
  'no-rewind': 'the phone never sends again what was once acknowledged',
  'fork-dropped': 'the server ignores a second event for a taken slot',
  'fork-not-told': 'a cloned phone goes on in the same epoch',
  'prune-at-receipt': 'the phone deletes an event as soon as its receipt came',
  'highest-is-hw': 'the high-water mark is the highest n, holes or not',
  'poison-refused': 'one unreadable event makes the server refuse the whole push',
  'answered-before-commit': 'the server answers before its transaction commits',
} as const satisfies Record<string, string>;

export type Bug = keyof typeof BUGS;
export const BUG_NAMES = Object.keys(BUGS) as Bug[];
