/** SQL over orders and the safety group of people. Called by service.ts. */
import type pg from 'pg';
import type { FieldOrder, NewOrder, OrderDone, OrderState } from '#lib/contract/orders.ts';
import type { OrderKind } from '#lib/domain/order.ts';
import type { Resource } from '#lib/domain/resource.ts';
import { inScope } from '#server/registry/scope.ts';

export type OrderResult = {
  readonly eventId: string;
  readonly at: number;
  readonly userId: string;
  readonly body: OrderDone;
};

export type OrderRow = {
  readonly id: number;
  readonly kind: OrderKind;
  readonly pointId: number;
  readonly resource: Resource;
  readonly address: string;
  readonly serial: string | null;
  readonly dueOn: string;
  readonly overdue: boolean;
  readonly text: string;
  readonly state: OrderState;
  readonly assigneeId: string | null;
  readonly assignee: string | null;
  readonly results: readonly OrderResult[];
  readonly doneAt: number | null;
};

export type OrderFilter = {
  readonly state: 'open' | 'overdue' | 'done' | 'all';
  readonly pointId: number | null;
};

type At = { readonly client: pg.ClientBase; readonly now: number };

/** Open ones first, the longest due first; `within` narrows to subtrees of places. */
export async function selectOrders(
  { client, now, within }: At & { readonly within: readonly number[] | null },
  filter: OrderFilter,
): Promise<OrderRow[]> {
  const { rows } = await client.query<OrderRow>(
    `WITH o AS (
       SELECT w.*, w.state = 'open' AND w.due_on <
                (to_timestamp($2 / 1000.0) AT TIME ZONE g.time_zone)::date AS overdue
         FROM service_order w JOIN organisation g ON g.id = w.org_id)
     SELECT o.id, o.kind, o.point_id AS "pointId", mp.resource, pl.address, m.serial,
            to_char(o.due_on, 'YYYY-MM-DD') AS "dueOn", o.overdue, o.text, o.state,
            o.assignee_id AS "assigneeId", u.name AS assignee, o.results,
            (extract(epoch FROM o.done_at) * 1000)::float8 AS "doneAt"
       FROM o
       JOIN metering_point mp ON mp.id = o.point_id
       JOIN place pl ON pl.id = mp.place_id
       LEFT JOIN installation i ON i.point_id = mp.id AND i.to_at IS NULL
       LEFT JOIN meter m ON m.id = i.meter_id
       LEFT JOIN "user" u ON u.id = o.assignee_id
      WHERE ${inScope('mp.place_id', 1)}
        AND ($4::int IS NULL OR o.point_id = $4)
        AND CASE $3 WHEN 'open' THEN o.state = 'open' WHEN 'overdue' THEN o.overdue
                    WHEN 'done' THEN o.state IN ('done', 'not-done') ELSE true END
      ORDER BY (o.state <> 'open'), CASE WHEN o.state = 'open' THEN o.due_on END,
               o.done_at DESC NULLS LAST, o.id DESC LIMIT 300`,
    [within, now, filter.state, filter.pointId],
  );
  return rows;
}

/** What one person carries: given to him or to nobody in particular, not over since long. */
export async function selectMine(
  client: pg.ClientBase,
  userId: string,
  places: readonly number[] | null,
): Promise<FieldOrder[]> {
  const { rows } = await client.query<FieldOrder>(
    `SELECT o.id, o.kind, o.point_id AS "pointId", m.id AS "meterId", m.serial, mp.resource,
            pl.address, CASE WHEN pl.kind = 'flat' THEN pl.name END AS flat, mp.hint,
            to_char(o.due_on, 'YYYY-MM-DD') AS "dueOn", o.text, coalesce(i.seals, '{}') AS seals
       FROM service_order o
       JOIN metering_point mp ON mp.id = o.point_id
       JOIN place pl ON pl.id = mp.place_id
       LEFT JOIN installation i ON i.point_id = mp.id AND i.to_at IS NULL
       LEFT JOIN meter m ON m.id = i.meter_id
      WHERE o.state = 'open' AND (o.assignee_id = $1 OR o.assignee_id IS NULL)
        AND (o.assignee_id = $1 OR ${inScope('mp.place_id', 2)})
      ORDER BY o.due_on, pl.address, o.id LIMIT 500`,
    [userId, places],
  );
  return rows;
}

