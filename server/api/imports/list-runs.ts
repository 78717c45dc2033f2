import { listRuns as list } from '#server/ingest/import-run.ts';
import { wholeProcedure } from '#server/api/trpc.ts';

/** The last uploads of the organisation, newest first. */
export const listRuns = wholeProcedure.query(({ ctx }) => ctx.withOrgSql((client) => list(client)));
