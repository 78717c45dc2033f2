import { ZImportUpload } from '#lib/contract/registry.ts';
import { importReadings } from '#server/ingest/import-readings.ts';
import { uploadedFile } from '#server/ingest/import-run.ts';
import { organisationZone } from '#server/registry/organisation.ts';
import { wholeProcedure } from '#server/api/trpc.ts';

/** A CSV of readings through the one pipeline. */
export const uploadReadings = wholeProcedure.input(ZImportUpload).mutation(({ ctx, input }) =>
  ctx.withOrgSql(async (client) =>
    importReadings(client, uploadedFile('readings', input, ctx.caller), {
      orgId: ctx.caller.orgId,
      masterKey: ctx.app.config.KILTER_MASTER_KEY,
      now: ctx.app.clock.now(),
      zone: await organisationZone(client),
    }),
  ),
);
