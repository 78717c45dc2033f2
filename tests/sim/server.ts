/**
 * A server whose tables are arrays and whose decisions are those of server/sync. One value is the
 * whole database, so a commit is an assignment and a backup is a reference.
 */
import { keyOf, planPush, receiptOf, type PlannedRow } from '#server/sync/reducer.ts';
import { judge, type Facts } from '#server/sync/judge.ts';
import { formatCursor, parseCursor, visibleAfter } from '#server/sync/cursor.ts';
import { decodePush, type ArrivedPush } from '#lib/contract/decode-push.ts';
import { receiptText, type PullAnswer, type Receipt } from '#lib/contract/fieldsync.ts';
import { fault } from '#lib/base/result.ts';
import type { Bug } from './bugs.ts';
import { contiguous } from './invariants.ts';

export type LogRow = {
  readonly device: string;
  readonly epoch: string;
  readonly n: number;
  readonly id: string;
  readonly key: string;
  readonly prev: string;
  readonly hash: string;
  readonly meter: unknown;
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
  /** The same, kept by the checker: no bug touches it. */
  readonly told: ReadonlyMap<string, number>;
  /** How many pieces of a photo arrived, by its name. */
  readonly photos: ReadonlyMap<string, number>;
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
  /** Which key signs now; all below are earlier ones. */
  key: number;
  roundOpen: boolean;
  revoked: ReadonlySet<string>;
  /** The same bytes are read once: half of all requests come again. */
  readonly read: Map<string, ReturnType<typeof decodePush>>;
  readonly bug: Bug | null;
};

export const PHOTO_PIECES = 2;

/** A signature only has to be unforgeable by accident here; the curve is tested elsewhere. */
export const simSign = (text: string, key: number): string => `key ${key}<${text}>`;

export const newServer = (bug: Bug | null): SimServer => ({
  tables: { epoch: uuid(0xe0), ...EMPTY },
  open: [],
  nextXid: 100n,
  nextSeq: 1n,
  alarms: 0,
  key: 1,
  roundOpen: true,
  revoked: new Set(),
  read: new Map(),
  bug,
});

const EMPTY = {
  log: [],
  forks: [],
  seq: 1,
  captured: new Map(),
  told: new Map(),
  photos: new Map(),
  changes: [],
};

