import { ZImportUpload } from '#lib/contract/registry.ts';
import { uploadedFile } from '#server/ingest/import-run.ts';
import { organisationZone } from '#server/registry/organisation.ts';
import { importMeters } from '#server/registry/import-meters.ts';
import { wholeProcedure } from '#server/api/trpc.ts';

/** A CSV of meters and keys; keys are sealed at once. */
export const uploadMeters = wholeProcedure.input(ZImportUpload).mutation(({ ctx, input }) =>
  ctx.withOrgSql(async (client) =>
    importMeters(client, {
      file: uploadedFile('meters', input, ctx.caller),
      masterKey: ctx.app.config.KILTER_MASTER_KEY,
      now: ctx.app.clock.now(),
      zone: await organisationZone(client),
    }),
  ),
);