/** Points among `ids` that lie within, with what is supplied there. */
export async function selectPoints(
  client: pg.ClientBase,
  ids: readonly number[],
  within: readonly number[] | null,
): Promise<{ id: number; resource: Resource }[]> {
  const { rows } = await client.query<{ id: number; resource: Resource }>(
    `SELECT mp.id, mp.resource FROM metering_point mp
      WHERE mp.id = ANY($1::int[]) AND ${inScope('mp.place_id', 2)}`,
    [ids, within],
  );
  return rows;
}

export async function insertOrders(
  client: pg.ClientBase,
  by: { readonly orgId: number; readonly userId: string },
  order: NewOrder,
): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO service_order (org_id, point_id, kind, text, due_on, assignee_id, created_by)
     SELECT $1, p, $3, $4, $5::date, $6, $7 FROM unnest($2::int[]) AS p RETURNING id`,
    [by.orgId, order.pointIds, order.kind, order.text, order.dueOn, order.assigneeId, by.userId],
  );
  return rows.map(({ id }) => id);
}

export type OrderFact = {
  readonly id: number;
  readonly kind: OrderKind;
  readonly resource: Resource;
  readonly assigneeId: string | null;
  readonly state: OrderState;
};

export async function selectFacts(
  client: pg.ClientBase,
  ids: readonly number[],
  within: readonly number[] | null = null,
): Promise<OrderFact[]> {
  if (ids.length === 0) return [];
  const { rows } = await client.query<OrderFact>(
    `SELECT o.id, o.kind, mp.resource, o.assignee_id AS "assigneeId", o.state
       FROM service_order o JOIN metering_point mp ON mp.id = o.point_id
      WHERE o.id = ANY($1::int[]) AND ${inScope('mp.place_id', 2)}`,
    [ids, within],
  );
  return rows;
}

export async function lockResults(
  client: pg.ClientBase,
  id: number,
): Promise<{ state: OrderState; results: OrderResult[] } | null> {
  const { rows } = await client.query<{ state: OrderState; results: OrderResult[] }>(
    'SELECT state, results FROM service_order WHERE id = $1 FOR UPDATE',
    [id],
  );
  return rows[0] ?? null;
}

/** Orders to which one of these events gave a result. */
export async function selectByEvents(
  client: pg.ClientBase,
  eventIds: readonly string[],
): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>(
    `SELECT o.id FROM service_order o WHERE EXISTS (
       SELECT FROM jsonb_array_elements(o.results) r WHERE r ->> 'eventId' = ANY($1::text[]))`,
    [eventIds],
  );
  return rows.map(({ id }) => id);
}

export async function writeResults(
  client: pg.ClientBase,
  id: number,
  to: { state: OrderState; results: readonly OrderResult[]; doneAt: number | null },
): Promise<void> {
  await client.query(
    'UPDATE service_order SET state = $2, results = $3, done_at = $4 WHERE id = $1',
    [id, to.state, JSON.stringify(to.results), to.doneAt === null ? null : new Date(to.doneAt)],
  );
}

/** Gives an open order to somebody else, or takes it out of work. False when it is not open. */
export async function updateOpen(
  client: pg.ClientBase,
  id: number,
  to: { readonly assigneeId?: string | null; readonly state?: OrderState },
): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE service_order SET assignee_id = CASE WHEN $2 THEN $3 ELSE assignee_id END,
            state = coalesce($4, state) WHERE id = $1 AND state = 'open'`,
    [id, to.assigneeId !== undefined, to.assigneeId ?? null, to.state ?? null],
  );
  return Boolean(rowCount);
}

/** Readers with their group; the highest where rows of one person differ. */
export async function selectReaders(
  client: pg.ClientBase,
): Promise<{ userId: string; name: string; group: number | null }[]> {
  const { rows } = await client.query<{ userId: string; name: string; group: number | null }>(
    `SELECT m.user_id AS "userId", u.name, max(m.electrical_group)::int AS group
       FROM membership m JOIN "user" u ON u.id = m.user_id
      WHERE m.revoked_at IS NULL
      GROUP BY m.user_id, u.name HAVING bool_or(m.role = 'reader') ORDER BY u.name, m.user_id`,
  );
  return rows;
}

export async function selectGroup(client: pg.ClientBase, userId: string): Promise<number | null> {
  const { rows } = await client.query<{ group: number | null }>(
    `SELECT max(electrical_group)::int AS group FROM membership
      WHERE user_id = $1 AND revoked_at IS NULL`,
    [userId],
  );
  return rows[0]?.group ?? null;
}
