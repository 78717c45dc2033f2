import { ZDeviceRegistration } from '#lib/contract/fieldsync.ts';
import { memberProcedure } from '#server/api/trpc.ts';
import { registerDevice as register } from '#server/sync/service.ts';

/** Tells for which key meter keys are wrapped. The phone itself uses /api/sync/device. */
export const registerDevice = memberProcedure
  .input(ZDeviceRegistration)
  .mutation(({ ctx, input: { device, publicKey, name, dataKey } }) =>
    register(ctx.app, ctx.caller, { id: device, publicKey, name, dataKey }),
  );
