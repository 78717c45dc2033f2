/**
 * The secrets of this installation: made once, kept in the data folder, readable by its owner only.
 *
 * It knows their names and lengths; what they protect is said in server/config.ts. The launchers
 * call it. A variable of the environment always wins over the file.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Trouble } from './trouble.mjs';

const MAKERS = {
  BETTER_AUTH_SECRET: () => randomBytes(32).toString('base64'),
  KILTER_MASTER_KEY: () => randomBytes(32).toString('base64'),
  KILTER_RECEIPT_KEY: () => randomBytes(32).toString('base64'),
  KILTER_DB_PASSWORD: () => randomBytes(24).toString('base64url'),
};

/** Reads `<dataDir>/secrets.json`, adding what is missing, and returns all of them by name. */
export function ensureSecrets(dataDir) {
  const path = join(dataDir, 'secrets.json');
  const kept = existsSync(path) ? parse(path) : {};
  const missing = Object.keys(MAKERS).filter((name) => typeof kept[name] !== 'string');
  if (missing.length === 0) return kept;
  const all = { ...kept, ...Object.fromEntries(missing.map((name) => [name, MAKERS[name]()])) };
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  // Written beside and renamed, so that a full disk cannot leave half a file of keys.
  writeFileSync(`${path}.new`, `${JSON.stringify(all, null, 2)}\n`, { mode: 0o600 });
  chmodSync(`${path}.new`, 0o600);
  renameSync(`${path}.new`, path);
  return all;
}

function parse(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new Trouble(
      `${path} is damaged. It holds the key that seals meter keys: restore it from a backup, ` +
        'or remove the whole data folder to begin anew.',
    );
  }
}
