/**
 * Work orders between desk and phone: what is to be done at a metering point, and what came of it.
 *
 * It knows shapes and codes; server/orders knows who gets which. Client and server import it.
 */
import { z } from 'zod/mini';
import { ORDER_KINDS } from '#lib/domain/order.ts';
import { RESOURCES } from '#lib/domain/resource.ts';
import { ZSha256 } from './fieldsync.ts';

export const ORDER_STATES = ['open', 'done', 'not-done', 'cancelled'] as const;
export type OrderState = (typeof ORDER_STATES)[number];

/** Why an order could not be done; the words are those of a meter that cannot be read. */
const ZCode = z.string().check(z.regex(/^[a-z][a-z-]{1,31}$/));
const ZDay = z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/));

/** The desk gives one order to each of some points. */
export const ZNewOrder = z.object({
  pointIds: z.array(z.int()).check(z.minLength(1), z.maxLength(200)),
  kind: z.enum(ORDER_KINDS),
  assigneeId: z.nullable(z.string()),
  dueOn: ZDay,
  text: z.string().check(z.trim(), z.maxLength(500)),
});
export type NewOrder = z.infer<typeof ZNewOrder>;

/** An order as its reader carries it. */
export const ZFieldOrder = z.object({
  id: z.int(),
  kind: z.enum(ORDER_KINDS),
  pointId: z.int(),
  meterId: z.nullable(z.int()),
  serial: z.nullable(z.string()),
  resource: z.enum(RESOURCES),
  address: z.string(),
  flat: z.nullable(z.string()),
  hint: z.nullable(z.string()),
  dueOn: ZDay,
  text: z.string(),
  seals: z.array(z.string()),
});
export type FieldOrder = z.infer<typeof ZFieldOrder>;

/** Body of `order.done`. */
export const ZOrderDone = z.object({
  orderId: z.int(),
  meterId: z.nullable(z.int()),
  done: z.boolean(),
  /** Null when done. */
  reason: z.nullable(ZCode),
  seals: z.array(z.string().check(z.trim(), z.minLength(1), z.maxLength(32))).check(z.maxLength(8)),
  note: z.nullable(z.string().check(z.maxLength(500))),
  checklist: z.array(ZCode).check(z.maxLength(12)),
  photos: z.array(ZSha256).check(z.maxLength(8)),
});
export type OrderDone = z.infer<typeof ZOrderDone>;
