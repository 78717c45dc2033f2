/**
 * Body of `safety.confirmed`: what somebody confirmed before work, with the group he had on record.
 * Client and server import it; domain/safety.ts knows the rule.
 */
import { z } from 'zod/mini';
import { RESOURCES } from '#lib/domain/resource.ts';
import { SAFETY_WORKS } from '#lib/domain/safety.table.ts';

const ZCode = z.string().check(z.regex(/^[a-z][a-z-]{1,31}$/));

export const ZSafetyConfirmed = z.object({
  roundId: z.nullable(z.int()),
  /** The meter whose cabinet is opened; null for a whole round. */
  meterId: z.nullable(z.int()),
  work: z.enum(SAFETY_WORKS),
  resources: z.array(z.enum(RESOURCES)).check(z.maxLength(RESOURCES.length)),
  points: z.array(ZCode).check(z.maxLength(24)),
  /** Electrical-safety group as the phone knew it; the server judges by its own record. */
  group: z.nullable(z.int()),
});
export type SafetyConfirmed = z.infer<typeof ZSafetyConfirmed>;
