import { ZPutPhoto } from '#lib/contract/install.ts';
import { putPhoto as put } from '#server/registry/photos.ts';
import { anyRoleProcedure } from '#server/api/trpc.ts';

export const putPhoto = anyRoleProcedure
  .input(ZPutPhoto)
  .mutation(({ ctx, input }) =>
    ctx.withOrg((tx) => put(tx, { caller: ctx.caller, now: ctx.app.clock.now() }, input)),
  );
