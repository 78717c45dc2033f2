import { z } from 'zod/mini';
import { readPhoto } from '#server/registry/photos.ts';
import { operatorProcedure } from '#server/api/trpc.ts';

export const getPhoto = operatorProcedure
  .input(z.object({ sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)) }))
  .query(({ ctx, input }) => ctx.withOrg((tx) => readPhoto(tx, ctx.caller, input.sha256)));
