/**
 * Work orders: the desk gives them, a reader carries them, the result comes back (product.md O10).
 *
 * It knows who may carry what (E-36: live work needs group III) and that a result is never lost,
 * even a second one; it knows no phone and no exchange. The desk's procedures and server/sync call
 * it inside a transaction of one organisation.
 */
import type pg from 'pg';
import type { FieldOrder, NewOrder, OrderDone, OrderState } from '#lib/contract/orders.ts';
import { isLiveWork, mayWorkLive } from '#lib/domain/order.ts';
import { writeAuditSql } from '#server/access/audit.ts';
import { AppError } from '#server/errors.ts';
import {
  insertOrders,
  lockResults,
  selectByEvents,
  selectFacts,
  selectGroup,
  selectMine,
  selectOrders,
  selectPoints,
  selectReaders,
  updateOpen,
  writeResults,
  type OrderFact,
  type OrderFilter,
  type OrderResult,
} from './order-store.ts';

export type OrderDesk = {
  readonly client: pg.ClientBase;
  readonly orgId: number;
  readonly userId: string;
  readonly now: number;
  readonly within: readonly number[] | null;
};

export const listOrders = (desk: OrderDesk, filter: OrderFilter) => selectOrders(desk, filter);

/** Who may be given an order, with the safety group. */
export const listReaders = (client: pg.ClientBase) => selectReaders(client);

/** Throws `not-found` (a foreign point or person), `invalid` (live work without group III). */
export async function createOrders(desk: OrderDesk, order: NewOrder): Promise<number[]> {
  const { client, within, userId, orgId } = desk;
  const pointIds = [...new Set(order.pointIds)];
  const points = await selectPoints(client, pointIds, within);
  if (points.length < pointIds.length) {
    throw new AppError('not-found', 'There is no such metering point.');
  }
  const live = points.some(({ resource }) => isLiveWork(order.kind, resource));
  await mustCarry(client, order.assigneeId, live);
  const ids = await insertOrders(client, { orgId, userId }, { ...order, pointIds });
  const detail = { kind: order.kind, assigneeId: order.assigneeId, dueOn: order.dueOn };
  for (const id of ids) await audit(desk, { action: 'create-order', id, detail });
  return ids;
}

/** Throws `not-found`, `conflict` when it is not open any more, `invalid` as above. */
export async function assignOrder(
  desk: OrderDesk,
  id: number,
  assigneeId: string | null,
): Promise<void> {
  const fact = await mustKnow(desk, id);
  await mustCarry(desk.client, assigneeId, isLiveWork(fact.kind, fact.resource));
  await change(desk, id, { assigneeId });
  await audit(desk, { action: 'assign-order', id, detail: { assigneeId } });
}

/** The desk does not want it any more. Throws as above. */
export async function cancelOrder(desk: OrderDesk, id: number): Promise<void> {
  await mustKnow(desk, id);
  await change(desk, id, { state: 'cancelled' });
  await audit(desk, { action: 'cancel-order', id });
}

async function change(
  { client }: OrderDesk,
  id: number,
  to: { assigneeId?: string | null; state?: OrderState },
): Promise<void> {
  if (await updateOpen(client, id, to)) return;
  throw new AppError('conflict', 'This order is not open any more.');
}

async function mustKnow({ client, within }: OrderDesk, id: number): Promise<OrderFact> {
  const [fact] = await selectFacts(client, [id], within);
  if (!fact) throw new AppError('not-found', 'There is no such order.');
  return fact;
}

async function mustCarry(
  client: pg.ClientBase,
  userId: string | null,
  live: boolean,
): Promise<void> {
  if (userId === null) return;
  const reader = (await selectReaders(client)).find((one) => one.userId === userId);
  if (!reader) throw new AppError('not-found', 'This person is no reader here.');
  if (live && !mayWorkLive(reader.group)) {
    throw new AppError('invalid', 'Live work needs electrical-safety group III.');
  }
}

/** What a reader carries; live work only for those who may do it. */
export async function listMine(
  client: pg.ClientBase,
  who: { readonly userId: string; readonly places: readonly number[] | null },
): Promise<FieldOrder[]> {
  const orders = await selectMine(client, who.userId, who.places);
  const may = mayWorkLive(await selectGroup(client, who.userId));
  return orders.filter(({ kind, resource }) => may || !isLiveWork(kind, resource));
}

export const orderFacts = (client: pg.ClientBase, ids: readonly number[]) =>
  selectFacts(client, ids);
export const safetyGroupOf = (client: pg.ClientBase, userId: string) => selectGroup(client, userId);

export type ToldResult = OrderResult & { readonly orgId: number };

/**
 * A result from a phone. The same event again changes nothing; a second result of an order that is
 * over is kept beside the first, and the latest one is its state.
 */
export async function finishOrder(client: pg.ClientBase, told: ToldResult): Promise<void> {
  const { orgId, ...result } = told;
  const before = await lockResults(client, result.body.orderId);
  if (!before || before.results.some(({ eventId }) => eventId === result.eventId)) return;
  await writeState(client, result.body.orderId, [...before.results, result]);
  const { eventId, userId, at, body } = result;
  const detail = { eventId, done: body.done, reason: body.reason };
  const subject = `order ${body.orderId}`;
  await writeAuditSql(client, { orgId, userId, action: 'finish-order', subject, detail, at });
}

/** Results that their own reporter took back. */
export async function withdrawResults(
  client: pg.ClientBase,
  userId: string,
  eventIds: readonly string[],
): Promise<void> {
  if (eventIds.length === 0) return;
  for (const id of await selectByEvents(client, eventIds)) {
    const before = await lockResults(client, id);
    const left = before?.results.filter(
      (r) => !(eventIds.includes(r.eventId) && r.userId === userId),
    );
    if (left && left.length < before!.results.length) await writeState(client, id, left);
  }
}

async function writeState(
  client: pg.ClientBase,
  id: number,
  results: readonly OrderResult[],
): Promise<void> {
  const last = results.at(-1);
  const state = last ? (last.body.done ? 'done' : 'not-done') : 'open';
  await writeResults(client, id, { state, results, doneAt: last?.at ?? null });
}

/** An exchange that was an order's work is the order's result. */
export const resultOfExchange = (exchange: {
  readonly orderId: number;
  readonly meterId: number;
  readonly sealsPlaced: readonly string[];
  readonly checklist: readonly string[];
  readonly photos: readonly string[];
}): OrderDone => ({
  orderId: exchange.orderId,
  meterId: exchange.meterId,
  done: true,
  reason: null,
  seals: [...exchange.sealsPlaced],
  note: null,
  checklist: [...exchange.checklist],
  photos: [...exchange.photos],
});

const audit = (
  desk: OrderDesk,
  deed: { action: string; id: number; detail?: Record<string, string | null> },
): Promise<void> =>
  writeAuditSql(desk.client, {
    orgId: desk.orgId,
    userId: desk.userId,
    action: deed.action,
    subject: `order ${deed.id}`,
    ...(deed.detail && { detail: deed.detail }),
    at: desk.now,
  });
