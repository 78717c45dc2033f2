/**
 * The environment, parsed once. Every setting is named here with its unit and default; nothing else
 * reads process.env. README's configuration table lists the same names.
 */
import { z } from 'zod';

const ZConfig = z.object({
  DATABASE_URL: z.string().min(1),
  /** Address people type; passkeys and cookies are bound to it. */
  ORIGIN: z.string().default('http://localhost:3000'),
  PORT: z.coerce.number().int().default(3000),
  BETTER_AUTH_SECRET: z.string().min(32),
  /** 32 bytes, base64: seals meter keys. */
  KILTER_MASTER_KEY: z.string().min(40),
  /** 32 bytes, base64: Ed25519 seed that signs receipts. */
  KILTER_RECEIPT_KEY: z.string().min(40),
  SMTP_URL: z.string().optional(),
  MAIL_FROM: z.string().default('Kilter <kilter@localhost>'),
});

export type Config = z.infer<typeof ZConfig>;

/** Throws an Error whose message names every missing or wrong variable. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const parsed = ZConfig.safeParse(env);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`);
  throw new Error(`Configuration is not usable. ${lines.join('; ')}`);
}
