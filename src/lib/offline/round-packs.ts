/**
 * A round as it rests: its facts, its meters many to a row, its wrapped keys apart from both. It
 * knows how these are sealed and opened quickly; it knows no server.
 *
 * A round of 10 000 meters is forty rows: to open as many single ones takes a phone longer than a
 * person waits. What was opened is kept until another download replaces it.
 */
import type { RoundMeter, RoundPackage } from '#lib/contract/round.ts';
import { Dexie } from 'dexie';
import type {
  PackRow,
  PhoneDatabase,
  RoundFacts,
  RoundKeys,
  RoundKeysRow,
  RoundRow,
  StopRow,
  Trail,
} from './database.ts';
import { carryTrails, movedStops, type MovedStop } from './exchanged.ts';
import { openTrails, packPlace, roundKeysPlace, roundPlace } from './sealed-rows.ts';
import { meterView } from './stops.ts';
import type { MeterView } from './types.ts';

const METERS_A_PART = 250;
const REVISION_BYTES = 8;

export type SealedRound = {
  readonly fresh: FreshRound;
  readonly row: RoundRow;
  readonly parts: readonly PackRow[];
  readonly keys: RoundKeysRow | null;
  readonly moved: readonly MovedStop[];
};

/** What was sealed, as `views` has it when it is opened again. */
export type FreshRound = {
  readonly roundId: number;
  readonly revision: string;
  readonly meters: readonly RoundMeter[];
};

/** Outside of any transaction. */
export async function sealRound(
  db: PhoneDatabase,
  { meters, senderKey, ...round }: RoundPackage,
  at: number,
): Promise<SealedRound> {
  const { roundId, keysValidTo } = round;
  const inOrder = [...meters].sort((a, b) => a.sequence - b.sequence || a.meterId - b.meterId);
  // Only whether there is a key stays with the meter; the key itself dies with its own row.
  const bare = inOrder.map((meter): RoundMeter => ({
    ...meter,
    radioId: meter.radioId?.toUpperCase() ?? null,
    wrappedKey: meter.wrappedKey === null ? null : '',
  }));
  const wrapped = inOrder.flatMap(({ meterId, wrappedKey }): [number, string][] =>
    wrappedKey === null ? [] : [[meterId, wrappedKey]],
  );
  const parts: Promise<PackRow>[] = [];
  for (let i = 0; i < bare.length; i += METERS_A_PART) {
    parts.push(sealPart(db, { roundId, part: parts.length }, bare.slice(i, i + METERS_A_PART)));
  }
  const facts: RoundFacts = {
    ...round,
    downloadedAt: at,
    parts: parts.length,
    revision: String(crypto.getRandomValues(new Uint8Array(REVISION_BYTES))),
  };
  const keys: RoundKeys = { senderKey: senderKey ?? '', keysValidTo, wrapped };
  return {
    fresh: { roundId, revision: facts.revision, meters: bare },
    moved: movedStops(await openMeters(db, roundId), inOrder),
    row: { roundId, sealed: await db.vault.sealLater(roundPlace(roundId), facts) },
    parts: await Promise.all(parts),
    keys:
      wrapped.length === 0
        ? null
        : { roundId, sealed: await db.vault.sealLater(roundKeysPlace(roundId), keys) },
  };
}

const sealPart = async (
  { vault }: PhoneDatabase,
  { roundId, part }: Pick<PackRow, 'roundId' | 'part'>,
  meters: readonly RoundMeter[],
): Promise<PackRow> => ({
  roundId,
  part,
  sealed: await vault.sealLater(packPlace(roundId, part), meters),
});

/** Inside a transaction over round, pack, stop and roundKeys. What was done at meters stays. */
export async function putRound(
  db: PhoneDatabase,
  { row, parts, keys, moved }: SealedRound,
): Promise<void> {
  await db.pack.where({ roundId: row.roundId }).delete();
  await db.pack.bulkPut([...parts]);
  if (keys) await db.roundKeys.put(keys);
  else await db.roundKeys.delete(row.roundId);
  await db.round.put(row);
  await carryTrails(db, row.roundId, moved);
}

/** Events stay: what was captured belongs to the outbox, not to the round (I11). */
export async function removeRound(db: PhoneDatabase, roundId: number): Promise<void> {
  await db.transaction('rw', db.round, db.pack, db.stop, db.roundKeys, async () => {
    await db.round.delete(roundId);
    await db.roundKeys.delete(roundId);
    await db.pack.where({ roundId }).delete();
    await db.stop.where({ roundId }).delete();
  });
}

