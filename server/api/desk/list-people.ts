import { z } from 'zod/mini';
import { byOf } from './desk-of.ts';
import { operatorProcedure } from '#server/api/trpc.ts';
import {
  findPlaces as find,
  listPeople as list,
  revokeMember as revoke,
  setElectricalGroup as setGroup,
} from '#server/desk/people.ts';

export const listPeople = operatorProcedure.query(({ ctx }) =>
  ctx.withOrg((tx) => list(tx, byOf(ctx))),
);

export const revokeMember = operatorProcedure
  .input(z.object({ membershipId: z.int() }))
  .mutation(({ ctx, input }) => ctx.withOrg((tx) => revoke(tx, byOf(ctx), input.membershipId)));

const ZGroup = z.object({
  userId: z.string(),
  group: z.nullable(z.int().check(z.gte(1), z.lte(5))),
});

/** Electrical-safety group of a person (E-36). */
export const setElectricalGroup = operatorProcedure
  .input(ZGroup)
  .mutation(({ ctx, input }) => ctx.withOrg((tx) => setGroup(tx, byOf(ctx), input)));

export const findPlaces = operatorProcedure
  .input(z.object({ text: z.string().check(z.trim(), z.minLength(2), z.maxLength(80)) }))
  .query(({ ctx, input }) => ctx.withOrg((tx) => find(tx, byOf(ctx), input.text)));
