/** Confirmations of safety: judged by the group on record (E-36), kept, seen by the desk. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodePush } from '#lib/contract/decode-push.ts';
import type { FieldEvent, PushAnswer } from '#lib/contract/fieldsync.ts';
import type { SafetyConfirmed } from '#lib/contract/safety.ts';
import { safetyPoints } from '#lib/domain/safety.ts';
import { capture, newHead, pushOf, type Head } from '#lib/offline/engine.ts';
import { callRouter } from '#server/api/root.ts';
import type { App } from '#server/app.ts';
import { freshDatabase, type TestDatabase } from '../../tests/support/database.ts';
import {
  makeOrganisation,
  NOW,
  testApp,
  type Small,
} from '../../tests/support/two-organisations.ts';
import { pushEvents } from './service.ts';

let database: TestDatabase;
let app: App;
let org: Small;
let made = 0;
const uuid = (): string => `00000000-0000-7000-8000-${(++made).toString(16).padStart(12, '0')}`;

beforeAll(async () => {
  database = await freshDatabase();
  app = testApp(database.url);
  org = await makeOrganisation(app, 'ALPHA', 1);
  head = newHead(uuid(), uuid());
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

let head: Head;
const events: FieldEvent[] = [];
function confirm(more: Partial<SafetyConfirmed>): void {
  const points = [...safetyPoints('round', ['cold-water'])];
  const body: SafetyConfirmed = {
    ...{ roundId: org.roundId, meterId: null, work: 'round', resources: ['cold-water'], points },
    ...{ group: 5, ...more },
  };
  const at = { wall: new Date(NOW - 60_000).toISOString(), mono: 1, boot: uuid() };
  const draft = { id: uuid(), type: 'safety.confirmed', user: org.caller.userId, body, at };
  const next = capture(head, draft);
  head = next.head;
  events.push(next.event);
}
async function push(): Promise<PushAnswer> {
  const body = pushOf(head, head.epochs[0]!.epoch, events);
  const read = decodePush(JSON.parse(JSON.stringify({ ...body, device: head.device })));
  if (!read.ok) throw new Error(read.error.detail);
  return pushEvents(app, org.caller, read.value);
}
const results = ({ receipts }: PushAnswer) => receipts.map((r) => r.reason ?? r.result);

test('a point that is missing does not count; the desk sees who confirmed what', async () => {
  confirm({ points: ['dressed'] });
  confirm({});
  expect(results(await push())).toEqual(['no-checklist', 'stored']);
  // Sent twice, kept once.
  expect(results(await push())).toEqual(['no-checklist', 'stored']);
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
  expect(results(await push()).at(-1)).toBe('no-safety-group');
  await api.desk.setElectricalGroup({ userId, group: 3 });
  confirm({ ...cabinet, group: null });
  expect(results(await push()).at(-1)).toBe('stored');
  const { safety } = await api.planner.getProgress({ roundId: org.roundId });
  expect(safety.map(({ work }) => work).sort()).toEqual(['cabinet', 'round']);
  const changed = app.db.withOrgSql(org.orgId, (client) =>
    client.query('DELETE FROM safety_confirmation'),
  );
  await expect(changed).rejects.toThrow('permission denied');
});
