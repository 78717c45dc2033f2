/**
 * Seeded pseudo-random numbers: one seed replays one world. Not for keys, tokens or ids that must
 * not be guessed. Algorithm: xoshiro128** seeded by splitmix32 (Blackman and Vigna, public domain).
 */
export type Prng = {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [from, to). */
  int(from: number, to: number): number;
  /** True with probability `p`. */
  chance(p: number): boolean;
  /** Standard normal (Box-Muller). */
  normal(): number;
  pick<T>(list: readonly T[]): T;
  bytes(n: number): Uint8Array;
  /** An independent stream named by `label`; the same label gives the same stream. */
  fork(label: string): Prng;
};

function splitmix(seed: number): () => number {
  let s = seed | 0;
  return () => {
    s = (s + 0x9e3779b9) | 0;
    let t = s ^ (s >>> 16);
    t = Math.imul(t, 0x21f0aaad);
    t ^= t >>> 15;
    t = Math.imul(t, 0x735a2d97);
    return (t ^ (t >>> 15)) >>> 0;
  };
}

/** FNV-1a, so that streams can be named by words. */
function hashLabel(label: string, seed: number): number {
  let h = 0x811c9dc5 ^ seed;
  for (let i = 0; i < label.length; i++) h = Math.imul(h ^ label.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

export function createPrng(seed: number): Prng {
  const mix = splitmix(seed);
  let [a, b, c, d] = [mix(), mix(), mix(), mix()];
  const u32 = (): number => {
    const x = Math.imul(b, 5);
    const result = Math.imul((x << 7) | (x >>> 25), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return result;
  };
  const next = (): number => u32() / 4294967296;
  return {
    next,
    int: (from, to) => from + Math.floor(next() * (to - from)),
    chance: (p) => next() < p,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    pick: (list) => list[Math.floor(next() * list.length)]!,
    bytes: (n) => Uint8Array.from({ length: n }, () => u32() & 255),
    fork: (label) => createPrng(hashLabel(label, seed)),
  };
}
