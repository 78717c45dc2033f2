import type pg from 'pg';
import type { App } from '#server/app.ts';
import type { Caller } from '#server/api/trpc.ts';
import type { OrderDesk } from '#server/orders/service.ts';
import { staffPlaces } from '#server/registry/access.ts';

export const orderDesk = (
  ctx: { readonly app: App; readonly caller: Caller },
  client: pg.ClientBase,
): OrderDesk => ({
  client,
  orgId: ctx.caller.orgId,
  userId: ctx.caller.userId,
  now: ctx.app.clock.now(),
  within: staffPlaces(ctx.caller),
});
