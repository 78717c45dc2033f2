/**
 * A simulated logical device: associations, ciphering and general block transfer around the
 * services (IEC 62056-5-3:2017 clauses 5.7, 6.2, 6.3 and 6.13). Takes an APDU and gives one back.
 * Knows its clients and keys, no line; called by `device.ts`.
 */
import { ok, type Result } from '#lib/base/result.ts';
import {
  associationOf,
  makeAare,
  makeRelease,
  type AcseApdu,
  type Association,
} from '../../../meters/dlms/acse.ts';
import { decodeApdu, encodeApdu, type Apdu } from '../../../meters/dlms/apdu.ts';
import type { DlmsData } from '../../../meters/dlms/axdr.ts';
import {
  addBlock,
  cutBlocks,
  NO_BLOCKS,
  type Blocks,
} from '../../../meters/dlms/block-transfer.ts';
import { conformanceNames, conformanceOf } from '../../../meters/dlms/fields.ts';
import { isProof, proofOf, type ProofInput } from '../../../meters/dlms/hls.ts';
import {
  protect,
  unprotect,
  type Protection,
  type ProtectionForm,
} from '../../../meters/dlms/protection.ts';
import type { KeySource } from '../../../meters/dlms/key-source.ts';
import type { Signer } from '../../../meters/dlms/signing.ts';
import { cosemObject, objectList, RESULT, type CosemObject } from './objects.ts';
import { agreedProtection, globalProtection, isAdmitted, proofBy } from './server-security.ts';
import { serve, type Rights, type Transfers } from './services.ts';

/** Who may associate, and what is asked of them. */
export type ServerClient = {
  readonly clientId: number;
  /** 0 none, 1 LLS, 2 to 6 HLS. */
  readonly mechanism: number;
  /** Password of LLS or secret of HLS; LLS without one is never accepted. */
  readonly secret: Uint8Array;
  readonly rights: Rights;
  /** Least protection that is accepted: 0 none, 10h, 20h, 30h. */
  readonly protection: number;
};

export type ServerOptions = {
  readonly systemTitle: Uint8Array;
  readonly key: Uint8Array;
  readonly authKey: Uint8Array;
  /** Security suite, 0 to 2: 128-bit keys in the first two, 256-bit keys in the last. */
  readonly suite?: number;
  /** Keys of general-ciphering; absent: the global key is named. */
  readonly keySource?: KeySource | null;
  /** Both sides sign every service inside its ciphering. */
  readonly signer?: Signer | null;
  readonly clients: readonly ServerClient[];
  readonly objects: readonly CosemObject[];
  /** Longest APDU that the device takes, and longest it sends. */
  readonly maxPdu: number;
  /** Answers that are too long go in general blocks instead of those of the service. */
  readonly usesGeneralBlocks?: boolean;
  readonly conformance?: readonly string[];
  /** Eight fresh bytes for each challenge. */
  readonly challenge: () => Uint8Array;
  /** Last invocation counter that was taken, and the device's own next one. */
  readonly counters: { client: number; own: number };
};

type State = {
  readonly client: ServerClient;
  phase: 'proving' | 'associated';
  readonly protection: Protection | null;
  readonly global: Protection | null;
  readonly proof: ProofInput | null;
  readonly transfers: Transfers;
  readonly maxSent: number;
  readonly usesGeneralBlocks: boolean;
  incoming: Blocks;
  outgoing: readonly Uint8Array[];
};

const DEFAULT_CONFORMANCE = [
  'general-protection',
  'general-block-transfer',
  'block-transfer-with-get-or-read',
  'block-transfer-with-set-or-write',
  'block-transfer-with-action',
  'multiple-references',
  'get',
  'set',
  'selective-access',
  'action',
];
const LN_VAA = 7;
const NOTHING = new Uint8Array(0);
/** Room for ciphering around an answer. */
const CIPHER_OVERHEAD = 64;
const [ACCEPTED, REJECTED] = [0, 1];
/** IEC 62056-5-3:2017 clause 8, `Associate-source-diagnostic`. */
const WHY = { none: 0, context: 2, mechanism: 11, failed: 13, required: 14 } as const;
/** IEC 62056-5-3:2017 clause 8, `ExceptionResponse`. */
const EXCEPTION = { notAllowed: 1, unknown: 2, deciphering: 5, counter: 6 } as const;

const exception = (stateError: number, serviceError: number, counter: number | null = null) =>
  encodeApdu({
    type: 'exception-response',
    stateError,
    serviceError,
    invocationCounter: counter,
  });

export type DlmsServer = {
  /** The answer; null where none is sent. `at` is UTC milliseconds. */
  handle(apdu: Uint8Array, clientId: number, at: number): Uint8Array | null;
  /** The link was opened or closed: associations end. */
  reset(): void;
};

function byObis(objects: readonly CosemObject[]): ReadonlyMap<string, readonly CosemObject[]> {
  const groups = new Map<string, CosemObject[]>();
  for (const object of objects) {
    const group = groups.get(object.obis);
    if (group) group.push(object);
    else groups.set(object.obis, [object]);
  }
  return groups;
}

