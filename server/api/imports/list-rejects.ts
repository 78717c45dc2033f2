import { z } from 'zod/mini';
import { selectRejects } from '#server/ingest/import-run.ts';
import { wholeProcedure } from '#server/api/trpc.ts';

/** The refused lines of an upload with their reasons. */
export const listRejects = wholeProcedure
  .input(z.object({ runId: z.int() }))
  .query(({ ctx, input }) => ctx.withOrgSql((client) => selectRejects(client, input.runId)));
