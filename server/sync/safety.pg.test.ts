/** Confirmations of safety: judged by the group on record (E-36), kept, seen by the desk. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SafetyConfirmed } from '#lib/contract/safety.ts';
import { safetyPoints } from '#lib/domain/safety.ts';
import { callRouter } from '#server/api/root.ts';
import type { App } from '#server/app.ts';
import { CapturingPhone } from '../../tests/support/capturing-phone.ts';
import { freshDatabase, type TestDatabase } from '../../tests/support/database.ts';
import {
  makeOrganisation,
  NOW,
  testApp,
  type Small,
} from '../../tests/support/two-organisations.ts';

let database: TestDatabase;
let app: App;
let org: Small;

beforeAll(async () => {
  database = await freshDatabase();
  app = testApp(database.url);
  org = await makeOrganisation(app, 'ALPHA', 1);
  phone = new CapturingPhone(app, org.caller);
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

let phone: CapturingPhone;
function confirm(more: Partial<SafetyConfirmed>): void {
  const points = [...safetyPoints('round', ['cold-water'])];
  const body: SafetyConfirmed = {
    ...{ roundId: org.roundId, meterId: null, work: 'round', resources: ['cold-water'], points },
    ...{ group: 5, ...more },
  };
  phone.capture('safety.confirmed', body);
}

test('a point that is missing does not count; the desk sees who confirmed what', async () => {
  confirm({ points: ['dressed'] });
  confirm({});
  expect(await phone.results()).toEqual(['no-checklist', 'stored']);
  // Sent twice, kept once.
  expect(await phone.results()).toEqual(['no-checklist', 'stored']);
  const api = callRouter({ app, caller: org.caller });
  const { safety } = await api.planner.getProgress({ roundId: org.roundId });
  expect(safety).toEqual([
    expect.objectContaining({
      ...{ name: org.caller.name, at: NOW - 60_000, work: 'round', serial: null },
      points: safetyPoints('round', ['cold-water']),
    }),
  ]);
});

test('the cabinet stays shut below group III, whatever the phone says (E-36)', async () => {
  const api = callRouter({ app, caller: org.caller });
  const { userId } = org.caller;
  const points = [...safetyPoints('cabinet', [])];
  const cabinet = { work: 'cabinet' as const, meterId: org.meterId, points };
  await api.desk.setElectricalGroup({ userId, group: 2 });
  confirm(cabinet);
  expect((await phone.results()).at(-1)).toBe('no-safety-group');
  await api.desk.setElectricalGroup({ userId, group: 3 });
  confirm({ ...cabinet, group: null });
  expect((await phone.results()).at(-1)).toBe('stored');
  const { safety } = await api.planner.getProgress({ roundId: org.roundId });
  expect(safety.map(({ work }) => work).sort()).toEqual(['cabinet', 'round']);
  const changed = app.db.withOrgSql(org.orgId, (client) =>
    client.query('DELETE FROM safety_confirmation'),
  );
  await expect(changed).rejects.toThrow('permission denied');
});
