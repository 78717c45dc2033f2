import { z } from 'zod/mini';
import { ZInvitationCode } from '#lib/contract/invitation.ts';
import { redeemInvitation as redeem } from '#server/access/invitations.ts';
import { publicProcedure } from '#server/api/trpc.ts';

/** Uses a code up; `path` signs a new person in. */
export const redeemInvitation = publicProcedure
  .input(z.object({ code: ZInvitationCode }))
  .mutation(({ ctx, input }) =>
    redeem(ctx.app, { code: input.code, caller: ctx.caller, from: ctx.from ?? 'unknown' }),
  );
