import { router } from '#server/api/trpc.ts';
import { getOrigin } from './get-origin.ts';
import { listConsumption } from './list-consumption.ts';
import { listSeries } from './list-series.ts';

export const readingsRouter = router({ listSeries, listConsumption, getOrigin });
