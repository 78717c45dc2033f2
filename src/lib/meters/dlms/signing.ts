/**
 * Signed APDUs: general-signing around any other (IEC 62056-5-3:2017 clauses 5.3.5 and 8). Knows
 * what a signature covers; the curves are in `suites/ecc.ts`. Called by `protection.ts` and tests.
 */
import { fault, ok, type Result } from '#lib/base/result.ts';
import { decodeApdu, encodeApdu, type ServiceApdu } from './apdu.ts';
import { FormWriter } from './cursor.ts';
import { headerOf } from './general-header.ts';

export type GeneralSigning = Extract<ServiceApdu, { readonly type: 'general-signing' }>;

/** Our private and the peer's public key, with nothing of the curve. */
export type Signer = {
  sign(message: Uint8Array): Uint8Array;
  verify(message: Uint8Array, signature: Uint8Array): boolean;
};

type Unsigned = Omit<GeneralSigning, 'type' | 'signature'>;

/** The five octet strings of the header and the content, each with its length. */
const signedBytes = (apdu: Unsigned): Uint8Array =>
  new FormWriter().put(headerOf(apdu)).octets(apdu.content).done();

/** The bytes of a general-signing APDU. */
export const signApdu = (apdu: Unsigned, signer: Pick<Signer, 'sign'>): Uint8Array =>
  encodeApdu({ type: 'general-signing', ...apdu, signature: signer.sign(signedBytes(apdu)) });

/** Twin of `signApdu`. Errors: `not_signed`, `bad_signature`, and those of the APDU. */
export function openSigned(
  bytes: Uint8Array,
  signer: Pick<Signer, 'verify'>,
): Result<GeneralSigning> {
  const read = decodeApdu(bytes);
  if (!read.ok) return read;
  const { apdu } = read.value;
  const bad = (code: string, detail: string) =>
    fault(code, detail, { clause: 'IEC 62056-5-3:2017 5.3.5' });
  if (apdu.type !== 'general-signing') return bad('not_signed', `${apdu.type} is not signed.`);
  return signer.verify(signedBytes(apdu), apdu.signature)
    ? ok(apdu)
    : bad('bad_signature', 'The signature does not match: another signer, or changed data.');
}
