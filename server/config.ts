/**
 * The environment, parsed once: every setting is named here with its meaning and default.
 *
 * It knows where settings come from (the environment, then the files that `npm start` keeps in the
 * data folder) and nothing of their use. The composition root's callers read it; nothing else in
 * server/ reads process.env. README's configuration table lists the same names.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';

/** 32 bytes in base64. */
const ZKey = z.string().regex(/^[A-Za-z0-9+/_-]{43}=?$/, 'must be 32 bytes in base64');

const ZConfig = z.object({
  /** PostgreSQL; the user must be able to become role kilter_app. */
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, 'must begin with postgresql://'),
  /** Address people type; passkeys and cookies are bound to it. */
  ORIGIN: z.url().default('http://localhost:3000'),
  PORT: z.coerce.number().int().min(1).max(65_535).default(3000),
  /** At least 32 characters: signs sessions. */
  BETTER_AUTH_SECRET: z.string().min(32),
  /** Seals meter keys in the database. */
  KILTER_MASTER_KEY: ZKey,
  /** Ed25519 seed that signs receipts. */
  KILTER_RECEIPT_KEY: ZKey,
  /** smtp://user:password@host:587; without it mail goes to the console and the outbox table. */
  SMTP_URL: z.string().optional(),
  MAIL_FROM: z.string().default('Kilter <kilter@localhost>'),
  /** Folder of the embedded database, the secrets and the photos. */
  KILTER_DATA_DIR: z.string().default('.data'),
  /** Raster tiles of the organisation's own map server; without it the map is drawn without. */
  KILTER_TILES: z
    .string()
    .regex(/^https?:\/\/[^{}]+(\{[zxy]\}[^{}]*){3}$/, 'must hold {z}, {x} and {y}')
    .optional(),
  /** Whose tiles these are; stands on the map. */
  KILTER_TILES_CREDIT: z.string().max(200).default(''),
});

export type Config = z.infer<typeof ZConfig>;
type Environment = Record<string, string | undefined>;

/** The settings; throws an Error whose message names every missing or wrong variable. */
export function readConfig(env: Environment): Config {
  const given = Object.entries(env).filter(([, value]) => value !== undefined && value !== '');
  const merged = { ...settingsFromFiles(env['KILTER_DATA_DIR']), ...Object.fromEntries(given) };
  const parsed = ZConfig.safeParse(merged);
  if (parsed.success) {
    return { ...parsed.data, KILTER_DATA_DIR: resolve(parsed.data.KILTER_DATA_DIR) };
  }
  const lines = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`Configuration is not usable. ${lines.join('; ')}`);
}

/** What `npm start` left for commands run beside it: the secrets and the running database. */
function settingsFromFiles(dataDir = '.data'): Environment {
  const running = readJson(join(dataDir, 'running.json'));
  return {
    ...readJson(join(dataDir, 'secrets.json')),
    ...(running['databaseUrl'] && { DATABASE_URL: running['databaseUrl'] }),
    ...(running['origin'] && { ORIGIN: running['origin'] }),
  };
}

function readJson(path: string): Environment {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Environment) : {};
}
