import { listOwnRequests } from '#server/registry/install-requests.ts';
import { anyRoleProcedure } from '#server/api/trpc.ts';

/** What became of my installations, and where I may install. */
export const getOwn = anyRoleProcedure.query(({ ctx }) =>
  ctx.withOrg(async (tx) => {
    const places = await tx.place.findMany({
      where: { id: { in: [...ctx.caller.placeIds] } },
      select: { id: true, address: true },
      orderBy: { id: 'asc' },
    });
    const points = await tx.meteringPoint.findMany({
      where: {
        placeId: { in: [...ctx.caller.placeIds] },
        role: 'consumer',
        installations: { none: { toAt: null } },
      },
      select: { placeId: true, resource: true },
    });
    return { places, free: points, requests: await listOwnRequests(tx, ctx.caller) };
  }),
);
