import { z } from 'zod/mini';
import { ZUuid } from '#lib/contract/fieldsync.ts';
import { wholeProcedure } from '#server/api/trpc.ts';
import { blockPhone as block, listPhones as list } from '#server/desk/phones.ts';
import { byOf } from './desk-of.ts';

export const listPhones = wholeProcedure.query(({ ctx }) => ctx.withOrg((tx) => list(tx)));

export const blockPhone = wholeProcedure
  .input(z.object({ device: ZUuid }))
  .mutation(({ ctx, input }) => ctx.withOrg((tx) => block(tx, byOf(ctx), input.device)));
