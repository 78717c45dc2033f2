import { listRuns as list } from '#server/ingest/import-run.ts';
import { operatorProcedure } from '#server/api/trpc.ts';

/** The last uploads of the organisation, newest first. */
export const listRuns = operatorProcedure.query(({ ctx }) => ctx.withOrgSql(list));
