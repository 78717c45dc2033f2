import { z } from 'zod/mini';
import { INSTALL_STATUSES } from '#lib/contract/install.ts';
import { listRequests as list } from '#server/registry/install-requests.ts';
import { byOf } from '#server/api/desk/desk-of.ts';
import { operatorProcedure } from '#server/api/trpc.ts';

export const listRequests = operatorProcedure
  .input(z.object({ status: z.enum(INSTALL_STATUSES) }))
  .query(({ ctx, input }) => ctx.withOrg((tx) => list(tx, byOf(ctx), input.status)));