class Server implements DlmsServer {
  #state: State | null = null;
  readonly #objects: ReadonlyMap<string, readonly CosemObject[]>;

  constructor(readonly options: ServerOptions) {
    this.#objects = byObis([...options.objects, this.#associationObject()]);
  }

  reset(): void {
    this.#state = null;
  }

  handle(apdu: Uint8Array, clientId: number, at: number): Uint8Array | null {
    const state = this.#state;
    const read = decodeApdu(apdu);
    if (!read.ok) return exception(EXCEPTION.notAllowed, EXCEPTION.unknown);
    const outer = read.value.apdu;
    if (outer.type === 'aarq') return this.#associate(outer, clientId);
    if (outer.type === 'rlrq') return this.#release();
    if (!state || state.client.clientId !== clientId) {
      return exception(EXCEPTION.notAllowed, EXCEPTION.notAllowed);
    }
    if (outer.type !== 'general-block-transfer') return this.#answer(state, apdu, at);
    return this.#onGeneralBlock(state, outer, at);
  }

  #onGeneralBlock(
    state: State,
    block: Extract<Apdu, { readonly type: 'general-block-transfer' }>,
    at: number,
  ): Uint8Array | null {
    const [next, ...rest] = state.outgoing;
    if (next && block.data.length === 0) {
      state.outgoing = rest;
      return next;
    }
    const added = addBlock(state.incoming, block);
    if (!added.ok) {
      state.incoming = NO_BLOCKS;
      return exception(EXCEPTION.notAllowed, EXCEPTION.notAllowed);
    }
    state.incoming = added.value.blocks;
    if (added.value.whole) return this.#answer(state, added.value.whole, at);
    return encodeApdu({
      type: 'general-block-transfer',
      control: 1,
      blockNumber: block.blockNumber,
      blockNumberAck: block.blockNumber,
      data: NOTHING,
    });
  }

  /** Opens, serves and protects; long answers may go in general blocks. */
  #answer(state: State, bytes: Uint8Array, at: number): Uint8Array {
    const plain = this.#open(state, bytes);
    if (plain instanceof Uint8Array === false) return exceptionOf(plain);
    const read = decodeApdu(plain);
    if (!read.ok) return exception(EXCEPTION.notAllowed, EXCEPTION.unknown);
    const isReply = read.value.apdu.type === 'action-request-normal';
    if (state.phase === 'proving' && !isReply) {
      return exception(EXCEPTION.notAllowed, EXCEPTION.notAllowed);
    }
    const answer = serve(
      {
        objects: this.#objects,
        rights: state.phase === 'proving' ? NO_RIGHTS : state.client.rights,
        transfers: state.transfers,
        blockSize: state.usesGeneralBlocks ? Infinity : state.maxSent - CIPHER_OVERHEAD,
        at,
      },
      read.value.apdu,
    );
    if (!answer) return exception(EXCEPTION.unknown, EXCEPTION.unknown);
    const protection = state.protection && { ...state.protection, form: formOf(bytes[0]) };
    return this.#inBlocks(state, this.#seal(encodeApdu(answer), protection));
  }

  #inBlocks(state: State, bytes: Uint8Array): Uint8Array {
    if (!state.usesGeneralBlocks || bytes.length <= state.maxSent) return bytes;
    const [first, ...rest] = cutBlocks(bytes, state.maxSent - 12, 1);
    state.outgoing = rest;
    return first!;
  }

  #seal(plain: Uint8Array, protection: Protection | null): Uint8Array {
    return protection ? protect(plain, protection, this.options.counters.own++) : plain;
  }

  #open(state: State, bytes: Uint8Array): Uint8Array | { readonly serviceError: number } {
    if (!state.protection) return bytes;
    return this.#fresh(unprotect(bytes, state.protection));
  }

  /** A counter must be higher than any before it. */
  #fresh(
    opened: ReturnType<typeof unprotect>,
  ): Uint8Array | { readonly serviceError: number; readonly counter?: number } {
    if (!opened.ok) return { serviceError: EXCEPTION.deciphering };
    const { counters } = this.options;
    if (opened.value.counter <= counters.client) {
      return { serviceError: EXCEPTION.counter, counter: counters.client };
    }
    counters.client = opened.value.counter;
    return opened.value.plain;
  }

  #release(): Uint8Array {
    const isOpen = this.#state !== null;
    this.#state = null;
    return isOpen
      ? encodeApdu(makeRelease('rlre', null))
      : exception(EXCEPTION.notAllowed, EXCEPTION.notAllowed);
  }

  #refuse(context: number, diagnostic: number): Uint8Array {
    return encodeApdu(
      makeAare({
        context,
        mechanism: null,
        systemTitle: null,
        authenticationValue: null,
        userInformation: encodeApdu(INITIATE_ERROR),
        result: REJECTED,
        diagnostic,
      }),
    );
  }

  #associate(apdu: AcseApdu, clientId: number): Uint8Array {
    this.#state = null;
    const request = associationOf(apdu);
    const context = request.context ?? 0;
    const client = this.options.clients.find((one) => one.clientId === clientId);
    const mechanism = request.mechanism ?? 0;
    if (context !== 1 && context !== 3) return this.#refuse(1, WHY.context);
    if (!client || client.mechanism !== mechanism) return this.#refuse(context, WHY.mechanism);
    if (client.protection !== 0 && context !== 3) return this.#refuse(context, WHY.context);
    if (!isAdmitted(client, request)) return this.#refuse(context, WHY.failed);
    const initiate = this.#initiate(request, client);
    return initiate.ok ? initiate.value : this.#refuse(context, WHY.failed);
  }

  #initiate(request: Association, client: ServerClient): Result<Uint8Array, number> {
    const failed = { ok: false, error: WHY.failed } as const;
    const global = globalProtection(this.options, request, client);
    const information = request.userInformation ?? NOTHING;
    const plain = global ? this.#fresh(unprotect(information, global)) : information;
    if (plain instanceof Uint8Array === false) return failed;
    const read = decodeApdu(plain);
    if (!read.ok || read.value.apdu.type !== 'initiate-request') return failed;
    const { dedicatedKey, maxPduSize } = read.value.apdu;
    const offered = this.options.conformance ?? DEFAULT_CONFORMANCE;
    const agreed = conformanceNames(read.value.apdu.conformance).filter((name) =>
      offered.includes(name),
    );
    const proof = proofBy(this.options, request, client);
    const limit = maxPduSize === 0 ? 0xffff : maxPduSize;
    this.#state = {
      client,
      phase: proof ? 'proving' : 'associated',
      global,
      protection: global && agreedProtection(global, dedicatedKey, this.options),
      proof,
      transfers: { sending: null, receiving: null },
      maxSent: Math.min(limit, this.options.maxPdu),
      usesGeneralBlocks:
        (this.options.usesGeneralBlocks ?? false) && agreed.includes('general-block-transfer'),
      incoming: NO_BLOCKS,
      outgoing: [],
    };
    return ok(this.#accept(request, this.#state, agreed));
  }

  #accept(request: Association, state: State, agreed: readonly string[]): Uint8Array {
    const response = encodeApdu({
      type: 'initiate-response',
      qualityOfService: null,
      dlmsVersion: 6,
      conformance: conformanceOf(agreed),
      maxPduSize: this.options.maxPdu,
      vaaName: LN_VAA,
    });
    const { proof } = state;
    return encodeApdu(
      makeAare({
        context: request.context ?? 1,
        mechanism: proof ? state.client.mechanism : null,
        systemTitle: state.global || proof ? this.options.systemTitle : null,
        authenticationValue: proof?.ownChallenge ?? null,
        userInformation: this.#seal(response, state.global),
        result: ACCEPTED,
        diagnostic: proof ? WHY.required : WHY.none,
      }),
    );
  }

  /** Association LN with the method that takes the client's proof. */
  #associationObject(): CosemObject {
    return cosemObject({
      classId: 15,
      obis: '0-0:40.0.0*255',
      attributes: { 2: () => ({ data: objectList(this.options.objects) }) },
      isPublic: true,
      methods: { 1: (parameter) => this.#onProof(parameter) },
    });
  }

  #onProof(parameter: DlmsData | null): { status: number; data: DlmsData | null } {
    const refused = { status: RESULT.denied, data: null };
    const state = this.#state;
    const p = state?.proof;
    if (!state || !p || state.phase !== 'proving' || parameter?.type !== 'octet-string') {
      return refused;
    }
    const theirs: ProofInput = {
      ...p,
      ownTitle: p.peerTitle,
      peerTitle: p.ownTitle,
      challenge: p.ownChallenge,
      ownChallenge: p.challenge,
    };
    if (!isProof(parameter.value, theirs)) return refused;
    const value = proofOf(p, this.options.counters.own++);
    if (!value) return refused;
    state.phase = 'associated';
    return { status: RESULT.success, data: { type: 'octet-string', value } };
  }
}

const NO_RIGHTS: Rights = { canReadAll: false, canWrite: false, canCall: false };

/** ConfirmedServiceError of Initiate: initiate error, refused by the device (clause 8). */
const INITIATE_ERROR: Apdu = {
  type: 'confirmed-service-error',
  service: 1,
  errorKind: 6,
  error: 3,
};

const exceptionOf = (e: { readonly serviceError: number; readonly counter?: number }) =>
  exception(EXCEPTION.unknown, e.serviceError, e.counter ?? null);

/** An answer is wrapped as its request was (clause 8: general-glo, -ded and general-ciphering). */
const formOf = (tag: number | undefined): ProtectionForm =>
  tag === 0xdd ? 'general-ciphering' : tag === 0xdb || tag === 0xdc ? 'general' : 'service';

export const createDlmsServer = (options: ServerOptions): DlmsServer => new Server(options);
