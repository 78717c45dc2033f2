/**
 * One event, one text, one hash (fieldsync/1, storage-and-sync 5.4 "Chain").
 *
 * It knows the order in which an event's parts are written and how the chain is computed; it knows
 * no storage and no network. Phone and server both call it, so a hash means the same on both sides.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, fromHex, fromUtf8, toHex } from '#lib/base/bytes.ts';
import { assert } from '#lib/base/assert.ts';
import type { FieldEvent } from './fieldsync.ts';

/** `prev` of the first event of an epoch. */
export const GENESIS = '0'.repeat(64);

/** Everything the hash covers except `prev`, which is hashed in front of the text. */
export type Unsealed = Omit<FieldEvent, 'prev' | 'hash'>;

/** Deeper nesting is nobody's event; a bound keeps a poisoned one from ending the process. */
const MAX_DEPTH = 32;

/**
 * JSON with keys in code-unit order and nothing optional: members that are `undefined` do not
 * exist, numbers are written as ECMAScript writes them (RFC 8785 clause 3.2.2.3).
 */
export function canonicalJson(value: unknown, depth = 0): string {
  assert(depth <= MAX_DEPTH, 'canonicalJson: nested too deep');
  if (Array.isArray(value)) {
    return `[${value.map((item) => canonicalJson(item ?? null, depth + 1)).join(',')}]`;
  }
  if (value !== null && typeof value === 'object') {
    const source = value as Record<string, unknown>;
    const parts = Object.keys(source)
      .filter((key) => source[key] !== undefined)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonicalJson(source[key], depth + 1)}`);
    return `{${parts.join(',')}}`;
  }
  assert(typeof value !== 'number' || Number.isFinite(value), 'canonicalJson: not a finite number');
  return JSON.stringify(value ?? null);
}

/** The event as text; the outer keys stand in the order of the protocol's document. */
export function canonicalEvent(event: Unsealed): string {
  const parts = (['id', 'n', 'epoch', 'v', 'type', 'user', 'at', 'body'] as const).map(
    (key) => `"${key}":${canonicalJson(event[key])}`,
  );
  return `{${parts.join(',')}}`;
}

/** sha256(prev ‖ canonical) as 64 lower-case hex digits; `prev` is hex as well. */
export function chainHash(prev: string, canonical: string): string {
  const before = fromHex(prev);
  assert(before.ok && before.value.length === 32, 'chainHash: prev is not a sha256');
  return sha256Hex(concatBytes(before.value, fromUtf8(canonical)));
}

export const eventHash = (event: Unsealed & { prev: string }): string =>
  chainHash(event.prev, canonicalEvent(event));

export const sha256Hex = (bytes: Uint8Array): string => toHex(sha256(bytes)).toLowerCase();
