import { deskOf } from './desk-of.ts';
import { operatorProcedure } from '#server/api/trpc.ts';
import { listPlaces as list } from '#server/desk/points.ts';

export const listPlaces = operatorProcedure.query(({ ctx }) =>
  ctx.withOrgSql((client) => list(deskOf(ctx, client))),
);
