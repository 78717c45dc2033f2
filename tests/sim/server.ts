/**
 * A server whose tables are arrays and whose decisions are those of server/sync. One value is the
 * whole database, so a commit is an assignment and a backup is a reference.
 */
import { keyOf, planPush, receiptOf, type PlannedRow } from '#server/sync/reducer.ts';
import { judge, type Facts } from '#server/sync/judge.ts';
import { formatCursor, parseCursor, visibleAfter } from '#server/sync/cursor.ts';
import { decodePush, type ArrivedPush } from '#lib/contract/decode-push.ts';
import { receiptText, type PullAnswer, type Receipt } from '#lib/contract/fieldsync.ts';
import type { Bug } from './bugs.ts';

export type LogRow = {
  readonly device: string;
  readonly epoch: string;
  readonly n: number;
  readonly id: string;
  readonly key: string;
  readonly prev: string;
  readonly hash: string;
  readonly receipt: Receipt;
};
export type Change = {
  readonly xid: bigint;
  readonly seq: bigint;
  readonly id: string;
  readonly op: 'put' | 'tomb';
  readonly rev: number;
};
export type Tables = {
  readonly epoch: string;
  readonly log: readonly LogRow[];
  readonly forks: readonly LogRow[];
  readonly seq: number;
  /** Highest n that a phone said it captured, by `device epoch`. */
  readonly captured: ReadonlyMap<string, number>;
  readonly changes: readonly Change[];
};
export type OpenWrite = { readonly change: Change };

export type SimServer = {
  tables: Tables;
  /** Writers that took a number and have not committed. */
  open: OpenWrite[];
  nextXid: bigint;
  nextSeq: bigint;
  alarms: number;
  readonly bug: Bug | null;
};

/** A signature only has to be unforgeable by accident here; the curve is tested elsewhere. */
export const simSign = (text: string): string => `signed<${text}>`;

export const newServer = (bug: Bug | null): SimServer => ({
  tables: { epoch: uuid(0xe0), log: [], forks: [], seq: 1, captured: new Map(), changes: [] },
  open: [],
  nextXid: 100n,
  nextSeq: 1n,
  alarms: 0,
  bug,
});

