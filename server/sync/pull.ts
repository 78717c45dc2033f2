/**
 * What changed in a reader's rounds since he last asked, with nothing skipped (I10).
 *
 * It knows cursors, scopes and what is no longer the reader's; packages.ts knows what a round
 * holds. The endpoint /api/sync/pull and tests call it.
 */
import type pg from 'pg';
import { PROTO, type Pull, type PullAnswer } from '#lib/contract/fieldsync.ts';
import type { Caller } from '#server/api/trpc.ts';
import type { App } from '#server/app.ts';
import { AppError } from '#server/errors.ts';
import { formatCursor, parseCursor, type Position } from './cursor.ts';
import { isRevoked } from './device-store.ts';
import { horizon, selectChanges, selectMyRounds, type RoundRow } from './package-store.ts';
import { buildPackage } from './packages.ts';
import { REVOKED } from './service.ts';
import { serverEpoch } from './store.ts';

/** Log rows looked at in one turn; many of them are about the same round. */
const LOG_LIMIT = 2000;

type Work = { readonly app: App; readonly caller: Caller; readonly pull: Pull };
type Change = PullAnswer['changes'][number];

export const pullRounds = (app: App, caller: Caller, pull: Pull): Promise<PullAnswer> =>
  app.db.withOrgSql(caller.orgId, async (client) => {
    if (await isRevoked(client, pull.device)) throw new AppError('forbidden', REVOKED);
    const epoch = await serverEpoch(client);
    const cursor = parseCursor(pull.cursor);
    const work = { app, caller, pull };
    return cursor && cursor.serverEpoch === epoch
      ? changedSince(client, work, { epoch, from: cursor })
      : everything(client, work, epoch);
  });

/** All rounds of the reader, and a cursor that lies before anything not yet seen. */
async function everything(
  client: pg.ClientBase,
  { app, caller, pull }: Work,
  epoch: string,
): Promise<PullAnswer> {
  // The horizon is read first: what commits while packages are built comes again next time.
  const xid = await horizon(client);
  const rounds = await selectMyRounds(client, caller.userId);
  const changes: Change[] = [];
  for (const round of rounds) {
    changes.push(put(await buildPackage(client, round, forDevice(app, caller, pull)), '0'));
  }
  const cursor = formatCursor({ serverEpoch: epoch, xid, seq: 0n });
  return { proto: PROTO, changes, cursor, more: false, reset: true };
}

async function changedSince(
  client: pg.ClientBase,
  { app, caller, pull }: Work,
  { epoch, from }: { epoch: string; from: Position },
): Promise<PullAnswer> {
  const log = await selectChanges(client, from, LOG_LIMIT);
  const mine = await selectMyRounds(client, caller.userId);
  const changed = new Map(log.map(({ key, seq }) => [key, String(seq)]));
  const changes: Change[] = [];
  for (const round of mine.filter((r) => isNews(r, changed, pull))) {
    const pack = await buildPackage(client, round, forDevice(app, caller, pull));
    changes.push(put(pack, changed.get(String(round.id)) ?? '0'));
  }
  const still = new Set(mine.map((round) => String(round.id)));
  for (const id of pull.scope.filter((held) => !still.has(held))) {
    const seq = changed.get(id) ?? '0';
    changes.push({ seq, op: 'scope-remove', kind: 'round', id, rev: seq });
  }
  const last = log.at(-1) ?? from;
  const cursor = formatCursor({ serverEpoch: epoch, xid: last.xid, seq: last.seq });
  return { proto: PROTO, changes, cursor, more: log.length === LOG_LIMIT };
}

/** Changed, or assigned to the reader since he last told what he holds. */
const isNews = (round: RoundRow, changed: ReadonlyMap<string, string>, pull: Pull): boolean =>
  changed.has(String(round.id)) || !pull.scope.includes(String(round.id));

const forDevice = (app: App, { userId }: Caller, { device }: Pull) => ({ app, device, userId });

const put = (data: { readonly roundId: number }, seq: string): Change => ({
  seq,
  op: 'put',
  kind: 'round',
  id: String(data.roundId),
  rev: seq,
  data,
});
