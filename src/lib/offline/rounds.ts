/**
 * Downloaded rounds: what to read where, with history and wrapped keys, kept whole on the phone. It
 * knows how a pull's changes become rows; what a capture does to a row is in stops.ts.
 */
import { Dexie } from 'dexie';
import { z } from 'zod/mini';
import { PROTO, type PullAnswer } from '#lib/contract/fieldsync.ts';
import { ZRoundPackage, type RoundPackage } from '#lib/contract/round.ts';
import { live, withStorage, type MeterRow, type PhoneDatabase, type RoundRow } from './database.ts';
import { SyncError } from './errors.ts';
import { forgetExpiredKeys } from './keyring.ts';
import type { Remote } from './remote.ts';
import { meterView } from './stops.ts';
import type { MeterView, RoundView, Rounds } from './types.ts';

const CURSOR = 'cursor';
const PULL_LIMIT = 20;
/** More turns than any day has changes; a server that always says `more` must not hold us. */
const MAX_TURNS = 200;

type Means = {
  readonly remote: Remote;
  readonly device: string;
  readonly now: () => number;
  /** Makes sure the server knows this phone's public key before it wraps keys for it. */
  readonly register: () => Promise<void>;
};

export function openRounds(db: PhoneDatabase, means: Means): Rounds {
  return {
    list: () => live(() => listRounds(db)),
    meters: (roundId) =>
      live(async () => {
        const all = db.meter
          .where('[roundId+sequence]')
          .between([roundId, Dexie.minKey], [roundId, Dexie.maxKey]);
        return (await all.toArray()).map(meterView);
      }),
    findByRadioId: (radioId) =>
      withStorage(db, async () =>
        (await db.meter.where({ radioId: radioId.toUpperCase() }).toArray()).map(meterView),
      ),
    refresh: () => refresh(db, means),
    forget: (roundId) => withStorage(db, () => removeRound(db, roundId)),
  };
}

async function listRounds(db: PhoneDatabase): Promise<readonly RoundView[]> {
  return db.transaction('r', db.round, db.meter, async () => {
    const views: RoundView[] = [];
    for (const { senderKey: _, ...round } of await db.round.toArray()) {
      const meters = (await db.meter.where({ roundId: round.roundId }).toArray()).map(meterView);
      views.push({ ...round, counts: countStates(meters) });
    }
    return views.sort((a, b) => a.dueOn.localeCompare(b.dueOn) || a.roundId - b.roundId);
  });
}

function countStates(meters: readonly MeterView[]): RoundView['counts'] {
  const counts = { total: meters.length, ahead: 0, read: 0, doubt: 0, cannot: 0 };
  for (const { state } of meters) counts[state]++;
  return counts;
}

async function refresh(db: PhoneDatabase, means: Means): Promise<void> {
  await means.register();
  for (let turn = 0; turn < MAX_TURNS; turn++) {
    const cursor = (await withStorage(db, () => db.meta.get(CURSOR)))?.value ?? null;
    const rounds = await withStorage(db, () => db.round.toCollection().primaryKeys());
    const answer = await means.remote.pull({
      proto: PROTO,
      device: means.device,
      scope: rounds.map(String),
      cursor: cursor as string | null,
      limit: PULL_LIMIT,
    });
    await withStorage(db, () => store(db, answer, means.now()));
    if (!answer.more) return forgetExpiredKeys(db, means.now());
  }
}

/** The copy and the cursor move together, or a crash in between would leave a hole. */
function store(db: PhoneDatabase, answer: PullAnswer, at: number): Promise<void> {
  return db.transaction('rw', db.round, db.meter, db.meta, async () => {
    const kept = new Set<number>();
    for (const { kind, op, id, data } of answer.changes) {
      if (kind !== 'round') continue;
      const roundId = Number(id);
      kept.add(roundId);
      if (op !== 'put') await removeRound(db, roundId);
      else await putRound(db, readPackage(data), at);
    }
    if (answer.reset) {
      const gone = (await db.round.toCollection().primaryKeys()).filter((id) => !kept.has(id));
      // A first page may be followed by others; only the last one knows what is gone.
      if (!answer.more) for (const id of gone) await removeRound(db, id);
    }
    await db.meta.put({ name: CURSOR, value: answer.cursor });
  });
}

function readPackage(data: unknown): RoundPackage {
  const read = z.safeParse(ZRoundPackage, data);
  if (!read.success) throw new SyncError('bad-answer', { cause: read.error });
  return read.data;
}

async function putRound(db: PhoneDatabase, pack: RoundPackage, at: number): Promise<void> {
  const { meters, ...round } = pack;
  const row: RoundRow = { ...round, downloadedAt: at };
  const before = await db.meter.where({ roundId: round.roundId }).toArray();
  const trails = new Map(before.map((meter) => [meter.meterId, meter.trail]));
  const rows: MeterRow[] = meters.map((meter) => ({
    ...meter,
    radioId: meter.radioId?.toUpperCase() ?? null,
    roundId: round.roundId,
    trail: trails.get(meter.meterId) ?? [],
  }));
  const here = new Set(rows.map((meter) => meter.meterId));
  const gone = before.filter((meter) => !here.has(meter.meterId));
  await db.round.put(row);
  await db.meter.bulkDelete(gone.map((meter) => [meter.roundId, meter.meterId]));
  await db.meter.bulkPut(rows);
}

/** Events stay: what was captured belongs to the outbox, not to the round (I11). */
async function removeRound(db: PhoneDatabase, roundId: number): Promise<void> {
  await db.transaction('rw', db.round, db.meter, async () => {
    await db.round.delete(roundId);
    await db.meter.where({ roundId }).delete();
  });
}
