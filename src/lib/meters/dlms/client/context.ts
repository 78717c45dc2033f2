/**
 * What a client knows of its association: agreed limits, keys and counters. One object lives as
 * long as a session; the dialogues of this folder read and change it. Knows no bytes of a line.
 */
import type { KeySource } from '../key-source.ts';
import type { Protection, ProtectionForm } from '../protection.ts';
import type { Signer } from '../signing.ts';

/** How the client proves itself (IEC 62056-5-3:2017 clause 5.7.4). */
export type Authentication =
  | { readonly kind: 'none' }
  | { readonly kind: 'lls'; readonly password: Uint8Array }
  /** `secret` is for mechanisms 2, 3, 4 and 6; `challenge` is fresh random, 8 to 64 bytes. */
  | {
      readonly kind: 'hls';
      readonly mechanism: number;
      readonly secret: Uint8Array;
      readonly challenge: Uint8Array;
    };

export type ClientKeys = {
  readonly systemTitle: Uint8Array;
  readonly key: Uint8Array;
  readonly authKey: Uint8Array;
  /** The next invocation counter that was never used, as stored. */
  readonly nextCounter: number;
  /**
   * Where the meter shows the last counter it took (0-0:43.1.n). It is read as public client
   * first, and the larger of both is used. Null: the stored one is right.
   */
  readonly counterObis: string | null;
};

export type Ciphering = {
  readonly form: ProtectionForm;
  /** 10h authenticated, 20h encrypted, 30h both; the suite (0 to 2) in the low bits. */
  readonly control: number;
  /** Sent to the meter inside the association; null uses the global key throughout. */
  readonly dedicatedKey: Uint8Array | null;
  /** Keys of single APDUs in the form general-ciphering; absent: the global one is named. */
  readonly keySource?: KeySource;
  /** Both sides sign every service inside its ciphering; absent: none does. */
  readonly signer?: Signer;
};

export type ClientOptions = {
  /** 16 is the public client (IEC 62056-5-3:2017 clause 4.3). */
  readonly clientId: number;
  readonly authentication: Authentication;
  /** Needed by ciphering and by HLS 5. */
  readonly keys: ClientKeys | null;
  readonly ciphering: Ciphering | null;
  /** Longest APDU that the client takes. */
  readonly maxPdu?: number;
};

export type ClientContext = {
  readonly options: ClientOptions;
  /** Set once the association stands. */
  protection: Protection | null;
  /** Next own counter, and the first that is not reserved in the store. */
  counter: number;
  reservedUntil: number;
  /** Highest counter of the meter so far; an equal or lower one is a replay. */
  peerCounter: number;
  invokeId: number;
  maxSent: number;
  conformance: readonly string[];
};

const SUITE = 0x0f;

/** Security suite of the association: that of its ciphering, else the one that fits the key. */
export function suiteOf({ ciphering, keys }: ClientOptions): number {
  if (ciphering) return ciphering.control & SUITE;
  return keys?.key.length === 32 ? 2 : 0;
}

export const PUBLIC_CLIENT = 16;
/** An APDU of the standard size of meters' buffers, until the meter names its own. */
const DEFAULT_PDU = 0x0400;

export const newContext = (options: ClientOptions): ClientContext => ({
  options,
  protection: null,
  counter: options.keys?.nextCounter ?? 0,
  reservedUntil: options.keys?.nextCounter ?? 0,
  peerCounter: -1,
  invokeId: 0,
  maxSent: DEFAULT_PDU,
  conformance: [],
});

const HIGH_PRIORITY_CONFIRMED = 0xc0;

/** Invoke-Id-And-Priority of the next request. */
export function nextInvoke(context: ClientContext): number {
  context.invokeId = (context.invokeId + 1) & 15;
  return HIGH_PRIORITY_CONFIRMED | context.invokeId;
}

export const supports = (context: ClientContext, name: string): boolean =>
  context.conformance.includes(name);
