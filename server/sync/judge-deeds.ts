/**
 * Which exchanges, results of orders and safety confirmations a person has to look at before they
 * count. The same rule as judge.ts: nothing is refused, the worst verdict is "kept". Pure.
 */
import type { MeterExchanged } from '#lib/contract/exchange.ts';
import type { FieldEvent } from '#lib/contract/fieldsync.ts';
import type { OrderDone } from '#lib/contract/orders.ts';
import type { SafetyConfirmed } from '#lib/contract/safety.ts';
import { isChecklistComplete, isLiveWork, mayWorkLive, type OrderKind } from '#lib/domain/order.ts';
import type { Resource } from '#lib/domain/resource.ts';
import { safetyFault } from '#lib/domain/safety.ts';

export type DeedFacts = {
  /** Points named by exchanges, of this organisation. */
  readonly points: ReadonlyMap<number, Resource>;
  /** `meterId/pointId` where a meter hangs or hung. */
  readonly stays: ReadonlySet<string>;
  /** `serial/pointId` of new numbers that hang somewhere else. */
  readonly serialsElsewhere: ReadonlySet<string>;
  readonly orders: ReadonlyMap<
    number,
    { readonly kind: OrderKind; readonly resource: Resource; readonly assigneeId: string | null }
  >;
  /** Electrical-safety group of the sender. */
  readonly safetyGroup: number | null;
};

export const NO_DEEDS: DeedFacts = {
  points: new Map(),
  stays: new Set(),
  serialsElsewhere: new Set(),
  orders: new Map(),
  safetyGroup: null,
};

/**
 * Reasons: `wrong-point` (the old meter never hung there), `serial-in-use` (the new number hangs
 * somewhere else), `unknown-order`, `not-allowed` (somebody else's order), `no-safety-group`,
 * `no-checklist` (live work, E-36).
 */
export function deedFault(facts: DeedFacts, event: FieldEvent): string | null {
  if (event.type === 'meter.exchanged') {
    return exchangeFault(facts, event.body as MeterExchanged);
  }
  if (event.type === 'safety.confirmed') {
    return safetyFault(event.body as SafetyConfirmed, facts.safetyGroup);
  }
  return event.type === 'order.done' ? orderFault(facts, event) : null;
}

function exchangeFault(facts: DeedFacts, body: MeterExchanged): string | null {
  const resource = facts.points.get(body.pointId);
  const hung = facts.stays.has(`${body.meterId}/${body.pointId}`);
  if (resource === undefined || !hung) return 'wrong-point';
  if (facts.serialsElsewhere.has(`${body.new.serial}/${body.pointId}`)) return 'serial-in-use';
  return liveFault(facts, isLiveWork('exchange', resource), body.checklist);
}

function orderFault(facts: DeedFacts, event: FieldEvent): string | null {
  const { orderId, checklist, done } = event.body as OrderDone;
  const order = facts.orders.get(orderId);
  if (!order) return 'unknown-order';
  if (order.assigneeId !== null && order.assigneeId !== event.user) return 'not-allowed';
  return liveFault(facts, done && isLiveWork(order.kind, order.resource), checklist);
}

function liveFault(facts: DeedFacts, live: boolean, checked: readonly string[]): string | null {
  if (!live) return null;
  if (!mayWorkLive(facts.safetyGroup)) return 'no-safety-group';
  return isChecklistComplete(checked) ? null : 'no-checklist';
}
