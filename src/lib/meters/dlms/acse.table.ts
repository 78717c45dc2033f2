/**
 * The fields of the association services AARQ, AARE, RLRQ and RLRE (IEC 62056-5-3:2017 clause 8,
 * module ACSE-APDU; ITU-T X.227 clause 9). A field is a tag, a name and the form of its content;
 * `acse.ts` walks the rows.
 */
export type PartForm =
  /** [n] EXPLICIT OBJECT IDENTIFIER, OCTET STRING, INTEGER: the content has a tag of its own. */
  | { readonly form: 'oid' | 'octets' | 'integer' }
  /** The content itself. */
  | { readonly form: 'bytes' | 'enum' }
  /** Authentication-value: CHOICE of a character string (80h) and others. */
  | { readonly form: 'string' }
  /** Associate-source-diagnostic: CHOICE of user (A1h) and provider (A2h). */
  | { readonly form: 'diagnostic' }
  /** Association-information: OCTET STRING with an xDLMS APDU. */
  | { readonly form: 'apdu' };

export type PartRow = { readonly tag: number; readonly name: PartName } & PartForm;

export type PartName =
  | 'protocolVersion'
  | 'applicationContext'
  | 'calledTitle'
  | 'calledQualifier'
  | 'calledApInvocationId'
  | 'calledAeInvocationId'
  | 'title'
  | 'qualifier'
  | 'apInvocationId'
  | 'aeInvocationId'
  | 'requirements'
  | 'mechanism'
  | 'authenticationValue'
  | 'implementation'
  | 'userInformation'
  | 'result'
  | 'diagnostic'
  | 'reason';

const CONTEXT: PartRow = { tag: 0xa1, name: 'applicationContext', form: 'oid' };
const VERSION: PartRow = { tag: 0x80, name: 'protocolVersion', form: 'bytes' };
const IMPLEMENTATION: PartRow = { tag: 0xbd, name: 'implementation', form: 'bytes' };
const INFORMATION: PartRow = { tag: 0xbe, name: 'userInformation', form: 'apdu' };
const REASON: PartRow = { tag: 0x80, name: 'reason', form: 'enum' };

/** IEC 62056-5-3:2017 clause 8: AARQ-apdu, AARE-apdu, RLRQ-apdu, RLRE-apdu. */
export const ACSE: readonly {
  readonly tag: number;
  readonly type: 'aarq' | 'aare' | 'rlrq' | 'rlre';
  readonly parts: readonly PartRow[];
}[] = [
  {
    tag: 0x60,
    type: 'aarq',
    parts: [
      VERSION,
      CONTEXT,
      { tag: 0xa2, name: 'calledTitle', form: 'octets' },
      { tag: 0xa3, name: 'calledQualifier', form: 'octets' },
      { tag: 0xa4, name: 'calledApInvocationId', form: 'integer' },
      { tag: 0xa5, name: 'calledAeInvocationId', form: 'integer' },
      { tag: 0xa6, name: 'title', form: 'octets' },
      { tag: 0xa7, name: 'qualifier', form: 'octets' },
      { tag: 0xa8, name: 'apInvocationId', form: 'integer' },
      { tag: 0xa9, name: 'aeInvocationId', form: 'integer' },
      { tag: 0x8a, name: 'requirements', form: 'bytes' },
      { tag: 0x8b, name: 'mechanism', form: 'bytes' },
      { tag: 0xac, name: 'authenticationValue', form: 'string' },
      IMPLEMENTATION,
      INFORMATION,
    ],
  },
  {
    tag: 0x61,
    type: 'aare',
    parts: [
      VERSION,
      CONTEXT,
      { tag: 0xa2, name: 'result', form: 'integer' },
      { tag: 0xa3, name: 'diagnostic', form: 'diagnostic' },
      { tag: 0xa4, name: 'title', form: 'octets' },
      { tag: 0xa5, name: 'qualifier', form: 'octets' },
      { tag: 0xa6, name: 'apInvocationId', form: 'integer' },
      { tag: 0xa7, name: 'aeInvocationId', form: 'integer' },
      { tag: 0x88, name: 'requirements', form: 'bytes' },
      { tag: 0x89, name: 'mechanism', form: 'bytes' },
      { tag: 0xaa, name: 'authenticationValue', form: 'string' },
      IMPLEMENTATION,
      INFORMATION,
    ],
  },
  { tag: 0x62, type: 'rlrq', parts: [REASON, INFORMATION] },
  { tag: 0x63, type: 'rlre', parts: [REASON, INFORMATION] },
];

/**
 * Object identifiers 2.16.756.5.8.1.n (application context) and 2.16.756.5.8.2.n (mechanism)
 * without their last byte (IEC 62056-5-3:2017 clause 7.2.2.2 and 7.2.2.3).
 */
export const CONTEXT_OID: readonly number[] = [0x60, 0x85, 0x74, 0x05, 0x08, 0x01];
/** IEC 62056-5-3:2017 clause 7.2.2.3. */
export const MECHANISM_OID: readonly number[] = [0x60, 0x85, 0x74, 0x05, 0x08, 0x02];