export const uuid = (n: number): string =>
  `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

export type Reply = { readonly status: number; readonly body: string };
export type PushCrash = 'none' | 'before-commit' | 'after-commit';

/** One HTTP request to /api/sync/push. Null: the connection broke without an answer. */
export function handlePush(
  server: SimServer,
  text: string,
  { now, crash }: { now: number; crash: PushCrash },
): Reply | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { status: 400, body: '{"proto":1,"error":"bad_envelope"}' };
  }
  const read = decodePush(json);
  if (!read.ok) return { status: 400, body: '{"proto":1,"error":"bad_envelope"}' };
  const push = read.value;
  if (server.bug === 'poison-refused' && push.events.some((e) => e.event === null)) {
    return { status: 400, body: '{"proto":1,"error":"bad_event"}' };
  }
  const { tables, body, fork } = storePush(server, push, now);
  const reply = { status: 200, body };
  if (crash === 'before-commit') return server.bug === 'answered-before-commit' ? reply : null;
  server.tables = tables;
  if (fork) server.alarms++;
  return crash === 'after-commit' ? null : reply;
}

function storePush(server: SimServer, push: ArrivedPush, now: number) {
  const { tables, bug } = server;
  const own = tables.log.filter((r) => r.device === push.device && r.epoch === push.epoch);
  const before = contiguous(own);
  const facts: Facts = {
    now,
    callerId: 'reader',
    deviceRevoked: false,
    allowedMeters: METERS,
    knownMeters: METERS,
    openRounds: new Set([1]),
  };
  const plan = planPush(
    {
      hw: before,
      slots: bug === 'server-made-ids' ? [] : own,
      takenIds: new Set(takenIds(tables, own, push)),
      forkHashes: new Set(tables.forks.map((row) => row.hash)),
    },
    push,
    (arrived) => judge(facts, arrived),
  );
  let inserts = plan.inserts;
  if (bug === 'refuse-clock-skew') inserts = inserts.filter((r) => r.reason !== 'clock-suspect');
  const rowOf = (row: PlannedRow, seq: string): LogRow => {
    const bare = receiptOf(row, seq);
    const sig = simSign(receiptText(push.device, push.epoch, bare));
    const { n, id, prev, hash } = row.arrived;
    const { device, epoch } = push;
    return { device, epoch, n, id, key: row.key, prev, hash, receipt: { ...bare, sig } };
  };
  const log = inserts.map((row, i) => rowOf(row, String(tables.seq + i)));
  const forks = plan.forks.map((row) => rowOf(row, '0'));
  const again = plan.repeatedForks.map((row) => rowOf(row, '0'));
  const lost = bug === 'fork-dropped';
  const all = [...own, ...log];
  const hw =
    bug === 'highest-is-hw' ? Math.max(0, ...all.map((r) => r.n)) : bug ? contiguous(all) : plan.hw;
  const name = `${push.device} ${push.epoch}`;
  return {
    fork: plan.fork,
    tables: {
      ...tables,
      log: [...tables.log, ...log],
      forks: lost ? tables.forks : [...tables.forks, ...forks],
      seq: tables.seq + log.length,
      captured: new Map(tables.captured).set(
        name,
        Math.max(tables.captured.get(name) ?? 0, push.capturedN),
      ),
    },
    body: JSON.stringify({
      proto: 1,
      serverTime: new Date(now).toISOString(),
      serverEpoch: tables.epoch,
      hw,
      receipts: [...plan.repeated, ...[...log, ...forks, ...again].map((row) => row.receipt)],
      ...(plan.expect !== null && bug !== 'highest-is-hw' && { expect: plan.expect }),
      ...(plan.fork && { fork: true }),
    }),
  };
}

export const METERS: ReadonlySet<number> = new Set(Array.from({ length: 12 }, (_, i) => i + 1));

function* takenIds(tables: Tables, own: readonly LogRow[], push: ArrivedPush) {
  for (const { id, n, hash } of push.events) {
    const elsewhere = tables.log.some((r) => r.key === id && !(own.includes(r) && r.n === n));
    if (elsewhere && !own.some((r) => r.key === keyOf(push, { id, n, hash } as never))) yield id;
  }
}

export function contiguous(rows: readonly { readonly n: number }[]): number {
  const taken = new Set(rows.map((r) => r.n));
  let hw = 0;
  while (taken.has(hw + 1)) hw++;
  return hw;
}

/** Someone at the desk changes a round: numbers are taken now, the commit comes later. */
export function beginWrite(server: SimServer, k: number, op: Change['op']): void {
  const change = { xid: server.nextXid++, seq: server.nextSeq++, id: `m${k % 5}`, op, rev: k };
  server.open.push({ change });
}

/** The youngest writer commits first: that is what breaks a pull by number alone. */
export function commitWrite(server: SimServer): void {
  const done = server.open.pop();
  if (!done) return;
  server.tables = { ...server.tables, changes: [...server.tables.changes, done.change] };
}

export function handlePull(server: SimServer, cursorText: string | null): PullAnswer {
  const { tables, bug } = server;
  const cursor = parseCursor(cursorText);
  const reset = cursor === null || cursor.serverEpoch !== tables.epoch;
  const from = reset ? { xid: 0n, seq: 0n } : cursor;
  const limit = 3;
  const xmin = server.open.reduce(
    (min, w) => (w.change.xid < min ? w.change.xid : min),
    server.nextXid,
  );
  const rows =
    bug === 'naive-pull'
      ? tables.changes
          .filter((row) => row.seq > from.seq)
          .sort((a, b) => Number(a.seq - b.seq))
          .slice(0, limit)
      : visibleAfter(tables.changes, from, { xmin, limit });
  const last = rows.at(-1) ?? from;
  return {
    proto: 1,
    changes: rows.map((row) => ({
      seq: String(row.seq),
      op: row.op,
      kind: 'meter',
      id: row.id,
      rev: String(row.rev),
      data: row.rev,
    })),
    cursor: formatCursor({ serverEpoch: tables.epoch, xid: last.xid, seq: last.seq }),
    more: rows.length === limit,
    ...(reset && { reset: true }),
  };
}
