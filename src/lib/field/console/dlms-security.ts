/**
 * Entering a DLMS meter with keys (IEC 62056-5-3:2017 clause 5.3, suite 0): everything is
 * authenticated and encrypted, and both sides prove themselves by GMAC where that is wanted. Knows
 * keys only while a session runs; the counter is kept under a fingerprint that tells no key.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, fromHex, toHex } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import type { DlmsSecurity } from './types.ts';
import type { DlmsOptions, Work } from './work.ts';

const KEY_SIZE = 16;
const CHALLENGE_SIZE = 16;
const GMAC = 5;
const BOTH = 0x30;
const FINGERPRINT_SIZE = 8;

function keyOf(hex: string): Uint8Array | null {
  const bytes = fromHex(hex.replace(/\s/g, ''));
  return bytes.ok && bytes.value.length === KEY_SIZE ? bytes.value : null;
}

export async function securedOptions(
  { counters }: Work,
  plain: DlmsOptions,
  { key: keyHex, authKey: authHex, isProven, counterObis }: DlmsSecurity,
): Promise<Result<DlmsOptions>> {
  const [key, authKey] = [keyOf(keyHex), keyOf(authHex)];
  if (!key || !authKey) return fault('bad_value', 'A key has 32 hex digits. Nothing was sent.');
  if (!counters) return fault('no_counter', 'No counter can be kept on this phone.');
  const systemTitle = await counters.title();
  const print = toHex(sha256(concatBytes(systemTitle, key)).subarray(0, FINGERPRINT_SIZE));
  const challenge = crypto.getRandomValues(new Uint8Array(CHALLENGE_SIZE));
  const { client } = plain;
  return ok({
    ...plain,
    counterName: print,
    client: {
      ...client,
      authentication: isProven
        ? { kind: 'hls', mechanism: GMAC, secret: new Uint8Array(0), challenge }
        : client.authentication,
      keys: {
        systemTitle,
        key,
        authKey,
        nextCounter: await counters.next(print),
        counterObis: counterObis || null,
      },
      ciphering: { form: 'service', control: BOTH, dedicatedKey: null },
    },
  });
}
