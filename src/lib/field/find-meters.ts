/**
 * Finding a meter in a round by what a person can see: the last digits on its plate, the flat, the
 * address. Knows text only. The round's list calls it on every letter.
 */
type Findable = {
  readonly serial: string;
  readonly flat: string | null;
  readonly address: string;
};

const WORD_AND_NUMBER = /^\p{L}{1,6}\.?\s*(\d\S*)$/u;
const flatNumber = ({ flat }: Findable): string =>
  (flat?.toLowerCase() ?? '').replace(/^\p{L}+\.?\s*/u, '');

/** Meters whose number ends with the digits come first, then those that carry the text anywhere. */
export function findMeters<T extends Findable>(meters: readonly T[], query: string): readonly T[] {
  const wanted = query.trim().toLowerCase();
  if (!wanted) return meters;
  // "кв 43", "flat 43": the word that the screen puts before a flat's number means the flat alone.
  const flat = WORD_AND_NUMBER.exec(wanted)?.[1];
  const named = flat ? meters.filter((meter) => flatNumber(meter) === flat) : [];
  if (named.length > 0) return named;
  const digits = /^[\d\s]+$/.test(wanted) ? wanted.replace(/\s/g, '') : null;
  const ranked = meters.flatMap((meter) => {
    const rank = rankOf(meter, wanted, digits);
    return rank === null ? [] : [{ meter, rank }];
  });
  return ranked.sort((a, b) => a.rank - b.rank).map(({ meter }) => meter);
}

function rankOf(meter: Findable, wanted: string, digits: string | null): number | null {
  const serial = meter.serial.replace(/\s/g, '').toLowerCase();
  const flat = meter.flat?.toLowerCase() ?? '';
  if (digits && flat.replace(/\D/g, '') === digits) return 0;
  if (digits && serial.endsWith(digits)) return 1;
  if (flat === wanted) return 0;
  if (flat.includes(wanted)) return 2;
  if (serial.includes(digits ?? wanted)) return 3;
  return meter.address.toLowerCase().includes(wanted) ? 4 : null;
}

type Coded = { readonly serial: string; readonly radioId: string | null };
/** Shorter numbers stand in too many codes by chance. */
const LEAST_PART = 6;
const bare = (text: string): string => text.replace(/[\s./-]/g, '').toUpperCase();

/**
 * The meter that a scanned code names: its number, its radio address, or a code that ends with its
 * number, as makers put letters before it. Null when none or several could be meant.
 */
export function meterOfCode<T extends Coded>(meters: readonly T[], code: string): T | null {
  const wanted = bare(code);
  if (wanted === '') return null;
  const ways: ((meter: T) => boolean)[] = [
    ({ serial }) => bare(serial) === wanted,
    ({ radioId }) => radioId !== null && bare(radioId) === wanted,
    ({ serial }) => bare(serial).length >= LEAST_PART && wanted.endsWith(bare(serial)),
    ({ serial }) => wanted.length >= LEAST_PART && bare(serial).endsWith(wanted),
  ];
  for (const isNamed of ways) {
    const named = meters.filter(isNamed);
    if (named.length > 0) return named.length === 1 ? named[0]! : null;
  }
  return null;
}

export const metersById = <T extends { readonly meterId: number }>(
  meters: readonly T[],
): ReadonlyMap<number, T> => new Map(meters.map((meter) => [meter.meterId, meter]));
