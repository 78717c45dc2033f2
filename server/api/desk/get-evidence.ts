import { z } from 'zod/mini';
import { deskOf } from './desk-of.ts';
import { operatorProcedure } from '#server/api/trpc.ts';
import { accessToReading } from '#server/registry/access.ts';
import { explainReading } from '#server/desk/points.ts';

const ZKey = z.object({ meterId: z.int(), register: z.int(), at: z.number() });

/** Where one number came from, down to the bytes. Keys stay here. */
export const getEvidence = operatorProcedure.input(ZKey).query(({ ctx, input }) =>
  ctx.withOrgSql(async (client) => {
    const desk = deskOf(ctx, client);
    const { meterId, at } = input;
    await accessToReading(client, ctx.caller, { meterId, at, now: desk.now });
    return explainReading(desk, ctx.app.config.KILTER_MASTER_KEY, input);
  }),
);
