/**
 * Building blocks for grammars: one value that can be read and written. A service of xDLMS is a
 * table of these, so that its decoder and its encoder cannot drift apart.
 * Knows A-XDR (IEC 61334-6), no service; used by `axdr.ts`, `fields.ts` and `services.table.ts`.
 */
import type { Cursor, FormWriter } from './cursor.ts';

export type Codec<T> = {
  read(c: Cursor): T;
  write(w: FormWriter, value: T): void;
};

/** The value type of a codec. */
export type Of<C> = C extends Codec<infer T> ? T : never;

export const uint = (size: number): Codec<number> => ({
  read: (c) => c.uint(size),
  write: (w, v) => void w.uintBe(v, size),
});

export const u8 = uint(1);
export const u16 = uint(2);
export const u32 = uint(4);

export const i8: Codec<number> = {
  read: (c) => (c.byte() << 24) >> 24,
  write: (w, v) => void w.byte(v),
};

export const bool: Codec<boolean> = {
  read: (c) => c.boolean(),
  write: (w, v) => void w.boolean(v),
};

/** OCTET STRING with its length. */
export const octets: Codec<Uint8Array> = {
  read: (c) => c.octets(),
  write: (w, v) => void w.octets(v),
};

export const fixed = (size: number): Codec<Uint8Array> => ({
  read: (c) => c.take(size),
  write: (w, v) => void w.put(v),
});

export type Shape<F> = { readonly [K in keyof F]: Of<F[K]> };

/** SEQUENCE: the fields in order. */
export function seq<F extends Readonly<Record<string, Codec<unknown>>>>(
  fields: F,
): Codec<Shape<F>> {
  const entries = Object.entries(fields);
  return {
    read: (c) => {
      const out: Record<string, unknown> = {};
      for (const [name, codec] of entries) out[name] = codec.read(c);
      return out as Shape<F>;
    },
    write: (w, value) => {
      const v = value as Readonly<Record<string, unknown>>;
      for (const [name, codec] of entries) codec.write(w, v[name]);
    },
  };
}

/** SEQUENCE OF, every element at least `each` bytes long. */
export const list = <T>(item: Codec<T>, each = 1): Codec<readonly T[]> => ({
  read: (c) => {
    const n = c.count(each);
    const out: T[] = [];
    for (let i = 0; i < n && !c.failed; i++) out.push(item.read(c));
    return out;
  },
  write: (w, v) => {
    w.count(v.length);
    for (const one of v) item.write(w, one);
  },
});

/** OPTIONAL: 00 absent, 01 present (IEC 61334-6 clause 6.7). */
export const optional = <T>(codec: Codec<T>): Codec<T | null> => ({
  read: (c) => {
    const flag = c.byte();
    if (flag > 1) c.fail('bad_choice', `${flag} is no usage flag.`, 'IEC 61334-6 6.7');
    return flag === 1 ? codec.read(c) : null;
  },
  write: (w, v) => {
    w.byte(v === null ? 0 : 1);
    if (v !== null) codec.write(w, v);
  },
});

/** CHOICE by one byte; the value tells its kind by the only key it has. */
export function choice<const F extends Readonly<Record<number, readonly [string, Codec<unknown>]>>>(
  branches: F,
): Codec<Branch<F>> {
  const rows = Object.entries(branches).map(
    ([tag, [name, codec]]) => [Number(tag), name, codec] as const,
  );
  return {
    read: (c) => {
      const tag = c.byte();
      const row = rows.find(([t]) => t === tag);
      if (!row) c.fail('bad_choice', `${tag} is none of the choices.`);
      return (row ? { [row[1]]: row[2].read(c) } : {}) as Branch<F>;
    },
    write: (w, value) => {
      const v = value as Readonly<Record<string, unknown>>;
      const row = rows.find(([, name]) => name in v);
      if (!row) return;
      w.byte(row[0]);
      row[2].write(w, v[row[1]]);
    },
  };
}

/** `{ data: … } | { error: … }` of a table `{ 0: ['data', …], 1: ['error', …] }`. */
export type Branch<F> = {
  [K in keyof F]: F[K] extends readonly [infer N extends string, infer C]
    ? { readonly [P in N]: Of<C> }
    : never;
}[keyof F];
