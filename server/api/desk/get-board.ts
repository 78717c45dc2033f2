import { deskOf } from './desk-of.ts';
import { operatorProcedure } from '#server/api/trpc.ts';
import { readBoard } from '#server/desk/board.ts';

export const getBoard = operatorProcedure.query(({ ctx }) =>
  ctx.withOrgSql((client) => readBoard(deskOf(ctx, client))),
);
