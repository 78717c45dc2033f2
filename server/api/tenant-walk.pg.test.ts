/**
 * Walks every procedure as a stranger from another organisation, with the victim's own ids, and
 * demands: nothing of the victim is in any answer, and not one of the victim's rows has changed.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { App } from '#server/app.ts';
import { freshDatabase, type TestDatabase } from '../../tests/support/database.ts';
import { sampleInput, type Targets } from '../../tests/support/sample-input.ts';
import { makeOrganisation, testApp, type Small } from '../../tests/support/two-organisations.ts';
import { appRouter, callRouter } from './root.ts';

const WORD = 'ALPHA';
let database: TestDatabase;
let app: App;
let victim: Small;
let stranger: Small;

type Procedure = { _def: { inputs: unknown[]; type: string } };
const procedures = Object.entries(
  (appRouter._def as unknown as { procedures: Record<string, Procedure> }).procedures,
);

beforeAll(async () => {
  database = await freshDatabase();
  app = testApp(database.url);
  victim = await makeOrganisation(app, WORD, 1);
  stranger = await makeOrganisation(app, 'BRAVO', 2);
});

afterAll(async () => {
  await app?.close();
  await database?.drop();
});

const targets = (): Targets => ({
  id: victim.pointId,
  placeId: victim.placeId,
  houseId: victim.houseId,
  flatId: victim.placeId,
  pointId: victim.pointId,
  meterId: victim.meterId,
  roundId: victim.roundId,
  householdId: victim.householdId,
  requestId: victim.installRequestId,
  installRequestId: victim.installRequestId,
  invitationId: victim.invitationId,
  runId: victim.importRunId,
  userId: victim.caller.userId,
  assigneeId: victim.caller.userId,
  register: 10,
  resource: 'cold-water',
});

async function call(name: string, procedure: Procedure, who: Small): Promise<unknown> {
  const schema = procedure._def.inputs[0];
  const input = schema ? sampleInput(schema, targets()) : undefined;
  const caller = callRouter({ app, caller: who.caller }) as unknown as Record<string, unknown>;
  const path = name.split('.');
  const target = path.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], caller);
  return (target as (input: unknown) => Promise<unknown>)(input);
}

const asText = (value: unknown): string =>
  JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? v.toString() : v)) ?? '';

/** A digest of every row that belongs to the victim, over all tables. */
async function fingerprint(orgId: number): Promise<Record<string, string>> {
  const tables = await app.db.pool.query<{ name: string; by: string }>(`
    SELECT c.relname AS name, a.attname AS by FROM pg_class c
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname IN ('org_id', 'meter_id')
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
       AND NOT c.relispartition
       AND (a.attname = 'org_id' OR NOT EXISTS (SELECT FROM pg_attribute o
            WHERE o.attrelid = c.oid AND o.attname = 'org_id'))`);
  const result: Record<string, string> = {};
  for (const { name, by } of tables.rows) {
    const where =
      by === 'org_id' ? 'org_id = $1' : 'meter_id IN (SELECT id FROM meter WHERE org_id = $1)';
    const { rows } = await app.db.pool.query<{ digest: string }>(
      `SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) AS digest
         FROM "${name}" t WHERE ${where}`,
      [orgId],
    );
    result[name] = rows[0]!.digest;
  }
  return result;
}

test('a stranger sees and changes nothing through any procedure', async () => {
  expect(procedures.length).toBeGreaterThan(0);
  const before = await fingerprint(victim.orgId);
  const leaks: string[] = [];
  for (const [name, procedure] of procedures) {
    const answer = await call(name, procedure, stranger).catch((e: unknown) => String(e));
    // Inputs carry the word too, so an error that only repeats the input is no leak.
    if (asText(answer).includes(`${WORD} `)) leaks.push(name);
  }
  expect(leaks).toEqual([]);
  expect(await fingerprint(victim.orgId)).toEqual(before);
});

test('the walk can see a leak: the owner gets the same word back', async () => {
  const seen: string[] = [];
  for (const [name, procedure] of procedures) {
    if (procedure._def.type !== 'query') continue;
    const answer = await call(name, procedure, victim).catch(() => '');
    if (asText(answer).includes(WORD)) seen.push(name);
  }
  expect(seen.length).toBeGreaterThan(0);
});
