/** Captures that contradict each other, and what a person decided. SQL of disputes.ts. */
import type { DisputeKind } from '#lib/vee/two-captures.ts';
import type { Resource } from '#lib/domain/resource.ts';
import { inScope } from '#server/registry/scope.ts';
import type { Desk } from './types.ts';

/** Side by side takes room: a page holds few. */
export const DISPUTES_PAGE = 10;

export type Decision = 'a' | 'b' | 'neither';
export type SideRow = {
  readonly at: number;
  /** Integer in register scale. */
  readonly value: string;
  readonly source: string;
  readonly by: string | null;
  readonly eventId: string | null;
  readonly hasBytes: boolean;
  readonly receivedAt: number | null;
};

export type DisputeRow = {
  readonly id: number;
  readonly meterId: number;
  readonly pointId: number;
  readonly register: number;
  readonly roundId: number | null;
  readonly round: string | null;
  readonly kind: DisputeKind;
  readonly serial: string;
  readonly resource: Resource;
  readonly address: string;
  readonly decimals: number;
  readonly a: SideRow;
  readonly b: SideRow;
  readonly decision: Decision | null;
  readonly decidedBy: string | null;
  readonly decidedAt: number | null;
  readonly reason: string | null;
};

const MS = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`;
const side = (s: 'a' | 'b'): string => `
  jsonb_build_object('at', ${MS(`d.${s}_ts`)}, 'value', d.${s}_value::text,
    'source', d.${s}_source, 'by', ${s}u.name, 'eventId', ${s}o.event_id,
    'hasBytes', ${s}o.raw IS NOT NULL, 'receivedAt', ${MS(`${s}b.received_at`)}) AS ${s}`;
const told = (s: 'a' | 'b'): string => `
  LEFT JOIN reading_origin ${s}o ON ${s}o.meter_id = d.meter_id AND ${s}o.register = d.register
        AND ${s}o.ts = d.${s}_ts AND ${s}o.batch_id = d.${s}_batch
  LEFT JOIN ingest_batch ${s}b ON ${s}b.id = d.${s}_batch
  LEFT JOIN "user" ${s}u ON ${s}u.id = ${s}o.user_id`;

export type DisputeFilter = {
  readonly id?: number;
  readonly roundId: number | null;
  readonly decided: boolean;
  readonly page: number;
};

/** The newest first. Where an installation ended meanwhile, the point is the one of the capture. */
export async function selectDisputes(
  { client, within }: Desk,
  ask: DisputeFilter,
): Promise<DisputeRow[]> {
  const { rows } = await client.query<DisputeRow>(
    `SELECT d.id, d.meter_id AS "meterId", i.point_id AS "pointId", d.register,
            d.round_id AS "roundId", r.name AS round, d.kind, m.serial, p.resource, pl.address,
            coalesce(g.decimals, m.decimals) AS decimals, ${side('a')}, ${side('b')},
            d.decision, du.name AS "decidedBy", ${MS('d.decided_at')} AS "decidedAt", d.reason
       FROM capture_dispute d
       JOIN meter m ON m.id = d.meter_id
       JOIN LATERAL (SELECT point_id FROM installation WHERE meter_id = d.meter_id
              AND from_at <= d.b_ts ORDER BY from_at DESC LIMIT 1) i ON true
       JOIN metering_point p ON p.id = i.point_id
       JOIN place pl ON pl.id = p.place_id
       LEFT JOIN register g ON g.meter_id = d.meter_id AND g.register = d.register
       LEFT JOIN round r ON r.id = d.round_id
       LEFT JOIN "user" du ON du.id = d.decided_by ${told('a')} ${told('b')}
      WHERE ($1::int IS NULL OR d.id = $1) AND ($2::int IS NULL OR d.round_id = $2)
        AND ($1::int IS NOT NULL OR (d.decided_at IS NOT NULL) = $3)
        AND ${inScope('p.place_id', 4)}
      ORDER BY coalesce(d.decided_at, d.found_at) DESC, d.id DESC
      LIMIT ${DISPUTES_PAGE + 1} OFFSET $5`,
    [ask.id ?? null, ask.roundId, ask.decided, within, ask.page * DISPUTES_PAGE],
  );
  return rows;
}

/** Where the meter hung when it was captured: one that was taken off since still counts. */
export async function countOpen({ client, within }: Desk): Promise<Map<number | null, number>> {
  const { rows } = await client.query<{ id: number | null; n: number }>(
    `SELECT d.round_id AS id, count(*)::int AS n FROM capture_dispute d
      WHERE d.decided_at IS NULL AND ($1::int4[] IS NULL OR EXISTS (
        SELECT FROM metering_point p
         WHERE p.id = (SELECT point_id FROM installation WHERE meter_id = d.meter_id
                         AND from_at <= d.b_ts ORDER BY from_at DESC LIMIT 1)
           AND ${inScope('p.place_id', 1)}))
      GROUP BY d.round_id`,
    [within],
  );
  return new Map(rows.map(({ id, n }) => [id, n]));
}

/** Holds the pair until the transaction ends, so that two operators decide one after the other. */
export async function lockDispute({ client }: Desk, id: number): Promise<void> {
  await client.query('SELECT FROM capture_dispute WHERE id = $1 FOR UPDATE', [id]);
}

export type Decided = {
  readonly id: number;
  readonly keep: Decision;
  readonly by: string;
  readonly reason: string;
};

export async function writeDecision({ client, now }: Desk, what: Decided): Promise<void> {
  await client.query(
    `UPDATE capture_dispute SET decision = $2, decided_by = $3, decided_at = $4, reason = $5
      WHERE id = $1`,
    [what.id, what.keep, what.by, new Date(now), what.reason],
  );
}

/**
 * Other open pairs of which one side just stopped counting are settled with it: the same reason,
 * the other side untouched.
 */
export async function settleOthers({ client, now }: Desk, what: Decided): Promise<void> {
  await client.query(
    `UPDATE capture_dispute o
        SET decision = CASE WHEN (o.a_ts, o.a_batch) = (x.ts, x.batch) THEN 'b' ELSE 'a' END,
            decided_by = $3, decided_at = $4, reason = $5
       FROM capture_dispute d
       CROSS JOIN LATERAL (VALUES ('a', d.a_ts, d.a_batch), ('b', d.b_ts, d.b_batch))
         AS x(side, ts, batch)
      WHERE d.id = $1 AND x.side <> $2 AND o.id <> d.id AND o.decided_at IS NULL
        AND o.meter_id = d.meter_id AND o.register = d.register
        AND ((o.a_ts, o.a_batch) = (x.ts, x.batch) OR (o.b_ts, o.b_batch) = (x.ts, x.batch))`,
    [what.id, what.keep, what.by, new Date(now), what.reason],
  );
}

/** The stop follows: read by the capture that is kept, or a meter to check. */
export async function moveDecidedStop(
  { client }: Desk,
  stop: {
    readonly roundId: number;
    readonly meterId: number;
    readonly state: 'read' | 'doubt';
    readonly kept: SideRow | null;
  },
): Promise<void> {
  await client.query(
    `UPDATE round_stop s
        SET state = $3, event_id = coalesce(e.id, s.event_id),
            visited_by = coalesce(e.user_id, s.visited_by),
            visited_source = CASE WHEN e.id IS NULL THEN s.visited_source ELSE $5 END,
            visited_at = CASE WHEN e.id IS NULL THEN s.visited_at
                         ELSE to_timestamp($6 / 1000.0) END
       FROM round r LEFT JOIN capture_event e ON e.id = $4::uuid
      WHERE (r.id = $1 OR r.split_of = $1) AND s.round_id = r.id AND s.meter_id = $2
        AND s.state <> 'ahead'`,
    [
      stop.roundId,
      stop.meterId,
      stop.state,
      stop.kept?.eventId ?? null,
      stop.kept?.source ?? null,
      stop.kept?.at ?? null,
    ],
  );
}
