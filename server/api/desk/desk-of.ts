import type pg from 'pg';
import type { App } from '#server/app.ts';
import type { Caller } from '#server/api/trpc.ts';
import type { Desk } from '#server/desk/types.ts';
import { staffPlaces } from '#server/registry/access.ts';
import type { By } from '#server/registry/install-requests.ts';

type Ctx = { readonly app: App; readonly caller: Caller };

export const deskOf = (ctx: Ctx, client: pg.ClientBase): Desk => ({
  client,
  orgId: ctx.caller.orgId,
  now: ctx.app.clock.now(),
  within: staffPlaces(ctx.caller),
});

export const byOf = (ctx: Ctx): By => ({ caller: ctx.caller, now: ctx.app.clock.now() });
