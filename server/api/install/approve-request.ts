import { z } from 'zod/mini';
import { ingestBatch } from '#server/ingest/pipeline.ts';
import { approveRequest as approve } from '#server/registry/install-requests.ts';
import { operatorProcedure } from '#server/api/trpc.ts';

/** Makes the meter, then stores its first reading; the request's id is the batch's key. */
export const approveRequest = operatorProcedure
  .input(z.object({ id: z.uuid() }))
  .mutation(async ({ ctx, input }) => {
    const by = { caller: ctx.caller, now: ctx.app.clock.now() };
    const { meterId, pointId, first } = await ctx.withOrg((tx) => approve(tx, by, input.id));
    const answer = await ingestBatch(ctx.app, ctx.caller.orgId, {
      source: { kind: 'self-install', name: 'tenant' },
      sourceKey: input.id,
      rows: [first],
    });
    return { meterId, pointId, stored: answer.counts.stored };
  });
