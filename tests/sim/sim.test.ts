import { expect, test } from 'vitest';
import { BUG_NAMES, BUGS } from './bugs.ts';
import { catchBug, describeFailure, runHonest } from './run.ts';
import { makeSchedule } from './schedule.ts';
import { runSchedule } from './world.ts';

// Another seed every day finds other schedules; the day is printed with the failure.
const TODAY = Math.floor(Date.now() / 86_400_000) * 10_000;

test.each([1, TODAY])(
  'no schedule from seed %i loses, doubles or splits anything',
  (seed) => {
    const totals = runHonest(200, seed);
    if (totals.failure) throw new Error(describeFailure(totals.failure));
    expect(totals).toMatchObject({ lost: 0, duplicated: 0, diverged: 0, violations: 0 });
  },
  60_000,
);

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
  const corners = ['fork', 'chain-broken', 'clock-suspect', 'unreadable', 'other-user'];
  for (const corner of [...corners, 'expect', 'pruned', 'unknown-type']) {
    expect(seen.get(corner) ?? 0, corner).toBeGreaterThan(2);
  }
}, 60_000);
