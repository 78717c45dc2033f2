import { router } from '#server/api/trpc.ts';
import { assignOrder, cancelOrder } from './change-order.ts';
import { createOrders } from './create-orders.ts';
import { listMine } from './list-mine.ts';
import { listOrders, listReaders } from './list-orders.ts';

export const ordersRouter = router({
  listOrders,
  listReaders,
  listMine,
  createOrders,
  assignOrder,
  cancelOrder,
});
