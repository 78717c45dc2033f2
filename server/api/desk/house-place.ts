import { z } from 'zod/mini';
import { isPosition } from '#lib/domain/position.ts';
import { deskOf } from './desk-of.ts';
import { operatorProcedure } from '#server/api/trpc.ts';
import { readHousePlace, setHousePlace as set } from '#server/desk/place-map.ts';

export const getHousePlace = operatorProcedure
  .input(z.object({ houseId: z.int() }))
  .query(({ ctx, input }) =>
    ctx.withOrgSql((client) => readHousePlace(deskOf(ctx, client), input.houseId)),
  );

const ZPosition = z
  .object({ latUdeg: z.int(), lonUdeg: z.int() })
  .check(z.refine(isPosition, 'No place on the earth.'));

/** Null takes the position away. */
export const setHousePlace = operatorProcedure
  .input(z.object({ houseId: z.int(), at: z.nullable(ZPosition) }))
  .mutation(({ ctx, input }) =>
    ctx.withOrgSql((client) => set(deskOf(ctx, client), ctx.caller.userId, input)),
  );
