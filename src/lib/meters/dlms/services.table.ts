/**
 * The xDLMS services as tables (IEC 62056-5-3:2017 clause 8, module COSEMpdu): name, leading bytes
 * and fields of every APDU. The decoder and the encoder of `apdu.ts` walk the same rows.
 *
 * Bytes that carry several flags (`invoke`, `control`) stay numbers; `fields.ts` takes them apart.
 */
import {
  bool,
  choice,
  fixed,
  i8,
  list,
  octets,
  optional,
  seq,
  u16,
  u32,
  u8,
  type Codec,
  type Shape,
} from './codec.ts';
import { rawData } from './axdr.ts';
import { conformance, dateTime } from './fields.ts';

const data = rawData;
const obis = fixed(6);
/** Cosem-Attribute-Descriptor and Cosem-Method-Descriptor, both of clause 8. */
const attributeOf = { classId: u16, obis, attribute: i8 };
const methodOf = { classId: u16, obis, method: i8 };
const access = optional(seq({ selector: u8, parameters: data }));
const attributes = list(seq({ ...attributeOf, access }), 10);
const methods = list(seq(methodOf), 9);
const block = { lastBlock: bool, blockNumber: u32, data: octets };
const outcome = choice({ 0: ['data', data], 1: ['error', u8] });
const blockOutcome = choice({ 0: ['data', octets], 1: ['error', u8] });
const results = list(outcome, 2);
const returned = optional(outcome);
const invoke = u8;
const longInvoke = u32;

/** IEC 62056-5-3:2017 clause 8, Access-Request-Specification and Access-Response-Specification. */
const accessRequests = list(
  choice({
    1: ['get', seq(attributeOf)],
    2: ['set', seq(attributeOf)],
    3: ['action', seq(methodOf)],
    4: ['getWithSelection', seq({ ...attributeOf, access: seq({ selector: u8, data }) })],
    5: ['setWithSelection', seq({ ...attributeOf, access: seq({ selector: u8, data }) })],
  }),
  2,
);
const accessResults = list(choice({ 1: ['get', u8], 2: ['set', u8], 3: ['action', u8] }), 2);
const keyInfo = optional(
  choice({
    0: ['identifiedKey', u8],
    1: ['wrappedKey', seq({ kekId: u8, key: octets })],
    2: ['agreedKey', seq({ parameters: octets, key: octets })],
  }),
);
const parties = {
  transactionId: octets,
  originator: octets,
  recipient: octets,
  dateTime: octets,
  otherInformation: octets,
};

export type ApduRow<N extends string, T> = {
  readonly type: N;
  /** Tag, and the number of the choice where the service has several. */
  readonly lead: readonly number[];
  readonly body: Codec<T>;
};

function row<N extends string, F extends Readonly<Record<string, Codec<unknown>>>>(
  type: N,
  lead: readonly number[],
  fields: F,
): ApduRow<N, Shape<F>> {
  return { type, lead, body: seq(fields) };
}

/** The content of a list of results that came in blocks (IEC 62056-5-3:2017 clause 7.4.2). */
export const GET_RESULTS = results;

