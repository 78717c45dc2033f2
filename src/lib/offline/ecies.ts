/**
 * Bytes for the holder of a P-256 key, as contract/sealed.ts describes them, by the browser's own
 * cryptography. It knows neither whose key it is nor what the bytes are.
 */
import { concatBytes, fromBase64, toBase64 } from '#lib/base/bytes.ts';
import { err, ok, type Result } from '#lib/base/result.ts';
import { POINT_BYTES, SEAL_NONCE_BYTES } from '#lib/contract/sealed.ts';

const CURVE = { name: 'ECDH', namedCurve: 'P-256' } as const;
const encoder = new TextEncoder();

/** `point` is base64 of an uncompressed point; `text` binds the purpose. Base64. */
export async function sealTo(
  point: string,
  text: string,
  plain: Uint8Array<ArrayBuffer>,
): Promise<Result<string, 'bad-point'>> {
  const peer = await pointOf(point);
  if (!peer) return err('bad-point');
  const ours = await crypto.subtle.generateKey(CURVE, true, ['deriveBits']);
  const sender = new Uint8Array(await crypto.subtle.exportKey('raw', ours.publicKey));
  const key = await agreed(ours.privateKey, peer, { sender, text });
  const iv = crypto.getRandomValues(new Uint8Array(SEAL_NONCE_BYTES));
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, plain);
  return ok(toBase64(concatBytes(sender, iv, new Uint8Array(sealed))));
}

/** Errors: `unreadable`. */
export async function openFrom(
  privateKey: CryptoKey,
  text: string,
  sealed: string,
): Promise<Result<Uint8Array<ArrayBuffer>, 'unreadable'>> {
  const read = fromBase64(sealed);
  if (!read.ok) return err('unreadable');
  const bytes = new Uint8Array(read.value);
  const sender = bytes.slice(0, POINT_BYTES);
  const peer = await pointOf(toBase64(sender));
  if (!peer) return err('unreadable');
  const iv = bytes.slice(POINT_BYTES, POINT_BYTES + SEAL_NONCE_BYTES);
  try {
    const key = await agreed(privateKey, peer, { sender, text });
    const body = bytes.slice(POINT_BYTES + SEAL_NONCE_BYTES);
    return ok(new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, body)));
  } catch {
    return err('unreadable');
  }
}

async function pointOf(base64: string): Promise<CryptoKey | null> {
  const raw = fromBase64(base64);
  if (!raw.ok) return null;
  try {
    return await crypto.subtle.importKey('raw', new Uint8Array(raw.value), CURVE, false, []);
  } catch {
    return null;
  }
}

async function agreed(
  privateKey: CryptoKey,
  peer: CryptoKey,
  { sender, text }: { sender: Uint8Array<ArrayBuffer>; text: string },
): Promise<CryptoKey> {
  const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: peer }, privateKey, 256);
  const material = await crypto.subtle.importKey('raw', shared, 'HKDF', false, ['deriveKey']);
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: sender, info: encoder.encode(text) },
    material,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  );
}
