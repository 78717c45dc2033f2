/**
 * Keys of meters, sealed for the database.
 *
 * It knows the envelope (AES-256-GCM under the master key, bound to meter, kind and version) and
 * where sealed keys lie; it knows no protocol. The ingest opens keys to decrypt, the round package
 * opens them to wrap them for one phone, imports seal them. A plain key is never logged, never put
 * into an error and never returned by a procedure.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type pg from 'pg';
import { assert } from '#lib/base/assert.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { insertKey, selectKeys } from './key-store.ts';

export type KeyName = {
  readonly meterId: number;
  /** aes-mode5 | aes-mode7-master | dlms-guek | dlms-gak */
  readonly kind: string;
  readonly version: number;
};

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** The radio keys of a meter; both are tried by whoever decrypts. */
export const RADIO_KINDS: readonly string[] = ['aes-mode5', 'aes-mode7-master'];

/** nonce(12) ‖ ciphertext ‖ tag(16). `masterKey` is 32 bytes in base64 (KILTER_MASTER_KEY). */
export function sealKey(masterKey: string, name: KeyName, key: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', masterBytes(masterKey), nonce);
  cipher.setAAD(boundTo(name));
  return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
}

/** Errors: `bad_seal`, when it was sealed for another meter, under another master, or changed. */
export function openKey(masterKey: string, name: KeyName, sealed: Uint8Array): Result<Uint8Array> {
  const master = masterBytes(masterKey);
  const body = sealed.subarray(NONCE_BYTES, -TAG_BYTES);
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return fault('bad_seal', 'The seal is too short.');
  const decipher = createDecipheriv('aes-256-gcm', master, sealed.subarray(0, NONCE_BYTES));
  decipher.setAAD(boundTo(name));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return ok(new Uint8Array(Buffer.concat([decipher.update(body), decipher.final()])));
  } catch {
    return fault('bad_seal', 'The key was not sealed here for this meter.');
  }
}

const boundTo = ({ meterId, kind, version }: KeyName): Buffer =>
  Buffer.from(`${meterId}|${kind}|${version}`);

function masterBytes(text: string): Buffer {
  const master = Buffer.from(text, 'base64');
  assert(master.length === 32, 'KILTER_MASTER_KEY is 32 bytes in base64');
  return master;
}

/**
 * Opened keys of meters: newest version first, retired ones last, because telegrams of the change
 * may still come under the old key. Seals that do not open are left out.
 */
export async function openMeterKeys(
  client: pg.ClientBase,
  masterKey: string,
  meterIds: readonly number[],
): Promise<Map<number, Uint8Array[]>> {
  const keys = new Map<number, Uint8Array[]>();
  for (const row of await selectKeys(client, meterIds, RADIO_KINDS)) {
    const opened = openKey(masterKey, row, row.sealed);
    if (opened.ok) keys.set(row.meterId, [...(keys.get(row.meterId) ?? []), opened.value]);
  }
  return keys;
}

/**
 * Seals and stores a key; the same key again changes nothing, another one gets the next version and
 * retires the one before.
 */
export async function putMeterKey(
  client: pg.ClientBase,
  masterKey: string,
  put: { orgId: number; meterId: number; kind: string; key: Uint8Array },
): Promise<void> {
  const { orgId, meterId, kind, key } = put;
  const known = await selectKeys(client, [meterId], [kind]);
  const newest = known.find((row) => !row.retired);
  if (newest) {
    const opened = openKey(masterKey, newest, newest.sealed);
    if (opened.ok && Buffer.from(opened.value).equals(key)) return;
  }
  const version = Math.max(0, ...known.map((row) => row.version)) + 1;
  const sealed = sealKey(masterKey, { meterId, kind, version }, key);
  await insertKey(client, { orgId, meterId, kind, version, sealed });
}
