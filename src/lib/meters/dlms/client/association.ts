/**
 * Opening and releasing an association: AARQ and AARE, the passes of high level security, RLRQ
 * (IEC 62056-5-3:2017 clauses 5.7.4, 6.2, 6.3 and 7.2). Knows no objects except the one that takes
 * the proof and the one that shows the counter. Called by `session.ts`.
 */
import { equalBytes } from '#lib/base/bytes.ts';
import { ok, type Result } from '#lib/base/result.ts';
import {
  associationOf,
  makeAarq,
  makeRelease,
  type Association,
  type AssociationRequest,
} from '../acse.ts';
import { decodeApdu, encodeApdu, type Apdu } from '../apdu.ts';
import { DIAGNOSTICS } from '../cosem/results.table.ts';
import { conformanceNames, conformanceOf } from '../fields.ts';
import { GMAC, isProof, proofOf, type ProofInput } from '../hls.ts';
import { protect, type Protection } from '../protection.ts';
import {
  newContext,
  PUBLIC_CLIENT,
  suiteOf,
  type Authentication,
  type ClientContext,
  type ClientOptions,
} from './context.ts';
import { connect, disconnect, exchange, failure, type Dialog } from './dialog.ts';
import { nextCounter, openAnswer } from './secure.ts';
import { get, isData } from './services.ts';
import { action } from './writing.ts';

/** What the client can; the meter answers with what both can (clause 7.3.1). */
const PROPOSED = [
  'general-protection',
  'general-block-transfer',
  'priority-management-supported',
  'attribute-0-supported-with-get',
  'block-transfer-with-get-or-read',
  'block-transfer-with-set-or-write',
  'block-transfer-with-action',
  'multiple-references',
  'data-notification',
  'get',
  'set',
  'selective-access',
  'event-notification',
  'action',
];
const [PLAIN_CONTEXT, CIPHERED_CONTEXT] = [1, 3];
const MECHANISM_LLS = 1;
const DLMS_VERSION = 6;
const DEFAULT_MAX_PDU = 0xffff;
const [ACCEPTED, AUTHENTICATION_REQUIRED] = [0, 14];
/** Association LN, method reply_to_HLS_authentication (IEC 62056-6-2:2021 clause 4.4.4). */
const REPLY_TO_HLS = { classId: 15, obis: '0-0:40.0.0*255', method: 1 };
const LEAST_CHALLENGE = 8;
const NOTHING = new Uint8Array(0);

const mechanismOf = (a: Authentication): number | null =>
  a.kind === 'none' ? null : a.kind === 'lls' ? MECHANISM_LLS : a.mechanism;

const valueOf = (a: Authentication): Uint8Array | null =>
  a.kind === 'none' ? null : a.kind === 'lls' ? a.password : a.challenge;

function initiateRequest({ options }: ClientContext): Uint8Array {
  return encodeApdu({
    type: 'initiate-request',
    dedicatedKey: options.ciphering?.dedicatedKey ?? null,
    responseAllowed: null,
    qualityOfService: null,
    dlmsVersion: DLMS_VERSION,
    conformance: conformanceOf(PROPOSED),
    maxPduSize: options.maxPdu ?? DEFAULT_MAX_PDU,
  });
}

/** Protection of the association itself: always the global key, always with a tag of its own. */
function globalProtection(context: ClientContext, peerTitle: Uint8Array): Protection | null {
  const { ciphering, keys } = context.options;
  if (!ciphering || !keys) return null;
  return {
    form: 'service',
    control: ciphering.control,
    isDedicated: false,
    key: keys.key,
    authKey: keys.authKey,
    ownTitle: keys.systemTitle,
    peerTitle,
  };
}

function agreedProtection(context: ClientContext, peerTitle: Uint8Array): Protection | null {
  const whole = globalProtection(context, peerTitle);
  const { ciphering } = context.options;
  if (!whole || !ciphering) return null;
  const { dedicatedKey, form, keySource = null, signer = null } = ciphering;
  const agreed = { ...whole, form, keySource, signer };
  return dedicatedKey ? { ...agreed, isDedicated: true, key: dedicatedKey } : agreed;
}

