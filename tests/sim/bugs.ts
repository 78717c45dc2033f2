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
  'copy-not-compared': 'a phone whose storage was wiped begins anew beside its second copy',
  'restore-opens-fork': 'a wiped phone takes its events back and counts on from an older head',
  'sealed-with-other-users-key': 'work is carried under a key that the server does not know',
  'rescue-replayed-doubles': 'what a colleague carries is stored again each time it comes',
  'migration-drops-pending': 'a new version of the app keeps only what was received',
  'switch-clears': 'another user signs in and the first one’s outbox is emptied',
  'twin-unnoticed': 'a phone set back does not notice that the server has more than it counted',
  'beat-shrinks': 'the server remembers the last count a phone named, not the highest',
  'local-time-as-utc': 'the phone writes its local time as if it were UTC',
  'capture-needs-token': 'with an expired token a capture waits for the sign-in in memory',
  'stale-key': 'the phone never asks for the key that the server signs with now',
  'old-signature': 'a repeated receipt carries a signature of the key before',
  'one-per-meter': 'the server keeps one capture a meter, whoever made the other',
  'closed-round-refused': 'a push with an event of a closed round is refused',
  'prune-by-own-clock': 'the phone counts the thirty days by its own clock',
  'photo-quota-swallowed': 'an event names a photo that did not fit on the phone',
  'photo-gone-early': 'a photo counts as sent after its first piece',
  'photos-not-rewound': 'a server set back gets the events again, not the photos',
} as const satisfies Record<string, string>;

export type Bug = keyof typeof BUGS;
export const BUG_NAMES = Object.keys(BUGS) as Bug[];
