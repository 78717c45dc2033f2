import { z } from 'zod/mini';
import { ingestInTransaction } from '#server/ingest/pipeline.ts';
import { approveRequest as approve } from '#server/registry/install-approval.ts';
import { organisationZone } from '#server/registry/organisation.ts';
import { operatorProcedure } from '#server/api/trpc.ts';

/**
 * Makes the meter and stores its first reading, in one transaction; the request's id is the batch's
 * key.
 */
export const approveRequest = operatorProcedure
  .input(z.object({ id: z.uuid() }))
  .mutation(({ ctx, input }) =>
    ctx.withOrgSql(async (client) => {
      const now = ctx.app.clock.now();
      const by = { caller: ctx.caller, now };
      const { meterId, pointId, first } = await approve(client, by, input.id);
      const { orgId } = ctx.caller;
      const masterKey = ctx.app.config.KILTER_MASTER_KEY;
      const deps = { orgId, masterKey, now, zone: await organisationZone(client) };
      const answer = await ingestInTransaction(client, deps, {
        source: { kind: 'self-install', name: 'tenant' },
        sourceKey: input.id,
        rows: [first],
      });
      return { meterId, pointId, stored: answer.counts.stored };
    }),
  );