function* aarqOf(context: ClientContext): Dialog<Uint8Array> {
  const { authentication, ciphering, keys } = context.options;
  const initiate = initiateRequest(context);
  const protection = globalProtection(context, NOTHING);
  let userInformation = initiate;
  if (protection) {
    const counter = yield* nextCounter(context);
    if (!counter.ok) return counter;
    userInformation = protect(initiate, protection, counter.value);
  }
  const request: AssociationRequest = {
    context: ciphering ? CIPHERED_CONTEXT : PLAIN_CONTEXT,
    mechanism: mechanismOf(authentication),
    systemTitle: keys && (ciphering || authentication.kind === 'hls') ? keys.systemTitle : null,
    authenticationValue: valueOf(authentication),
    userInformation,
  };
  return ok(encodeApdu(makeAarq(request)));
}

function readAare(bytes: Uint8Array): Result<Association> {
  const read = decodeApdu(bytes);
  if (!read.ok) return failure('bad_answer', read.error.detail);
  const { apdu } = read.value;
  if (apdu.type === 'exception-response') return failure('exception', 'The meter refuses.');
  if (apdu.type !== 'aare') return failure('bad_answer', `${apdu.type} is no AARE.`);
  const answer = associationOf(apdu);
  const { result, diagnostic } = answer;
  if (result === ACCEPTED) return ok(answer);
  const why = DIAGNOSTICS.get(diagnostic ?? 0) ?? `diagnostic ${diagnostic}`;
  return failure('association_refused', `The meter refuses the association: ${why}.`);
}

/** Takes over the limits that the meter names. */
function agree(context: ClientContext, apdu: Apdu): Result<null> {
  if (apdu.type === 'confirmed-service-error') {
    return failure('service_error', `Initiate: ${apdu.errorKind}, ${apdu.error}.`);
  }
  if (apdu.type !== 'initiate-response' || apdu.dlmsVersion !== DLMS_VERSION) {
    return failure('bad_answer', 'The meter did not initiate.');
  }
  context.conformance = conformanceNames(apdu.conformance);
  // 0 means: no limit (clause 7.3.1).
  context.maxSent = apdu.maxPduSize === 0 ? DEFAULT_MAX_PDU : apdu.maxPduSize;
  return ok(null);
}

function openInformation(context: ClientContext, answer: Association): Result<null> {
  const { userInformation, systemTitle } = answer;
  if (!userInformation) return failure('bad_answer', 'The AARE initiates nothing.');
  const protection = globalProtection(context, systemTitle ?? NOTHING);
  const plain = protection ? openAnswer(context, userInformation, protection) : ok(userInformation);
  if (!plain.ok) return plain;
  const read = decodeApdu(plain.value);
  return read.ok ? agree(context, read.value.apdu) : failure('bad_answer', read.error.detail);
}

type Hls = Extract<Authentication, { readonly kind: 'hls' }>;

function proofInput(hls: Hls, options: ClientOptions, answer: Association): ProofInput {
  const { keys } = options;
  return {
    suite: suiteOf(options),
    mechanism: hls.mechanism,
    secret: hls.secret,
    key: keys?.key ?? NOTHING,
    authKey: keys?.authKey ?? NOTHING,
    ownTitle: keys?.systemTitle ?? NOTHING,
    peerTitle: answer.systemTitle ?? NOTHING,
    challenge: answer.authenticationValue ?? NOTHING,
    ownChallenge: hls.challenge,
  };
}

const unproven = (detail: string) => failure('authentication_failed', detail);

