import { staffPlaces } from '#server/registry/access.ts';
import { listPlaceTree } from '#server/registry/points.ts';
import { staffProcedure } from '#server/api/trpc.ts';

/** The tree of places the caller may see, parents before children. */
export const listPlaces = staffProcedure.query(({ ctx }) =>
  ctx.withOrgSql((client) => listPlaceTree(client, staffPlaces(ctx.caller))),
);
