/**
 * Objects of a P1 telegram: an address and groups in parentheses, and what their shape says (DSMR
 * P1 5.0.2 clause 6.12, DSMR 3.0 clause 4.6). The shape decides, not the address: countries use
 * different addresses for the same shapes. Knows no frame; called by `telegram.ts`.
 *
 * | shape                              | is                                        |
 * |------------------------------------|-------------------------------------------|
 * | (text) or (number*unit)            | a value                                   |
 * | (time)(number*unit)                | a value of that time, of an M-Bus meter   |
 * | (time)(..)(..)(..)(id)(unit)(number) | the same in DSMR 2 and 3, on two lines  |
 * | (n)(id)…(row)(row)…                | a log of n rows: failures, monthly peaks  |
 */
import { parseDecimal, type Decimal } from '#lib/base/decimal.ts';
import { looksLikeTime, parseP1Time, type P1Time } from './time.ts';

export type P1Value =
  | { readonly kind: 'number'; readonly value: Decimal; readonly unit: string }
  | { readonly kind: 'text'; readonly text: string }
  /** The meter says that it has none, or the groups hold no single value. */
  | { readonly kind: 'none' };

export type P1LogRow = { readonly times: readonly P1Time[]; readonly value: P1Value };

export type P1Object = {
  /** As written: `1-0:1.8.1`. */
  readonly obis: string;
  readonly groups: readonly string[];
  readonly value: P1Value;
  readonly time: P1Time | null;
  readonly log: readonly P1LogRow[];
};

const NUMBER = /^([+-]?\d+(?:\.\d+)?)\*([^*\s]+)$/;
const OBIS = /^\d+-\d+:\d+\.\d+\.\d+$/;
/** Groups of the old M-Bus object and where its unit and number stand (DSMR 3.0 clause 4.6). */
const OLD_UNIT = 5;
const OLD_NUMBER = 6;

const none: P1Value = { kind: 'none' };

export function readValue(text: string): P1Value {
  const match = NUMBER.exec(text);
  const number = match && parseDecimal(match[1]!);
  if (match && number?.ok) return { kind: 'number', value: number.value, unit: match[2]! };
  return { kind: 'text', text };
}

type Meaning = Pick<P1Object, 'value' | 'time' | 'log'>;

const plain = (value: P1Value, time: P1Time | null = null): Meaning => ({ value, time, log: [] });

/** A reading that was never taken has an impossible time (632525252525). */
function timed(time: string, value: P1Value): Meaning {
  const at = parseP1Time(time);
  return at ? plain(value, at) : plain(none);
}

function oldMbus(groups: readonly string[]): Meaning {
  const number = groups[OLD_NUMBER];
  return timed(
    groups[0]!,
    number === undefined ? none : readValue(`${number}*${groups[OLD_UNIT]}`),
  );
}

function logOf(groups: readonly string[]): Meaning | null {
  const count = /^\d{1,3}$/.test(groups[0] ?? '') ? Number(groups[0]) : -1;
  let first = 1;
  while (OBIS.test(groups[first] ?? '')) first++;
  const cells = groups.slice(first);
  if (count < 0 || first === 1 || (count === 0 ? cells.length : cells.length % count)) return null;
  const width = count === 0 ? 0 : cells.length / count;
  const log = Array.from({ length: count }, (_, i): P1LogRow => {
    const row = cells.slice(i * width, (i + 1) * width);
    const times = row.flatMap((cell) => parseP1Time(cell) ?? []);
    const value = row.find((cell) => !looksLikeTime(cell));
    return { times, value: value === undefined ? none : readValue(value) };
  });
  return { value: none, time: null, log };
}

function meaningOf(groups: readonly string[]): Meaning {
  const [first = '', second] = groups;
  if (second === undefined) return plain(readValue(first));
  if (looksLikeTime(first)) {
    if (groups.length === 2) return timed(first, readValue(second));
    if (groups.length > OLD_UNIT && OBIS.test(groups[4]!)) return oldMbus(groups);
  }
  return logOf(groups) ?? plain(none);
}

export type ObjectList = {
  readonly objects: readonly P1Object[];
  /** Lines that are no object; nothing of them is guessed. */
  readonly unreadable: readonly string[];
};

/** Reads the lines between header and `!`. A line of groups alone continues the one before. */
export function parseObjects(text: string): ObjectList {
  const rows: { obis: string; groups: string[] }[] = [];
  const unreadable: string[] = [];
  for (const line of text.split(/\r?\n|\r/)) {
    const match = /^([^()]*)((?:\([^()]*\))+)\s*$/.exec(line);
    const last = rows.at(-1);
    if (!match || (match[1] === '' && !last)) {
      if (line.trim() !== '') unreadable.push(line);
      continue;
    }
    const groups = [...match[2]!.matchAll(/\(([^()]*)\)/g)].map((group) => group[1]!);
    if (match[1] === '' && last) last.groups.push(...groups);
    else rows.push({ obis: match[1]!.trim(), groups });
  }
  const objects = rows.map(({ obis, groups }) => ({ obis, groups, ...meaningOf(groups) }));
  return { objects, unreadable };
}

/** Twin of `parseObjects` for one object; the old M-Bus object takes its two lines. */
export function formatObject({ obis, groups }: Pick<P1Object, 'obis' | 'groups'>): string {
  const wrapped = groups.map((group) => `(${group})`);
  const isOld = groups.length === OLD_NUMBER + 1 && looksLikeTime(groups[0]!);
  if (!isOld) return `${obis}${wrapped.join('')}\r\n`;
  return `${obis}${wrapped.slice(0, OLD_NUMBER).join('')}\r\n${wrapped[OLD_NUMBER]}\r\n`;
}