/** Passes 3 and 4: the client proves itself, then the meter does (clause 5.7.4.2). */
function* prove(context: ClientContext, hls: Hls, answer: Association): Dialog<null> {
  const p = proofInput(hls, context.options, answer);
  // A meter that sends our challenge back wants us to compute its proof.
  if (equalBytes(p.challenge, p.ownChallenge)) return unproven('The challenge was reflected.');
  if (p.challenge.length < LEAST_CHALLENGE) return unproven('The challenge is too short.');
  let counter = 0;
  if (p.mechanism === GMAC) {
    const next = yield* nextCounter(context);
    if (!next.ok) return next;
    counter = next.value;
  }
  const proof = proofOf(p, counter);
  if (!proof) return unproven(`Mechanism ${hls.mechanism} is not known.`);
  const reply = yield* action(context, REPLY_TO_HLS, { type: 'octet-string', value: proof });
  if (!reply.ok) return reply;
  const { status, data } = reply.value;
  if (status !== 0) return failure('association_refused', `Proof refused: ${status}.`);
  const theirs = {
    ...p,
    ownTitle: p.peerTitle,
    peerTitle: p.ownTitle,
    challenge: p.ownChallenge,
    ownChallenge: p.challenge,
  };
  const isProven = data?.type === 'octet-string' && isProof(data.value, theirs);
  return isProven ? ok(null) : unproven('The meter did not prove that it knows the key.');
}

/** AARQ to the end of authentication, on an open link. */
export function* associate(context: ClientContext): Dialog<null> {
  const { authentication } = context.options;
  const request = yield* aarqOf(context);
  if (!request.ok) return request;
  const bytes = yield* exchange(request.value);
  if (!bytes.ok) return bytes;
  const answer = readAare(bytes.value);
  if (!answer.ok) return answer;
  const opened = openInformation(context, answer.value);
  if (!opened.ok) return opened;
  context.protection = agreedProtection(context, answer.value.systemTitle ?? NOTHING);
  if (authentication.kind === 'hls') return yield* prove(context, authentication, answer.value);
  const isMore = answer.value.diagnostic === AUTHENTICATION_REQUIRED;
  return isMore ? failure('association_refused', 'The meter asks for more security.') : ok(null);
}

/** RLRQ and DISC. What was read is kept, whatever the meter answers. */
export function* release(context: ClientContext): Dialog<null> {
  const protection = globalProtection(context, context.protection?.peerTitle ?? NOTHING);
  let information: Uint8Array | null = null;
  if (protection && context.protection) {
    const counter = yield* nextCounter(context);
    if (!counter.ok) return counter;
    information = protect(initiateRequest(context), protection, counter.value);
  }
  yield* exchange(encodeApdu(makeRelease('rlrq', information)));
  yield* disconnect();
  return ok(null);
}

/** How the public client presents itself. */
export const visitorOptions: ClientOptions = {
  clientId: PUBLIC_CLIENT,
  authentication: { kind: 'none' },
  keys: null,
  ciphering: null,
};

/** The last counter that the meter took, where it shows it. Errors: `no_counter`, of the line. */
export function* readCounter(visitor: ClientContext, obis: string): Dialog<number> {
  const result = yield* get(visitor, { classId: 1, obis, attribute: 2 });
  if (!result.ok) return result;
  const data = isData(result.value) ? result.value.data : null;
  return data?.type === 'double-long-unsigned'
    ? ok(Number(data.value))
    : failure('no_counter', `The meter does not show ${obis}.`);
}

/**
 * Reads the last counter that the meter took, as public client in an association of its own, and
 * goes on from the larger one: a counter that was used before is refused by the meter.
 */
export function* freshCounter(context: ClientContext): Dialog<null> {
  const obis = context.options.keys?.counterObis;
  if (!obis) return ok(null);
  const visitor = newContext(visitorOptions);
  const opened = yield* connect(PUBLIC_CLIENT);
  if (!opened.ok) return opened;
  const associated = yield* associate(visitor);
  if (!associated.ok) return associated;
  const last = yield* readCounter(visitor, obis);
  if (!last.ok && last.error.code !== 'no_counter') return last;
  yield* release(visitor);
  if (!last.ok) return last;
  const next = last.value + 1;
  if (next > context.counter) {
    context.counter = next;
    context.reservedUntil = Math.min(context.reservedUntil, next);
  }
  return ok(null);
}
