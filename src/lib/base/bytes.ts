/**
 * Bytes and hexadecimal text, without Node's Buffer or the browser's TextDecoder, so that the same
 * code runs everywhere. Knows no protocol. Anyone may call it.
 */
import { fault, ok, type Result } from './result.ts';

const HEX = Array.from({ length: 256 }, (_, b) => b.toString(16).toUpperCase().padStart(2, '0'));

/** Upper-case hex of `bytes[from, to)`, `separator` between bytes. */
export function toHex(bytes: Uint8Array, separator = ''): string {
  let out = '';
  for (let i = 0; i < bytes.length; i++) out += (i ? separator : '') + HEX[bytes[i]!]!;
  return out;
}

/** Reads hex of either case; spaces, colons and line ends between bytes are ignored. */
export function fromHex(text: string): Result<Uint8Array> {
  const clean = text.replace(/[\s:]/g, '');
  if (clean.length % 2) return fault('odd_hex', 'Hex text has an odd number of digits.');
  const out = new Uint8Array(clean.length / 2);
  for (let i = 0; i < out.length; i++) {
    const pair = clean.slice(2 * i, 2 * i + 2);
    if (!/^[0-9a-fA-F]{2}$/.test(pair)) {
      return fault('bad_hex', `"${pair}" is not a hex byte.`, { offset: i });
    }
    out[i] = parseInt(pair, 16);
  }
  return ok(out);
}

/** Bytes of text whose code points are 0..255 (ISO 8859-1); higher ones become `?`. */
export function fromLatin1(text: string): Uint8Array {
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    out[i] = c > 255 ? 0x3f : c;
  }
  return out;
}

export function toLatin1(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length; i += 4096) {
    // A list-like argument is many times faster than spreading the iterator.
    const part = bytes.subarray(i, i + 4096) as unknown as number[];
    out += String.fromCharCode.apply(null, part);
  }
  return out;
}

/** UTF-8 bytes of `text`; lone surrogates become U+FFFD. */
export function fromUtf8(text: string): Uint8Array {
  const out: number[] = [];
  for (const ch of text) {
    let c = ch.codePointAt(0)!;
    if (c >= 0xd800 && c <= 0xdfff) c = 0xfffd;
    if (c < 0x80) out.push(c);
    else if (c < 0x800) out.push(0xc0 | (c >> 6), 0x80 | (c & 63));
    else if (c < 0x10000) out.push(0xe0 | (c >> 12), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
    else {
      out.push(0xf0 | (c >> 18), 0x80 | ((c >> 12) & 63));
      out.push(0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
    }
  }
  return Uint8Array.from(out);
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}

const B64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Base64 with padding (RFC 4648 clause 4). */
export function toBase64(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const n = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    out += B64[n >> 18]! + B64[(n >> 12) & 63]!;
    out += i + 1 < bytes.length ? B64[(n >> 6) & 63]! : '=';
    out += i + 2 < bytes.length ? B64[n & 63]! : '=';
  }
  return out;
}

/** Reads base64 with padding. Errors: `bad_base64`. */
export function fromBase64(text: string): Result<Uint8Array> {
  if (text.length % 4 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    return fault('bad_base64', 'Not padded base64 text.');
  }
  const out = new Uint8Array((text.length / 4) * 3 - (/=*$/.exec(text)?.[0].length ?? 0));
  for (let i = 0, at = 0; i < text.length; i += 4) {
    let n = 0;
    for (let k = 0; k < 4; k++) n = (n << 6) | Math.max(0, B64.indexOf(text[i + k]!));
    for (let k = 16; k >= 0 && at < out.length; k -= 8) out[at++] = (n >> k) & 255;
  }
  return ok(out);
}

/** Sequential little-endian or big-endian reader that never runs past the end: check `left`. */
export class ByteReader {
  at = 0;
  constructor(readonly bytes: Uint8Array) {}
  get left(): number {
    return this.bytes.length - this.at;
  }
  /** The next `n` bytes, or null when fewer are left (position unchanged). */
  take(n: number): Uint8Array | null {
    if (n < 0 || n > this.left) return null;
    const part = this.bytes.subarray(this.at, this.at + n);
    this.at += n;
    return part;
  }
  /** The next byte, or null at the end. */
  byte(): number | null {
    return this.at < this.bytes.length ? this.bytes[this.at++]! : null;
  }
  peek(ahead = 0): number | null {
    return this.bytes[this.at + ahead] ?? null;
  }
}

/** Grows as it is written; the twin of `ByteReader`. */
export class ByteWriter {
  #bytes = new Uint8Array(64);
  #length = 0;
  get length(): number {
    return this.#length;
  }
  /** Makes room for `count` bytes more; the space doubles, so that growing costs little. */
  #reserve(count: number): void {
    const wanted = this.#length + count;
    if (wanted <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(wanted, 2 * this.#bytes.length));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
  byte(...values: readonly number[]): this {
    this.#reserve(values.length);
    for (const v of values) this.#bytes[this.#length++] = v;
    return this;
  }
  put(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }
  /** `size` bytes, least significant first. */
  uintLe(value: bigint | number, size: number): this {
    let v = BigInt.asUintN(8 * size, BigInt(value));
    for (let i = 0; i < size; i++, v >>= 8n) this.byte(Number(v & 255n));
    return this;
  }
  /** `size` bytes, most significant first. */
  uintBe(value: bigint | number, size: number): this {
    const v = BigInt.asUintN(8 * size, BigInt(value));
    for (let i = size - 1; i >= 0; i--) this.byte(Number((v >> BigInt(8 * i)) & 255n));
    return this;
  }
  done(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}

/** Unsigned little-endian integer of up to 8 bytes. */
export function uintLe(bytes: Uint8Array): bigint {
  let v = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) v = (v << 8n) | BigInt(bytes[i]!);
  return v;
}

/** Two's complement little-endian integer of up to 8 bytes. */
export const intLe = (bytes: Uint8Array): bigint => BigInt.asIntN(8 * bytes.length, uintLe(bytes));
