import { z } from 'zod/mini';
import { operatorProcedure } from '#server/api/trpc.ts';
import { assignOrder as assign, cancelOrder as cancel } from '#server/orders/service.ts';
import { orderDesk } from './order-desk.ts';

export const assignOrder = operatorProcedure
  .input(z.object({ orderId: z.int(), assigneeId: z.nullable(z.string()) }))
  .mutation(({ ctx, input }) =>
    ctx.withOrgSql((client) => assign(orderDesk(ctx, client), input.orderId, input.assigneeId)),
  );

export const cancelOrder = operatorProcedure
  .input(z.object({ orderId: z.int() }))
  .mutation(({ ctx, input }) =>
    ctx.withOrgSql((client) => cancel(orderDesk(ctx, client), input.orderId)),
  );
