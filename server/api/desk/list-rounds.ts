import { z } from 'zod/mini';
import { deskOf } from './desk-of.ts';
import { operatorProcedure } from '#server/api/trpc.ts';
import { listHouses as houses, listRounds as rounds, readRound } from '#server/desk/rounds.ts';

export const listRounds = operatorProcedure.query(({ ctx }) =>
  ctx.withOrgSql((client) => rounds(deskOf(ctx, client))),
);

/** Houses a round can be planned for. */
export const listHouses = operatorProcedure.query(({ ctx }) =>
  ctx.withOrgSql((client) => houses(deskOf(ctx, client))),
);

export const getRound = operatorProcedure
  .input(z.object({ roundId: z.int() }))
  .query(({ ctx, input }) =>
    ctx.withOrgSql((client) => readRound(deskOf(ctx, client), input.roundId)),
  );
