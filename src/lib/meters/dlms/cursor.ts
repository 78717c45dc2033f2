/**
 * Reading and writing of A-XDR and BER bytes (IEC 61334-6 clause 6; ITU-T X.690 clause 8.1.3).
 *
 * A cursor remembers the first fault and then delivers zeros, so that a grammar reads straight on
 * and is asked once at its end. Where the standard leaves the sender a choice (a length in more
 * bytes than needed, the octet of TRUE), the cursor notes the form and the writer repeats it.
 * Knows no service; every codec of this folder uses it.
 */
import { ByteWriter } from '#lib/base/bytes.ts';
import type { Fault } from '#lib/base/result.ts';

/** Forms that differ from the canonical one, by the ordinal of the length or boolean. */
export type Forms = ReadonlyMap<number, number>;

const NOTHING = new Uint8Array(0);

export class Cursor {
  at = 0;
  fault: Fault | null = null;
  readonly forms = new Map<number, number>();
  #ordinal = 0;

  constructor(readonly bytes: Uint8Array) {}

  get left(): number {
    return this.bytes.length - this.at;
  }
  get failed(): boolean {
    return this.fault !== null;
  }
  /** Keeps the first fault; later ones are its consequences. */
  fail(code: string, detail: string, clause?: string): void {
    this.fault ??= { code, detail, offset: this.at, clause };
  }
  take(n: number): Uint8Array {
    if (this.failed) return NOTHING;
    if (n > this.left) {
      this.fail('truncated', `${n} bytes should follow, ${this.left} are left.`);
      return NOTHING;
    }
    this.at += n;
    return this.bytes.subarray(this.at - n, this.at);
  }
  /** Unsigned, most significant byte first; up to six bytes. */
  uint(size: number): number {
    let v = 0;
    for (const b of this.take(size)) v = v * 256 + b;
    return v;
  }
  byte(): number {
    return this.uint(1);
  }
  /** One length (X.690 clause 8.1.3): up to four bytes behind the first. */
  length(): number {
    const ordinal = this.#ordinal++;
    const first = this.byte();
    if (first < 0x80) return first;
    const size = first & 0x7f;
    if (size === 0 || size > 4) {
      this.fail('bad_length', `${size} bytes of length are not allowed here.`);
      return 0;
    }
    const length = this.uint(size);
    if (size !== lengthSize(length)) this.forms.set(ordinal, size);
    return length;
  }
  boolean(): boolean {
    const ordinal = this.#ordinal++;
    const octet = this.byte();
    if (octet > 1) this.forms.set(ordinal, octet);
    return octet !== 0;
  }
  octets(): Uint8Array {
    return this.take(this.length());
  }
  /** A count of elements that need at least `each` bytes. */
  count(each: number): number {
    const n = this.length();
    if (n * each <= this.left) return n;
    this.fail('truncated', `${n} elements cannot fit into ${this.left} bytes.`);
    return 0;
  }
  /** Reports what is behind the last element. */
  end(): void {
    if (this.left > 0) this.fail('trailing_bytes', `${this.left} bytes are left over.`);
  }
}

/** Bytes behind the first length byte in the shortest form. */
function lengthSize(length: number): number {
  if (length < 0x80) return 0;
  return length < 0x100 ? 1 : length < 0x1_0000 ? 2 : length < 0x100_0000 ? 3 : 4;
}

/** Twin of `Cursor`: the same elements in the same order make the same bytes. */
export class FormWriter extends ByteWriter {
  #next: { ordinal: number };
  constructor(
    readonly forms: Forms = new Map(),
    next = { ordinal: 0 },
  ) {
    super();
    this.#next = next;
  }
  #writeLength(length: number, ordinal: number): this {
    const size = this.forms.get(ordinal) ?? lengthSize(length);
    return size === 0 ? this.byte(length) : this.byte(0x80 | size).uintBe(length, size);
  }
  count(length: number): this {
    return this.#writeLength(length, this.#next.ordinal++);
  }
  boolean(value: boolean): this {
    return this.byte(value ? (this.forms.get(this.#next.ordinal++) ?? 1) : this.#skip());
  }
  #skip(): number {
    this.#next.ordinal++;
    return 0;
  }
  octets(bytes: Uint8Array): this {
    return this.count(bytes.length).put(bytes);
  }
  /** A length, then what `fill` writes: lengths inside come after the outer one in order. */
  nested(fill: (inner: FormWriter) => void): this {
    const ordinal = this.#next.ordinal++;
    const inner = new FormWriter(this.forms, this.#next);
    fill(inner);
    const bytes = inner.done();
    return this.#writeLength(bytes.length, ordinal).put(bytes);
  }
}
