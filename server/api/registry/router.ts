import { router } from '#server/api/trpc.ts';
import { exchangeMeter } from './exchange-meter.ts';
import { getPoint } from './get-point.ts';
import { listPlaces } from './list-places.ts';
import { listPoints } from './list-points.ts';

export const registryRouter = router({ listPoints, getPoint, listPlaces, exchangeMeter });
