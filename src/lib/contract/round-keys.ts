/**
 * How a round's meter keys are wrapped for one phone (X23: keys that die with the round).
 *
 * ECDH over P-256 between a one-time key of the server and the phone's non-extractable key, HKDF
 * with SHA-256 (RFC 5869), then AES-256-GCM per meter: nonce(12) ‖ ciphertext ‖ tag. The context
 * binds device, round and expiry, so a package whose `keysValidTo` was changed opens no key. Both
 * sides take these texts from here; the cryptography itself is the platform's.
 */
export type KeyContext = {
  readonly device: string;
  readonly roundId: number;
  readonly keysValidTo: number;
};

/** HKDF `info`. */
export const keyContextText = ({ device, roundId, keysValidTo }: KeyContext): string =>
  `kilter-round-keys/1|${device}|${roundId}|${keysValidTo}`;

/** AAD of one wrapped key: a key moved to another meter's row does not open. */
export const wrappedKeyText = (meterId: number): string => `kilter-meter-key/1|${meterId}`;

export const NONCE_BYTES = 12;
