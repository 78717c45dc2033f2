/**
 * How work rests sealed on a phone, and how the key of it reaches the organisation (docs/adr/0030).
 *
 * Everything personal is AES-256-GCM under the data key of one person on one phone: nonce(12) ‖
 * ciphertext ‖ tag(16), bound to its table and key. The data key itself goes to the organisation by
 * ECDH over P-256 with a one-time key, HKDF with SHA-256 (RFC 5869) and AES-256-GCM:
 * point(65) ‖ nonce(12) ‖ ciphertext ‖ tag(16). Both sides take these texts from here; the
 * cryptography itself is the platform's.
 */
import { z } from 'zod/mini';
import { PROTO, ZReceipt, ZUuid } from './fieldsync.ts';

export const POINT_BYTES = 65;
export const SEAL_NONCE_BYTES = 12;
export const SEAL_TAG_BYTES = 16;

/** AAD of one sealed row: moved to another place it does not open. */
export const sealedText = (table: string, key: string): string => `kilter-sealed/1|${table}|${key}`;

/** HKDF `info` of the data key on its way to the organisation. */
export const orgKeyText = (device: string, userId: string): string =>
  `kilter-data-key/1|${device}|${userId}`;

/** HKDF `info` of the data key on its way back to a phone whose storage was cleared. */
export const recoverText = (device: string): string => `kilter-recover/1|${device}`;

const ZPoint = z.string().check(z.regex(/^[A-Za-z0-9+/]{87}=$/));
/** 65 + 12 + 32 + 16 bytes in base64. */
export const ZWrappedDataKey = z.string().check(z.regex(/^[A-Za-z0-9+/]{167}=$/));

/** A phone whose storage was cleared asks for its data key, wrapped for its new key pair. */
export const ZRecover = z.object({
  proto: z.literal(PROTO),
  device: ZUuid,
  publicKey: ZPoint,
});
export const ZRecoverAnswer = z.object({
  proto: z.literal(PROTO),
  dataKey: ZWrappedDataKey,
});

/** What became of a container: receipts by the epoch of the phone that captured. */
export const ZRescueAnswer = z.object({
  proto: z.literal(PROTO),
  device: ZUuid,
  epochs: z.array(z.object({ epoch: ZUuid, hw: z.int(), receipts: z.array(ZReceipt) })),
  photos: z.int(),
  /** Whose work it is; null when nothing proves it. Servers of an older version do not say. */
  reader: z.optional(z.nullable(z.string())),
});
export type RescueAnswer = z.infer<typeof ZRescueAnswer>;
