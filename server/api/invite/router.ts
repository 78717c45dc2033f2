import { router } from '#server/api/trpc.ts';
import { createInvitation } from './create-invitation.ts';
import { redeemInvitation } from './redeem-invitation.ts';
import { revokeInvitation } from './revoke-invitation.ts';
import { viewInvitation } from './view-invitation.ts';

export const inviteRouter = router({
  viewInvitation,
  redeemInvitation,
  createInvitation,
  revokeInvitation,
});
