import { expect, test } from 'vitest';
import { BUG_NAMES, BUGS } from './bugs.ts';
import { I13, INVARIANTS } from './invariants.ts';
import { catchBug, describeFailure, runHonest } from './run.ts';
import { makeSchedule } from './schedule.ts';
import { runSchedule } from './world.ts';

// Another seed every day finds other schedules; the day is printed with the failure. The ten
// thousand of every `npm test` are its own step (tools/run-tests.mjs).
const TODAY = Math.floor(Date.now() / 86_400_000) * 10_000;

test('no schedule of today loses, doubles or splits anything', () => {
  const totals = runHonest(50, TODAY);
  if (totals.failure) throw new Error(describeFailure(totals.failure));
  expect(totals).toMatchObject({ lost: 0, duplicated: 0, diverged: 0, violations: 0 });
}, 60_000);

test.each(BUG_NAMES)(
  'the planted bug %s is caught',
  (bug) => {
    const failure = catchBug(bug, 1000, 1);
    expect(failure, BUGS[bug]).not.toBeNull();
    // A small schedule still shows it, and shows it again.
    expect(failure!.steps.length).toBeLessThanOrEqual(12);
    expect(runSchedule(failure!.steps, bug).checks.failed).toBe(true);
    expect(runSchedule(failure!.steps, null).checks.failed).toBe(false);
  },
  60_000,
);

// Found by a night's run: the server is set back, a later event is acknowledged before an earlier
// one is there again, then the storage is thrown away.
test('a wipe after a server was set back leaves no hole', () => {
  const steps = [1, 16, 22, 23, 28, 29, 33].map((k) => makeSchedule(726_360_424)[k]!);
  expect(runSchedule(steps, null).checks.violations).toEqual([]);
});

test('the same seed is the same world', () => {
  const [a, b] = [runSchedule(makeSchedule(7), null), runSchedule(makeSchedule(7), null)];
  expect(a.server.tables.log).toEqual(b.server.tables.log);
  expect(a.phones.map((phone) => phone.disk)).toEqual(b.phones.map((phone) => phone.disk));
});

test('the schedules reach every corner they claim to test', () => {
  const seen = new Map<string, number>();
  for (let seed = 1; seed <= 300; seed++) {
    for (const what of runSchedule(makeSchedule(seed), null).checks.seen) {
      seen.set(what, (seen.get(what) ?? 0) + 1);
    }
  }
  const reasons = ['chain-broken', 'clock-suspect', 'unreadable', 'other-user', 'unknown-type'];
  const corners = ['fork', 'expect', 'pruned', 'set-back', 'switch-user', 'photo', 'same-meter'];
  const losses = ['loss-named', 'wiped', 'carried'];
  for (const corner of [...reasons, ...corners, ...losses, 'closed-round', 'device-revoked']) {
    expect(seen.get(corner) ?? 0, corner).toBeGreaterThan(0);
  }
}, 60_000);

test('every released protocol is read hash for hash, and every invariant has a name', () => {
  expect(I13.released()).toBeNull();
  const names = Array.from({ length: 13 }, (_, i) => `I${i + 1}`);
  expect(Object.keys(INVARIANTS)).toEqual(names);
});
