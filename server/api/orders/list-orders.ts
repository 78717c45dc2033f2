import { z } from 'zod/mini';
import { operatorProcedure } from '#server/api/trpc.ts';
import { listOrders as list, listReaders as readers } from '#server/orders/service.ts';
import { orderDesk } from './order-desk.ts';

const ZFilter = z.object({
  state: z.enum(['open', 'overdue', 'done', 'all']),
  pointId: z.nullable(z.int()),
});

export const listOrders = operatorProcedure
  .input(ZFilter)
  .query(({ ctx, input }) => ctx.withOrgSql((client) => list(orderDesk(ctx, client), input)));

export const listReaders = operatorProcedure.query(({ ctx }) =>
  ctx.withOrgSql((client) => readers(client)),
);
