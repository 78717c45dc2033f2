/**
 * What general-ciphering and general-signing have in front of their content (IEC 62056-5-3:2017
 * clause 8): who speaks to whom, when, in which transaction. Called by `protection.ts`,
 * `signing.ts` and the reader of pushes.
 */
import { FormWriter } from './cursor.ts';

export type GeneralHeader = {
  readonly transactionId: Uint8Array;
  readonly originator: Uint8Array;
  readonly recipient: Uint8Array;
  readonly dateTime: Uint8Array;
  readonly otherInformation: Uint8Array;
};

/** The five octet strings, each with its length: tags and signatures cover them. */
export function headerOf(a: GeneralHeader): Uint8Array {
  const w = new FormWriter();
  w.octets(a.transactionId).octets(a.originator).octets(a.recipient);
  return w.octets(a.dateTime).octets(a.otherInformation).done();
}
