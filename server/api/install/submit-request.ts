import { ZInstallDraft } from '#lib/contract/install.ts';
import { submitInstall } from '#server/registry/install-requests.ts';
import { anyRoleProcedure } from '#server/api/trpc.ts';

/** Sends an installation in; the same id again changes nothing. */
export const submitRequest = anyRoleProcedure
  .input(ZInstallDraft)
  .mutation(({ ctx, input }) =>
    ctx.withOrg((tx) => submitInstall(tx, { caller: ctx.caller, now: ctx.app.clock.now() }, input)),
  );
