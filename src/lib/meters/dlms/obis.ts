/**
 * OBIS codes as six bytes and as text (IEC 62056-6-1:2017 clause 4). Knows groups, no meaning.
 */
export const OBIS_SIZE = 6;

/** `A-B:C.D.E*F`, e.g. `1-0:1.8.0*255`. */
export const formatObis = (b: Uint8Array): string =>
  `${b[0]}-${b[1]}:${b[2]}.${b[3]}.${b[4]}*${b[5]}`;

/** Reads `A-B:C.D.E*F`; null when it is none. A missing F is 255. */
export function parseObis(text: string): Uint8Array | null {
  const m = /^(\d{1,3})-(\d{1,3}):(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\*(\d{1,3}))?$/.exec(text);
  const groups = m?.slice(1).map((group) => Number(group ?? 255));
  return groups?.every((group) => group <= 255) ? Uint8Array.from(groups) : null;
}

/** Media of group A (IEC 62056-6-1:2017 table 1) end at 15; text of six bytes begins higher. */
export const looksLikeObis = (b: Uint8Array): boolean => b.length === OBIS_SIZE && b[0]! <= 15;
