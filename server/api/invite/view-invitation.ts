import { z } from 'zod/mini';
import { ZInvitationCode } from '#lib/contract/invitation.ts';
import { viewInvitation as view } from '#server/access/invitations.ts';
import { publicProcedure } from '#server/api/trpc.ts';

/** What a code opens, told before it is used. */
export const viewInvitation = publicProcedure
  .input(z.object({ code: ZInvitationCode }))
  .query(({ ctx, input }) =>
    view(ctx.app, { code: input.code, caller: ctx.caller, from: ctx.from ?? 'unknown' }),
  );
