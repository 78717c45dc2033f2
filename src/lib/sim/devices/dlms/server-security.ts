/**
 * What a simulated logical device demands of a client and does for it: password, proof, keys and
 * protection of an association (IEC 62056-5-3:2017 clauses 5.7.2 and 5.7.4). Called by `server.ts`.
 */
import { equalBytes } from '#lib/base/bytes.ts';
import type { Association } from '../../../meters/dlms/acse.ts';
import { HLS_MECHANISMS, type ProofInput } from '../../../meters/dlms/hls.ts';
import type { Protection } from '../../../meters/dlms/protection.ts';
import type { ServerClient, ServerOptions } from './server.ts';

const CIPHERED_CONTEXT = 3;
const LLS = 1;
/** Authenticated and encrypted, where the client may choose. */
const BOTH = 0x30;
const NOTHING = new Uint8Array(0);

export function isAdmitted(client: ServerClient, request: Association): boolean {
  if (client.mechanism !== LLS) return true;
  const value = request.authenticationValue ?? NOTHING;
  return client.secret.length > 0 && equalBytes(value, client.secret);
}

/** Protection under the global keys; null in a context without ciphering. */
export function globalProtection(
  { key, authKey, systemTitle, suite = 0 }: ServerOptions,
  request: Association,
  client: ServerClient,
): Protection | null {
  if (request.context !== CIPHERED_CONTEXT) return null;
  return {
    form: 'service',
    control: (client.protection || BOTH) | suite,
    isDedicated: false,
    key,
    authKey,
    ownTitle: systemTitle,
    peerTitle: request.systemTitle ?? NOTHING,
  };
}

/** Protection of what follows the association. */
export function agreedProtection(
  global: Protection,
  dedicatedKey: Uint8Array | null,
  { keySource = null, signer = null }: ServerOptions,
): Protection {
  const agreed = { ...global, keySource, signer };
  return dedicatedKey ? { ...agreed, isDedicated: true, key: dedicatedKey } : agreed;
}

/** The proof that the device gives; null without HLS. */
export function proofBy(
  { key, authKey, systemTitle, challenge, suite = 0 }: ServerOptions,
  request: Association,
  client: ServerClient,
): ProofInput | null {
  if (!HLS_MECHANISMS.includes(client.mechanism)) return null;
  return {
    mechanism: client.mechanism,
    suite,
    secret: client.secret,
    key,
    authKey,
    ownTitle: systemTitle,
    peerTitle: request.systemTitle ?? NOTHING,
    challenge: request.authenticationValue ?? NOTHING,
    ownChallenge: challenge(),
  };
}
