import { ZNewOrder } from '#lib/contract/orders.ts';
import { operatorProcedure } from '#server/api/trpc.ts';
import { createOrders as create } from '#server/orders/service.ts';
import { orderDesk } from './order-desk.ts';

/** One order for each of some points. */
export const createOrders = operatorProcedure.input(ZNewOrder).mutation(async ({ ctx, input }) => {
  const ids = await ctx.withOrgSql((client) => create(orderDesk(ctx, client), input));
  return { ids };
});
