import { ZListPoints } from '#lib/contract/registry.ts';
import { staffPlaces } from '#server/registry/access.ts';
import { findPoints } from '#server/registry/points.ts';
import { staffProcedure } from '#server/api/trpc.ts';

/** A page of metering points by address, last digits of a number, place and resource. */
export const listPoints = staffProcedure
  .input(ZListPoints)
  .query(({ ctx, input }) =>
    ctx.withOrgSql((client) =>
      findPoints(client, { ...input, within: staffPlaces(ctx.caller) }, ctx.app.clock.now()),
    ),
  );
