import { z } from 'zod/mini';
import { RESOURCES } from '#lib/domain/resource.ts';

export const ZDate = z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/));
export const ZName = z.string().check(z.trim(), z.minLength(1), z.maxLength(120));
export const ZIds = z.array(z.int()).check(z.maxLength(10_000));

/** What a round is made of; server/desk/plan-store.ts says what each part means. */
export const ZPick = z.object({
  placeIds: ZIds,
  sectorIds: ZIds,
  resource: z.nullable(z.enum(RESOURCES)),
  due: z.nullable(z.object({ kind: z.enum(['reading', 'verification']), date: ZDate })),
});