/** IEC 62056-5-3:2017 clause 8, `XDLMS-APDU`. */
export const SERVICES = [
  row('initiate-request', [0x01], {
    dedicatedKey: optional(octets),
    /** DEFAULT TRUE: null stands for it. */
    responseAllowed: optional(bool),
    qualityOfService: optional(i8),
    dlmsVersion: u8,
    conformance,
    maxPduSize: u16,
  }),
  row('initiate-response', [0x08], {
    qualityOfService: optional(i8),
    dlmsVersion: u8,
    conformance,
    maxPduSize: u16,
    vaaName: u16,
  }),
  row('confirmed-service-error', [0x0e], { service: u8, errorKind: u8, error: u8 }),
  row('data-notification', [0x0f], { longInvoke, dateTime, data }),
  row('get-request-normal', [0xc0, 1], { invoke, ...attributeOf, access }),
  row('get-request-next', [0xc0, 2], { invoke, blockNumber: u32 }),
  row('get-request-with-list', [0xc0, 3], { invoke, attributes }),
  row('set-request-normal', [0xc1, 1], { invoke, ...attributeOf, access, data }),
  row('set-request-with-first-datablock', [0xc1, 2], { invoke, ...attributeOf, access, ...block }),
  row('set-request-with-datablock', [0xc1, 3], { invoke, ...block }),
  row('set-request-with-list', [0xc1, 4], { invoke, attributes, values: list(data) }),
  row('set-request-with-list-and-first-datablock', [0xc1, 5], { invoke, attributes, ...block }),
  row('event-notification-request', [0xc2], { time: optional(octets), ...attributeOf, data }),
  row('action-request-normal', [0xc3, 1], { invoke, ...methodOf, data: optional(data) }),
  row('action-request-next-pblock', [0xc3, 2], { invoke, blockNumber: u32 }),
  row('action-request-with-list', [0xc3, 3], { invoke, methods, values: list(data) }),
  row('action-request-with-first-pblock', [0xc3, 4], { invoke, ...methodOf, ...block }),
  row('action-request-with-list-and-first-pblock', [0xc3, 5], { invoke, methods, ...block }),
  row('action-request-with-pblock', [0xc3, 6], { invoke, ...block }),
  row('get-response-normal', [0xc4, 1], { invoke, result: outcome }),
  row('get-response-with-block', [0xc4, 2], {
    invoke,
    lastBlock: bool,
    blockNumber: u32,
    result: blockOutcome,
  }),
  row('get-response-with-list', [0xc4, 3], { invoke, results }),
  row('set-response-normal', [0xc5, 1], { invoke, result: u8 }),
  row('set-response-datablock', [0xc5, 2], { invoke, blockNumber: u32 }),
  row('set-response-last-datablock', [0xc5, 3], { invoke, result: u8, blockNumber: u32 }),
  row('set-response-last-datablock-with-list', [0xc5, 4], {
    invoke,
    results: list(u8),
    blockNumber: u32,
  }),
  row('set-response-with-list', [0xc5, 5], { invoke, results: list(u8) }),
  row('action-response-normal', [0xc7, 1], { invoke, status: u8, returned }),
  row('action-response-with-pblock', [0xc7, 2], { invoke, ...block }),
  row('action-response-with-list', [0xc7, 3], {
    invoke,
    results: list(seq({ status: u8, returned }), 2),
  }),
  row('action-response-next-pblock', [0xc7, 4], { invoke, blockNumber: u32 }),
  row('access-request', [0xd9], {
    longInvoke,
    dateTime: octets,
    requests: accessRequests,
    values: list(data),
  }),
  row('access-response', [0xda], {
    longInvoke,
    dateTime: octets,
    requests: optional(accessRequests),
    values: list(data),
    results: accessResults,
  }),
  row('general-glo-ciphering', [0xdb], { systemTitle: octets, ciphered: octets }),
  row('general-ded-ciphering', [0xdc], { systemTitle: octets, ciphered: octets }),
  row('general-ciphering', [0xdd], { ...parties, keyInfo, ciphered: octets }),
  row('general-signing', [0xdf], { ...parties, content: octets, signature: octets }),
  row('general-block-transfer', [0xe0], {
    control: u8,
    blockNumber: u16,
    blockNumberAck: u16,
    data: octets,
  }),
] as const;

/** IEC 62056-5-3:2017 clause 8: an APDU of the same service, ciphered as a whole. */
export const CIPHERED = {
  0x21: 'glo-initiate-request',
  0x28: 'glo-initiate-response',
  0x2e: 'glo-confirmed-service-error',
  0x41: 'ded-initiate-request',
  0x48: 'ded-initiate-response',
  0x4e: 'ded-confirmed-service-error',
  0xc8: 'glo-get-request',
  0xc9: 'glo-set-request',
  0xca: 'glo-event-notification-request',
  0xcb: 'glo-action-request',
  0xcc: 'glo-get-response',
  0xcd: 'glo-set-response',
  0xcf: 'glo-action-response',
  0xd0: 'ded-get-request',
  0xd1: 'ded-set-request',
  0xd2: 'ded-event-notification-request',
  0xd3: 'ded-action-request',
  0xd4: 'ded-get-response',
  0xd5: 'ded-set-response',
  0xd7: 'ded-action-response',
} as const;

/** IEC 62056-5-3:2017 clause 8: services with short names, which no meter of ours speaks. */
export const SHORT_NAME_TAGS: readonly number[] = [
  0x05, 0x06, 0x0c, 0x0d, 0x16, 0x18, 0x25, 0x26, 0x2c, 0x2d, 0x36, 0x38,
];
