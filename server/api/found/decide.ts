import type pg from 'pg';
import { z } from 'zod/mini';
import { ZMeterSerial } from '#lib/contract/registry.ts';
import { deskOf } from '#server/api/desk/desk-of.ts';
import { operatorProcedure } from '#server/api/trpc.ts';
import type { App } from '#server/app.ts';
import type { Caller } from '#server/api/trpc.ts';
import { ingestInTransaction } from '#server/ingest/pipeline.ts';
import * as found from '#server/registry/found-meters.ts';
import { organisationZone } from '#server/registry/organisation.ts';

type Ctx = { readonly app: App; readonly caller: Caller };

const ZWhy = z.string().check(z.trim(), z.maxLength(300));
const ZJoin = z.object({ id: z.uuid(), meterId: z.int(), why: ZWhy });
const ZEnter = z.object({
  id: z.uuid(),
  serial: ZMeterSerial,
  house: z.string().check(z.trim(), z.minLength(1), z.maxLength(200)),
  flat: z.string().check(z.trim(), z.maxLength(20)),
  why: ZWhy,
});

/** It is a meter of ours; the first reading becomes its reading in the same transaction. */
export const joinKnown = operatorProcedure.input(ZJoin).mutation(({ ctx, input }) =>
  ctx.withOrgSql(async (c) => {
    return takeIn(ctx, { client: c, id: input.id }, await found.joinKnown(whoOf(ctx, c), input));
  }),
);

/** A new meter at a place, with its first reading. */
export const enterNew = operatorProcedure.input(ZEnter).mutation(({ ctx, input }) =>
  ctx.withOrgSql(async (c) => {
    return takeIn(ctx, { client: c, id: input.id }, await found.enterNew(whoOf(ctx, c), input));
  }),
);

/** Somebody else's meter. */
export const setAside = operatorProcedure
  .input(z.object({ id: z.uuid(), why: ZWhy }))
  .mutation(({ ctx, input }) => ctx.withOrgSql((c) => found.setAside(whoOf(ctx, c), input)));

const whoOf = (ctx: Ctx, client: pg.ClientBase): found.FoundDesk => ({
  ...deskOf(ctx, client),
  userId: ctx.caller.userId,
});

async function takeIn(
  { app, caller }: Ctx,
  { client, id }: { readonly client: pg.ClientBase; readonly id: string },
  { meterId, first }: found.Outcome,
): Promise<{ meterId: number | null; stored: number }> {
  if (!first) return { meterId, stored: 0 };
  const zone = await organisationZone(client);
  const masterKey = app.config.KILTER_MASTER_KEY;
  const deps = { orgId: caller.orgId, masterKey, now: app.clock.now(), zone };
  const answer = await ingestInTransaction(client, deps, {
    source: { kind: 'field-app', name: 'found-meter' },
    sourceKey: id,
    rows: [first],
  });
  return { meterId, stored: answer.counts.stored };
}