export const uuid = (n: number): string =>
  `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

export type Reply = { readonly status: number; readonly body: string };
export type PushCrash = 'none' | 'before-commit' | 'after-commit';

/** One HTTP request to /api/sync/push. Null: the connection broke without an answer. */
export function handlePush(
  server: SimServer,
  text: string,
  { now, crash, carried = false }: { now: number; crash: PushCrash; carried?: boolean },
): Reply | null {
  const read = server.read.get(text) ?? readPush(text);
  server.read.set(text, read);
  if (!read.ok) return { status: 400, body: '{"proto":1,"error":"bad_envelope"}' };
  const push = read.value;
  const poisoned = server.bug === 'poison-refused' && push.events.some((e) => e.event === null);
  const closed = server.bug === 'closed-round-refused' && !server.roundOpen && push.events.length;
  if (poisoned || closed) return { status: 409, body: '{"proto":1,"error":"bad_event"}' };
  const { tables, body, fork } = storePush(server, push, { now, carried });
  const reply = { status: 200, body };
  if (crash === 'before-commit') return server.bug === 'answered-before-commit' ? reply : null;
  server.tables = tables;
  if (fork) server.alarms++;
  return crash === 'after-commit' ? null : reply;
}

function readPush(text: string): ReturnType<typeof decodePush> {
  try {
    return decodePush(JSON.parse(text));
  } catch {
    return fault('bad_envelope', 'Not JSON.');
  }
}

/** A piece of a photo; answers whether the whole is there. */
export function handlePiece(server: SimServer, sha256: string, at: number): boolean {
  const have = server.tables.photos.get(sha256) ?? 0;
  const pieces = at === have ? Math.min(PHOTO_PIECES, have + 1) : have;
  server.tables = { ...server.tables, photos: new Map(server.tables.photos).set(sha256, pieces) };
  return pieces === PHOTO_PIECES;
}

type Arrival = { readonly now: number; readonly carried: boolean };

function storePush(server: SimServer, push: ArrivedPush, { now, carried }: Arrival) {
  const { tables, bug } = server;
  const own = tables.log.filter((r) => r.device === push.device && r.epoch === push.epoch);
  const before = contiguous(own);
  const forgets = bug === 'server-made-ids' || (bug === 'rescue-replayed-doubles' && carried);
  const facts: Facts = {
    now,
    callerId: 'reader',
    deviceRevoked: server.revoked.has(push.device),
    allowedMeters: METERS,
    knownMeters: METERS,
    openRounds: new Set(server.roundOpen ? [1] : []),
  };
  const plan = planPush(
    {
      hw: before,
      slots: forgets ? [] : own,
      takenIds: new Set(takenIds(tables, own, push)),
      forkHashes: new Set(tables.forks.map((row) => row.hash)),
    },
    push,
    (arrived) => judge(facts, arrived),
  );
  const inserts = plan.inserts.filter(
    (row) => !(bug === 'refuse-clock-skew' && row.reason === 'clock-suspect'),
  );
  const sign = (bare: Omit<Receipt, 'sig'>): Receipt => ({
    ...bare,
    sig: simSign(receiptText(push.device, push.epoch, bare), server.key),
  });
  const rowOf = (row: PlannedRow, seq: string): LogRow => {
    const { n, id, prev, hash, event } = row.arrived;
    const { device, epoch } = push;
    const meter = event?.body['meterId'];
    return {
      ...{ device, epoch, n, id, key: row.key, prev, hash, meter },
      receipt: sign(receiptOf(row, seq)),
    };
  };
  const log = inserts.map((row, i) => rowOf(row, String(tables.seq + i)));
  const forks = plan.forks.map((row) => rowOf(row, '0'));
  const again = plan.repeatedForks.map((row) => rowOf(row, '0'));
  const repeated =
    bug === 'old-signature'
      ? plan.repeated
      : plan.repeated.map(({ sig: _, ...bare }) => sign(bare));
  const all = [...own, ...log];
  const hw =
    bug === 'highest-is-hw' ? Math.max(0, ...all.map((r) => r.n)) : bug ? contiguous(all) : plan.hw;
  return {
    fork: plan.fork,
    tables: {
      ...tables,
      log: [...tables.log, ...log.filter((row) => !isSecondOfMeter(bug, tables, row))],
      forks: bug === 'fork-dropped' ? tables.forks : [...tables.forks, ...forks],
      seq: tables.seq + log.length,
      captured: highest(tables.captured, push, bug === 'beat-shrinks'),
      told: highest(tables.told, push, false),
    },
    body: JSON.stringify({
      proto: 1,
      serverTime: new Date(now).toISOString(),
      serverEpoch: tables.epoch,
      hw,
      receipts: [...repeated, ...[...log, ...forks, ...again].map((row) => row.receipt)],
      ...(plan.expect !== null && bug !== 'highest-is-hw' && { expect: plan.expect }),
      ...(plan.fork && { fork: true }),
    }),
  };
}

const isSecondOfMeter = (bug: Bug | null, { log }: Tables, { device, meter }: LogRow): boolean =>
  bug === 'one-per-meter' && log.some((row) => row.meter === meter && row.device !== device);

function highest(before: ReadonlyMap<string, number>, push: ArrivedPush, last: boolean) {
  const name = `${push.device} ${push.epoch}`;
  const known = last ? 0 : (before.get(name) ?? 0);
  return new Map(before).set(name, Math.max(known, push.capturedN));
}

export const METERS: ReadonlySet<number> = new Set(Array.from({ length: 12 }, (_, i) => i + 1));

function* takenIds(tables: Tables, own: readonly LogRow[], push: ArrivedPush) {
  const byKey = new Map(tables.log.map((row) => [row.key, row]));
  for (const { id, n, hash } of push.events) {
    const there = byKey.get(id);
    if (!there || (there.n === n && own.includes(there))) continue;
    if (!own.some((r) => r.key === keyOf(push, { id, n, hash } as never))) yield id;
  }
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
