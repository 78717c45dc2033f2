import { z } from 'zod/mini';
import { returnRequest as giveBack } from '#server/registry/install-requests.ts';
import { operatorProcedure } from '#server/api/trpc.ts';

const ZReturn = z.object({
  id: z.uuid(),
  reason: z.string().check(z.trim(), z.minLength(3), z.maxLength(600)),
});

export const returnRequest = operatorProcedure
  .input(ZReturn)
  .mutation(({ ctx, input }) =>
    ctx.withOrg((tx) => giveBack(tx, { caller: ctx.caller, now: ctx.app.clock.now() }, input)),
  );
