/**
 * What the registry says about the meters and rounds a push names, and what events do to stops. It
 * knows SQL only; judge.ts decides. Only server/sync/service.ts calls it.
 */
import type pg from 'pg';

export type Sender = {
  readonly userId: string;
  /** Staff and readers of the whole organisation, or of these places and what is below them. */
  readonly staff: boolean;
  readonly placeIds: readonly number[];
};

export type MeterSets = { readonly known: Set<number>; readonly allowed: Set<number> };

/** Which of `meterIds` exist here, and of which the sender may give readings. */
export async function findMeters(
  client: pg.ClientBase,
  meterIds: readonly number[],
  sender: Sender,
): Promise<MeterSets> {
  if (meterIds.length === 0) return { known: new Set(), allowed: new Set() };
  const { rows } = await client.query(
    `WITH RECURSIVE own AS (
       SELECT id FROM place WHERE id = ANY($2::int[])
       UNION SELECT hm.place_id FROM (
         SELECT h.place_id FROM household h JOIN household_member m ON m.household_id = h.id
          WHERE m.user_id = $3 AND (m.to_at IS NULL OR m.to_at > now())
            AND (h.to_at IS NULL OR h.to_at > now())) hm
       UNION SELECT p.id FROM place p JOIN own ON p.parent_id = own.id)
     SELECT m.id, ($4 OR EXISTS (
       SELECT FROM installation i JOIN metering_point mp ON mp.id = i.point_id
        WHERE i.meter_id = m.id AND mp.place_id IN (SELECT id FROM own))) AS allowed
       FROM meter m WHERE m.id = ANY($1::int[])`,
    [
      meterIds,
      sender.staff ? sender.placeIds : [],
      sender.userId,
      sender.staff && sender.placeIds.length === 0,
    ],
  );
  return {
    known: new Set(rows.map((row) => row.id)),
    allowed: new Set(rows.filter((row) => row.allowed).map((row) => row.id)),
  };
}

/**
 * Which of `roundIds` are open and the sender's; a round without a name on it is anybody's. Who had
 * a round before it went to a colleague may still have captures of it on the phone.
 */
export async function openRounds(
  client: pg.ClientBase,
  roundIds: readonly number[],
  userId: string,
): Promise<Set<number>> {
  if (roundIds.length === 0) return new Set();
  const { rows } = await client.query(
    `SELECT id FROM round WHERE id = ANY($1::int[]) AND status IN ('planned', 'active')
        AND (assignee_id = $2 OR assignee_id IS NULL OR EXISTS (SELECT FROM round_reader g
              WHERE g.round_id = round.id AND g.user_id = $2))`,
    [roundIds, userId],
  );
  return new Set(rows.map((row) => row.id));
}

/** `roundId/meterId` of the stops that exist, also where the round was divided since. */
export async function stopsAmong(
  client: pg.ClientBase,
  asked: readonly { readonly roundId: number; readonly meterId: number }[],
): Promise<Set<string>> {
  if (asked.length === 0) return new Set();
  const { rows } = await client.query<{ stop: string }>(
    `SELECT c.round_id || '/' || c.meter_id AS stop
       FROM unnest($1::int[], $2::int[]) AS c(round_id, meter_id)
      WHERE EXISTS (SELECT FROM round_stop s JOIN round r ON r.id = s.round_id
              WHERE (r.id = c.round_id OR r.split_of = c.round_id) AND s.meter_id = c.meter_id)`,
    [asked.map(({ roundId }) => roundId), asked.map(({ meterId }) => meterId)],
  );
  return new Set(rows.map(({ stop }) => stop));
}

export type StopChange = {
  readonly roundId: number;
  readonly meterId: number;
  readonly state: string;
  readonly eventId: string;
  readonly at: number;
  readonly by: string;
  readonly source: string | null;
  /** The exchange by which the stop's meter is another one now. */
  readonly exchangeId?: string;
  /** Leaves a stop alone that was read already, or read with a doubt. */
  readonly onlyUnread?: boolean;
};

function lastOfEach(changes: readonly StopChange[]): readonly StopChange[] {
  const last = new Map<string, StopChange>();
  for (const change of changes) {
    const key = `${change.roundId}/${change.meterId}`;
    const before = last.get(key)?.state;
    const isKept = change.onlyUnread && before !== undefined && before !== 'cannot';
    if (!isKept) last.set(key, change);
  }
  return [...last.values()];
}

/**
 * Later events of a push stand later in `changes` and win. A stop that meanwhile went to a round
 * divided from this one is found there.
 */
export async function moveStops(
  client: pg.ClientBase,
  changes: readonly StopChange[],
): Promise<void> {
  if (changes.length === 0) return;
  const last = lastOfEach(changes);
  await client.query(
    `UPDATE round_stop s
        SET state = c.state, event_id = c.event_id, visited_by = c.by, visited_source = c.source,
            visited_at = to_timestamp(c.ms / 1000.0)
       FROM unnest($1::int[], $2::int[], $3::text[], $4::uuid[], $5::float8[], $6::text[],
                   $7::text[], $8::bool[])
             AS c(round_id, meter_id, state, event_id, ms, by, source, only_unread)
       JOIN round r ON r.id = c.round_id OR r.split_of = c.round_id
      WHERE s.round_id = r.id AND s.meter_id = c.meter_id
        AND (NOT c.only_unread OR s.state IN ('ahead', 'cannot'))`,
    [
      last.map((c) => c.roundId),
      last.map((c) => c.meterId),
      last.map((c) => c.state),
      last.map((c) => c.eventId),
      last.map((c) => c.at),
      last.map((c) => c.by),
      last.map((c) => c.source),
      last.map((c) => c.onlyUnread ?? false),
    ],
  );
  await client.query(
    `UPDATE round SET status = 'active' WHERE id = ANY($1::int[]) AND status = 'planned'`,
    [[...new Set(last.map((c) => c.roundId))]],
  );
}

/** A voided capture gives its stop back. */
export async function freeStops(client: pg.ClientBase, eventIds: readonly string[]): Promise<void> {
  if (eventIds.length === 0) return;
  await client.query(
    `UPDATE round_stop SET state = 'ahead', event_id = NULL, visited_at = NULL,
            visited_by = NULL, visited_source = NULL WHERE event_id = ANY($1::uuid[])`,
    [eventIds],
  );
}
