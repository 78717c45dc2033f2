/**
 * A container as a row of QR codes that a second phone films (X10): any parts will do, as long as
 * there are enough of them.
 *
 * The first k parts are the container's blocks; every further one is the XOR of some of them, drawn
 * by its number, so that a missed part needs no second round of all the others. The text of a part
 * stays in the alphanumeric alphabet of QR codes (ISO/IEC 18004:2015 clause 7.4.4): bytes are
 * written in Base45 (RFC 9285). It knows no camera and no content. Pure.
 */
import { assert } from '#lib/base/assert.ts';
import { toHex } from '#lib/base/bytes.ts';
import { createPrng } from '#lib/base/prng.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { sha256 } from '@noble/hashes/sha2.js';

/** A code of 93 modules: on a phone's screen each is half a millimetre and more. */
export const PART_BYTES = 700;
/** Eight codes a second: cameras of cheap phones still see each of them whole. */
export const CODE_MS = 125;
/** More than the work of a week; a bound for what a stranger's code may ask of our memory. */
const MAX_BLOCKS = 3000;

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
const VALUE = new Map([...ALPHABET].map((char, i) => [char, i]));

export type QrParts = {
  /** How many parts there must at least be. */
  readonly blocks: number;
  /** Text of part `i`, any whole number from 0. */
  text(i: number): string;
};

export function qrParts(bytes: Uint8Array, partBytes = PART_BYTES): QrParts {
  const blocks = Math.max(1, Math.ceil(bytes.length / partBytes));
  assert(blocks <= MAX_BLOCKS, 'qrParts: too much for codes; give a file');
  const name = nameOf(bytes);
  const blockAt = (i: number): Uint8Array => {
    const block = new Uint8Array(partBytes);
    block.set(bytes.subarray(i * partBytes, (i + 1) * partBytes));
    return block;
  };
  return {
    blocks,
    text(i) {
      const mixed = new Uint8Array(partBytes);
      for (const k of blocksOf(i, blocks, seedOf(name))) xorInto(mixed, blockAt(k));
      return `K1:${name}:${bytes.length}:${partBytes}:${i}:${toBase45(mixed)}`;
    },
  };
}

export type Progress = {
  /** Independent parts so far, and how many are needed. */
  readonly have: number;
  readonly need: number;
  readonly bytes: Uint8Array | null;
};

/** Collects parts of one container; those of another begin it anew. */
export class QrCollector {
  #name = '';
  #length = 0;
  #partBytes = 0;
  /** Solved rows by their leading block: which blocks are mixed in, and the mix. */
  #rows = new Map<number, { readonly mask: Uint8Array; readonly data: Uint8Array }>();
  #seen = new Set<number>();

  get progress(): Progress {
    const need = this.#blocks;
    return { have: this.#rows.size, need, bytes: this.#done ? this.#whole() : null };
  }

  /** Errors: `not_ours` for any other code. Adding a part twice changes nothing. */
  add(text: string): Result<Progress> {
    const match = /^K1:([0-9A-F]{8}):(\d{1,8}):(\d{1,4}):(\d{1,6}):(.+)$/s.exec(text);
    const data = match && fromBase45(match[5]!);
    if (!match || !data) return fault('not_ours', 'This code is no part of saved work.');
    const [name, length, partBytes, i] = [match[1]!, ...match.slice(2, 5).map(Number)] as [
      string,
      number,
      number,
      number,
    ];
    const blocks = Math.ceil(length / partBytes);
    if (data.length !== partBytes || !(blocks >= 1 && blocks <= MAX_BLOCKS)) {
      return fault('not_ours', 'This code is damaged.');
    }
    if (name !== this.#name || length !== this.#length || partBytes !== this.#partBytes) {
      [this.#name, this.#length, this.#partBytes] = [name, length, partBytes];
      this.#rows = new Map();
      this.#seen = new Set();
    }
    if (!this.#seen.has(i) && !this.#done) {
      this.#seen.add(i);
      const mask = new Uint8Array(blocks);
      for (const k of blocksOf(i, blocks, seedOf(name))) mask[k] = 1;
      this.#reduce(mask, data);
    }
    return ok(this.progress);
  }

  get #blocks(): number {
    return this.#partBytes ? Math.ceil(this.#length / this.#partBytes) : 0;
  }
  get #done(): boolean {
    return this.#blocks > 0 && this.#rows.size === this.#blocks;
  }

  /** Gaussian elimination, one row at a time. */
  #reduce(mask: Uint8Array, data: Uint8Array): void {
    for (let lead = 0; lead < mask.length; lead++) {
      if (!mask[lead]) continue;
      const row = this.#rows.get(lead);
      if (!row) {
        this.#rows.set(lead, { mask, data });
        return;
      }
      xorInto(mask, row.mask);
      xorInto(data, row.data);
    }
  }

  /** From the last block to the first: each row's further blocks are known by then. */
  #whole(): Uint8Array | null {
    const blocks = this.#blocks;
    const solved: Uint8Array[] = [];
    for (let lead = blocks - 1; lead >= 0; lead--) {
      const { mask, data } = this.#rows.get(lead)!;
      const block = data.slice();
      for (let k = lead + 1; k < blocks; k++) if (mask[k]) xorInto(block, solved[k]!);
      solved[lead] = block;
    }
    const whole = new Uint8Array(blocks * this.#partBytes);
    solved.forEach((block, k) => whole.set(block, k * this.#partBytes));
    const bytes = whole.slice(0, this.#length);
    // A misread code that slipped through would spoil the mix: then all begins again.
    if (nameOf(bytes) === this.#name) return bytes;
    this.#rows = new Map();
    this.#seen = new Set();
    return null;
  }
}

const nameOf = (bytes: Uint8Array): string => toHex(sha256(bytes).subarray(0, 4));
const seedOf = (name: string): number => parseInt(name, 16);

/** Which blocks part `i` mixes: one of the first k alone, then few or many, so that each helps. */
function blocksOf(i: number, blocks: number, seed: number): number[] {
  if (i < blocks) return [i];
  const prng = createPrng(seed ^ Math.imul(i, 0x9e3779b1));
  const share = prng.pick([0.5, 0.5, 0.25, 0.1, 0.05]);
  const some = Array.from({ length: blocks }, (_, k) => k).filter(() => prng.chance(share));
  return some.length ? some : [prng.int(0, blocks)];
}

function xorInto(target: Uint8Array, other: Uint8Array): void {
  for (let i = 0; i < target.length; i++) target[i]! ^= other[i]!;
}

/** RFC 9285 clause 3. */
export function toBase45(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 2) {
    const two = i + 1 < bytes.length;
    const n = two ? bytes[i]! * 256 + bytes[i + 1]! : bytes[i]!;
    text += ALPHABET[n % 45]! + ALPHABET[Math.floor(n / 45) % 45]!;
    if (two) text += ALPHABET[Math.floor(n / 2025)]!;
  }
  return text;
}

/** Null for text that is no Base45. */
export function fromBase45(text: string): Uint8Array | null {
  if (text.length % 3 === 1) return null;
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i += 3) {
    const [a, b, c] = [0, 1, 2].map((k) => VALUE.get(text[i + k] ?? '0'));
    if (a === undefined || b === undefined || c === undefined) return null;
    const n = a + 45 * b + 2025 * c;
    const two = i + 2 < text.length;
    if (n > (two ? 0xffff : 0xff)) return null;
    if (two) bytes.push(n >> 8, n & 255);
    else bytes.push(n);
  }
  return Uint8Array.from(bytes);
}
