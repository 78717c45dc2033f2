import { ZGetOrigin } from '#lib/contract/readings.ts';
import { explainReading } from '#server/ingest/origin.ts';
import { accessToReading } from '#server/registry/access.ts';
import { memberProcedure } from '#server/api/trpc.ts';

/** Where a number is from: sender, bytes explained, verdicts, contradictions, corrections. */
export const getOrigin = memberProcedure.input(ZGetOrigin).query(({ ctx, input }) =>
  ctx.withOrgSql(async (client) => {
    await accessToReading(client, ctx.caller, { ...input, now: ctx.app.clock.now() });
    return explainReading(client, ctx.app.config.KILTER_MASTER_KEY, input);
  }),
);
