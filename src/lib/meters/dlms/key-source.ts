/**
 * Where the key of one general-ciphering APDU comes from when it is none of the global ones:
 * wrapped under the master key, or agreed with the peer (IEC 62056-5-3:2017 clauses 5.3.4.6 and 8,
 * `Key-Info`). Agreed keys need curves, which weigh much: `suites/agreed-key.ts` makes that source,
 * and is loaded by those who need it. Called by `protection.ts`.
 */
import { fault, ok, type Result } from '#lib/base/result.ts';
import { unwrapKey, wrapKey } from '../crypto/key-wrap.ts';
import type { ServiceApdu } from './apdu.ts';

export type GeneralCiphering = Extract<ServiceApdu, { readonly type: 'general-ciphering' }>;
export type KeyInfo = NonNullable<GeneralCiphering['keyInfo']>;
export type Parties = Pick<GeneralCiphering, 'transactionId' | 'originator' | 'recipient'>;

export type KeySource = {
  /** A key for an APDU of ours, and what tells the peer which. */
  seal(parties: Parties): { readonly keyInfo: KeyInfo; readonly key: Uint8Array };
  /** The key of an APDU of the peer. Errors: `bad_key_info`, `bad_signature`, `bad_point`. */
  open(keyInfo: KeyInfo | null, parties: Parties): Result<Uint8Array>;
};

export const badKeyInfo = (detail: string) =>
  fault('bad_key_info', detail, { clause: 'IEC 62056-5-3:2017 8' });

/** KEK-id 0: the master key, the only one that the standard names. */
const MASTER_KEY = 0;

export type WrappedKeyOptions = {
  /** Master key: 16 bytes in suites 0 and 1, 32 in suite 2. */
  readonly kek: Uint8Array;
  /** A fresh random key for each APDU, of the suite's size. */
  readonly freshKey: () => Uint8Array;
};

/** Key transport: each APDU carries its own key, wrapped under the master key. */
export const wrappedKeys = ({ kek, freshKey }: WrappedKeyOptions): KeySource => ({
  seal() {
    const key = freshKey();
    return { key, keyInfo: { wrappedKey: { kekId: MASTER_KEY, key: wrapKey(kek, key) } } };
  },
  open(keyInfo) {
    if (!keyInfo || !('wrappedKey' in keyInfo)) return badKeyInfo('The key is not wrapped.');
    const { kekId, key } = keyInfo.wrappedKey;
    if (kekId !== MASTER_KEY) return badKeyInfo(`There is no key ${kekId} that wraps.`);
    const unwrapped = unwrapKey(kek, key);
    return unwrapped ? ok(unwrapped) : badKeyInfo('The key was not wrapped under our master key.');
  },
});
