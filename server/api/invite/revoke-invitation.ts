import { z } from 'zod/mini';
import { revokeInvitation as revoke } from '#server/access/invitations.ts';
import { operatorProcedure } from '#server/api/trpc.ts';

export const revokeInvitation = operatorProcedure
  .input(z.object({ id: z.int() }))
  .mutation(({ ctx, input }) =>
    ctx.withOrg((tx) => revoke(tx, { caller: ctx.caller, now: ctx.app.clock.now() }, input.id)),
  );
