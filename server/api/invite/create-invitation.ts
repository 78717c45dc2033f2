import { ZCreateInvitation } from '#lib/contract/invitation.ts';
import { createInvitation as create } from '#server/access/invitations.ts';
import { operatorProcedure } from '#server/api/trpc.ts';

/** The answer holds the code; it is shown once and can't be asked for again. */
export const createInvitation = operatorProcedure
  .input(ZCreateInvitation)
  .mutation(async ({ ctx, input }) => {
    const by = { caller: ctx.caller, now: ctx.app.clock.now() };
    const made = await ctx.withOrg((tx) => create(tx, by, input));
    const url = new URL('/install', ctx.app.config.ORIGIN);
    url.searchParams.set('code', made.code);
    return { ...made, url: url.href };
  });
