/**
 * Downloaded rounds: what to read where, with history and wrapped keys, kept whole on the phone. It
 * knows how a pull's changes become rows; how rows are sealed is in round-packs.ts.
 */
import { z } from 'zod/mini';
import { PROTO, type PullAnswer } from '#lib/contract/fieldsync.ts';
import { ZRoundPackage, type RoundPackage } from '#lib/contract/round.ts';
import { live, liveOpened, liveSeldom, withStorage, type PhoneDatabase } from './database.ts';
import { SyncError } from './errors.ts';
import { forgetExpiredKeys } from './keyring.ts';
import type { Remote } from './remote.ts';
import {
  openFacts,
  openPacks,
  putRound,
  removeRound,
  sealRound,
  type Packs,
  type ReadRound,
  type SealedRound,
} from './round-packs.ts';
import type { MeterView, RoundView, Rounds } from './types.ts';

export const CURSOR = 'cursor';
const PULL_LIMIT = 20;
/** More turns than any day has changes; a server that always says `more` must not hold us. */
const MAX_TURNS = 200;

type Means = {
  readonly remote: Remote;
  readonly device: string;
  readonly now: () => number;
  /** The server's time as far as the phone knows it: keys end by it, not by a clock set back. */
  readonly serverNow: () => Promise<number>;
  /** Makes sure the server knows this phone's public key before it wraps keys for it. */
  readonly register: () => Promise<void>;
};

export function openRounds(db: PhoneDatabase, means: Means): Rounds {
  const packs = openPacks(db);
  // A page and the engine ask at the same start; a round of thousands is fetched once.
  let fetching: Promise<void> | null = null;
  return {
    list: () =>
      liveOpened(
        liveSeldom(db, [db.round, db.stop, db.roundKeys], () => readRounds(db, packs)),
        (read) => listRounds(db, packs, read),
      ),
    meters: (roundId) =>
      liveOpened(
        live(() => packs.read(roundId)),
        async (round) => (round ? packs.views(round) : []),
      ),
    findByRadioId: (radioId) =>
      withStorage(db, async () => {
        const wanted = radioId.toUpperCase();
        const read = await readRounds(db, packs);
        const views = await Promise.all(read.map((round) => packs.views(round)));
        return views.flatMap((some) => some.filter((m) => m.radioId === wanted));
      }),
    refresh: () =>
      (fetching ??= refresh(db, packs, means).finally(() => {
        fetching = null;
      })),
    forget: (roundId) => withStorage(db, () => removeRound(db, roundId)),
  };
}

const readRounds = (db: PhoneDatabase, packs: Packs): Promise<ReadRound[]> =>
  db.transaction('r', db.round, db.stop, db.roundKeys, async () => {
    const ids = await db.round.toCollection().primaryKeys();
    const read = await Promise.all(ids.map((roundId) => packs.read(roundId)));
    return read.filter((round) => round !== null);
  });

async function listRounds(
  db: PhoneDatabase,
  packs: Packs,
  read: readonly ReadRound[],
): Promise<readonly RoundView[]> {
  const all = await Promise.all(read.map((round) => packs.views(round)));
  const facts = await openFacts(
    db,
    read.map(({ row }) => row),
  );
  const views = facts.map(({ parts: _, revision: __, ...round }, i): RoundView => ({
    ...round,
    counts: countStates(all[i] ?? []),
  }));
  return views.sort((a, b) => a.dueOn.localeCompare(b.dueOn) || a.roundId - b.roundId);
}

function countStates(meters: readonly MeterView[]): RoundView['counts'] {
  const counts = { total: meters.length, ahead: 0, read: 0, doubt: 0, cannot: 0 };
  for (const { state } of meters) counts[state]++;
  return counts;
}

async function refresh(db: PhoneDatabase, packs: Packs, means: Means): Promise<void> {
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
    await withStorage(db, () => store(db, { answer, at: means.now(), packs }));
    if (!answer.more) return forgetExpiredKeys(db, await means.serverNow());
  }
}

/** The copy and the cursor move together, or a crash in between would leave a hole. */
async function store(
  db: PhoneDatabase,
  { answer, at, packs }: { answer: PullAnswer; at: number; packs: Packs },
): Promise<void> {
  const rounds = answer.changes.filter(({ kind }) => kind === 'round');
  // Sealing takes its time, and a transaction waits for nobody: it comes first.
  const sealed = new Map<number, SealedRound>();
  for (const { op, id, data } of rounds) {
    if (op !== 'put') continue;
    const round = await sealRound(db, readPackage(data), at);
    // Before it is stored, or the screen would ask first; until then nothing names this revision.
    packs.keep(round.fresh);
    sealed.set(Number(id), round);
  }
  await db.transaction('rw', [db.round, db.pack, db.stop, db.roundKeys, db.meta], async () => {
    const kept = new Set<number>();
    for (const { op, id } of rounds) {
      const roundId = Number(id);
      kept.add(roundId);
      const round = sealed.get(roundId);
      if (op !== 'put' || !round) await removeRound(db, roundId);
      else await putRound(db, round);
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