export async function openFacts(
  { vault }: PhoneDatabase,
  rows: readonly RoundRow[],
): Promise<RoundFacts[]> {
  return vault.openMany<RoundFacts>(
    'round',
    rows.map(({ roundId, sealed }) => ({ key: roundPlace(roundId).key, sealed })),
  );
}

/** A round's rows as they rest, read as one moment saw them. */
export type ReadRound = {
  readonly row: RoundRow;
  readonly stops: readonly StopRow[];
  readonly hasKeys: boolean;
};
export type Packs = {
  /** One transaction; null when the round is not here. */
  read(roundId: number): Promise<ReadRound | null>;
  /** Meters in walking order with what this phone did. Outside of any transaction. */
  views(round: ReadRound): Promise<readonly MeterView[]>;
  /** What was just stored need not be opened again. */
  keep(fresh: FreshRound): void;
};

/** A round in the memory. `views` and `trails` belong together and to `hasKeys`. */
type Pack = {
  readonly meters: readonly RoundMeter[];
  hasKeys: boolean;
  readonly views: MeterView[];
  readonly trails: (Trail | undefined)[];
};

const packOf = (meters: readonly RoundMeter[]): Pack => ({
  meters,
  hasKeys: false,
  views: [],
  trails: [],
});

/** After a capture one view of ten thousand is made anew: the vault gives the same trail again. */
function renew(
  pack: Pack,
  about: { readonly roundId: number; readonly hasKeys: boolean },
  trails: ReadonlyMap<number, Trail>,
): readonly MeterView[] {
  const { roundId, hasKeys } = about;
  const isOld = pack.hasKeys !== hasKeys || pack.views.length === 0;
  pack.hasKeys = hasKeys;
  pack.meters.forEach((meter, i) => {
    const trail = trails.get(meter.meterId);
    if (!isOld && pack.trails[i] === trail) return;
    pack.trails[i] = trail;
    const hasKey = hasKeys && meter.wrappedKey !== null;
    pack.views[i] = meterView(meter, { roundId, hasKey, trail });
  });
  return [...pack.views];
}

export function openPacks(db: PhoneDatabase): Packs {
  // A promise: the list of rounds and the round's own page ask at the same start.
  const kept = new Map<number, { readonly revision: string; readonly pack: Promise<Pack> }>();
  const keep = (roundId: number, revision: string, meters: Promise<readonly RoundMeter[]>) => {
    const pack = meters.then(packOf);
    kept.set(roundId, { revision, pack });
    // Whoever waits is told; the next one tries again.
    pack.catch(() => kept.delete(roundId));
    return pack;
  };
  return {
    read: (roundId) =>
      // Each transaction of its own would stand in the way of the next capture.
      db.transaction('r', db.round, db.stop, db.roundKeys, async () => {
        const row = await db.round.get(roundId);
        const stops = await db.stop
          .where('[roundId+meterId]')
          .between([roundId, Dexie.minKey], [roundId, Dexie.maxKey])
          .toArray();
        const keys = await db.roundKeys.where({ roundId }).count();
        return row ? { row, stops, hasKeys: keys > 0 } : null;
      }),
    async views({ row, stops, hasKeys }) {
      const { roundId } = row;
      const facts = db.vault.open<RoundFacts>(roundPlace(roundId), row.sealed);
      const { revision } = facts;
      const known = kept.get(roundId);
      const pack = await (known?.revision === revision
        ? known.pack
        : keep(roundId, revision, openMeters(db, roundId)));
      return renew(pack, { roundId, hasKeys }, await openTrails(db, stops));
    },
    keep: ({ roundId, revision, meters }) => void keep(roundId, revision, Promise.resolve(meters)),
  };
}

async function openMeters(db: PhoneDatabase, roundId: number): Promise<RoundMeter[]> {
  const rows = await db.pack.where({ roundId }).toArray();
  rows.sort((a, b) => a.part - b.part);
  const opened = await Promise.all(
    rows.map(({ part, sealed }) => db.vault.openBytes(packPlace(roundId, part), sealed)),
  );
  return opened.flatMap((bytes) => JSON.parse(new TextDecoder().decode(bytes)) as RoundMeter[]);
}

/** The wrapped keys of a round; null when there are none, or none any more. */
export async function openRoundKeys(db: PhoneDatabase, roundId: number): Promise<RoundKeys | null> {
  const row = await db.roundKeys.get(roundId);
  return row ? db.vault.open<RoundKeys>(roundKeysPlace(roundId), row.sealed) : null;
}
