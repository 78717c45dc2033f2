/**
 * What SML messages say: list entries and profile periods as OBIS values with unit, scaler, status
 * and time (SML 1.04 clauses 5.1.6, 5.1.8, 5.1.14). Knows the shapes of these lists and the known
 * deviations of meters, no bytes. Called by `file.ts` and the simulated sender.
 */
import type { Decimal } from '#lib/base/decimal.ts';
import { UNIT_TABLE } from './unit.table.ts';
import {
  bytesOf,
  int,
  itemsOf,
  list,
  numberOf,
  octets,
  omitted,
  uint,
  type SmlValue,
} from './value.ts';

export type SmlTime =
  /** Seconds since the meter started: no instant by itself. */
  | { readonly kind: 'index'; readonly seconds: number }
  /** UTC seconds since 1970; offsets in minutes where the meter tells its local time. */
  | {
      readonly kind: 'timestamp';
      readonly seconds: number;
      readonly localMinutes: number;
      readonly seasonMinutes: number;
    };

export type SmlContent =
  | {
      readonly kind: 'number';
      readonly value: Decimal;
      readonly raw: bigint;
      readonly size: number;
    }
  | { readonly kind: 'octets'; readonly bytes: Uint8Array }
  | { readonly kind: 'bool'; readonly value: boolean }
  /** Left out, or a structure that has no register's value. */
  | { readonly kind: 'none' };

export type SmlEntry = {
  /** `A-B:C.D.E*F`. */
  readonly obis: string;
  readonly status: bigint | null;
  readonly time: SmlTime | null;
  readonly unitCode: number | null;
  /** Null when the entry has no unit or one that is in no table. */
  readonly unit: string | null;
  readonly scaler: number;
  readonly content: SmlContent;
};

const UNITS: ReadonlyMap<number, string> = new Map(UNIT_TABLE.map((u) => [u.code, u.unit]));
const OBIS_LENGTH = 6;
const ENTRY_LENGTH = 7;

export function formatObis(bytes: Uint8Array): string | null {
  if (bytes.length !== OBIS_LENGTH) return null;
  const [a, b, c, d, e, f] = bytes;
  return `${a}-${b}:${c}.${d}.${e}*${f}`;
}

/** Twin of `formatObis`; null for other text. */
export function parseObis(text: string): Uint8Array | null {
  const match = /^(\d+)-(\d+):(\d+)\.(\d+)\.(\d+)\*(\d+)$/.exec(text);
  const groups = match?.slice(1).map(Number) ?? [];
  return match && groups.every((n) => n < 256) ? Uint8Array.from(groups) : null;
}

/** A time as a choice of three; Holley meters send the bare number of seconds instead. */
export function readTime(value: SmlValue | undefined): SmlTime | null {
  if (value === undefined || value.kind === 'omitted') return null;
  const bare = numberOf(value);
  if (bare !== null) return { kind: 'index', seconds: Number(bare) };
  const [choice, content] = itemsOf(value) ?? [];
  const tag = numberOf(choice);
  const seconds = numberOf(content);
  if (tag === 1n && seconds !== null) return { kind: 'index', seconds: Number(seconds) };
  if (tag === 2n && seconds !== null) return timestamp(seconds, 0n, 0n);
  const [utc, local, season] = (itemsOf(content) ?? []).map(numberOf);
  return tag === 3n && utc != null ? timestamp(utc, local ?? 0n, season ?? 0n) : null;
}

const timestamp = (seconds: bigint, local: bigint, season: bigint): SmlTime => ({
  kind: 'timestamp',
  seconds: Number(seconds),
  localMinutes: Number(local),
  seasonMinutes: Number(season),
});

function readContent(value: SmlValue | undefined, scaler: number): SmlContent {
  switch (value?.kind) {
    case 'int':
    case 'uint': {
      const { value: raw, size } = value;
      return { kind: 'number', value: { units: raw, scale: scaler }, raw, size };
    }
    case 'octets':
      return { kind: 'octets', bytes: value.bytes };
    case 'bool':
      return { kind: 'bool', value: value.value };
    default:
      return { kind: 'none' };
  }
}

type Raw = {
  readonly name: SmlValue | undefined;
  readonly status?: SmlValue | undefined;
  readonly time?: SmlTime | null;
  readonly unit: SmlValue | undefined;
  readonly scaler: SmlValue | undefined;
  readonly value: SmlValue | undefined;
};

function entry(raw: Raw): SmlEntry | null {
  const name = bytesOf(raw.name);
  const obis = name && formatObis(name);
  if (!obis) return null;
  const code = numberOf(raw.unit);
  const unitCode = code === null ? null : Number(code);
  const scaler = Number(numberOf(raw.scaler) ?? 0n);
  return {
    obis,
    status: numberOf(raw.status),
    time: raw.time ?? null,
    unitCode,
    unit: unitCode === null ? null : (UNITS.get(unitCode) ?? null),
    scaler,
    content: readContent(raw.value, scaler),
  };
}

export type EntryList = {
  readonly entries: readonly SmlEntry[];
  /** Elements that are no list entry. */
  readonly unreadable: number;
};

/** `of` elements, each read by `read`; what cannot be read is counted. */
function collect(items: readonly SmlValue[], read: (item: SmlValue) => SmlEntry | null): EntryList {
  const entries: SmlEntry[] = [];
  for (const item of items) {
    const found = read(item);
    if (found) entries.push(found);
  }
  return { entries, unreadable: items.length - entries.length };
}

/** The value list of a get-list response; null when it is no list at all. */
export function readValueList(value: SmlValue | undefined): EntryList | null {
  const items = itemsOf(value);
  if (!items) return null;
  return collect(items, (item) => {
    const parts = itemsOf(item);
    if (parts?.length !== ENTRY_LENGTH) return null;
    const [name, status, time, unit, scaler, content] = parts;
    return entry({ name, status, time: readTime(time), unit, scaler, value: content });
  });
}

type Elements = Readonly<Record<string, SmlValue>>;

/** One moment of a profile, all its columns (clause 5.1.8). */
export function readProfileList(elements: Elements): EntryList | null {
  const items = itemsOf(elements.periodList);
  const time = readTime(elements.valTime);
  if (!items) return null;
  return collect(items, (item) => {
    const [name, unit, scaler, value] = itemsOf(item) ?? [];
    return entry({ name, status: elements.status, time, unit, scaler, value });
  });
}

/** Many moments of a profile; the columns are in a header of their own (clause 5.1.6). */
export function readProfilePack(elements: Elements): EntryList | null {
  const columns = itemsOf(elements.headerList)?.map((item) => itemsOf(item) ?? []);
  const periods = itemsOf(elements.periodList);
  if (!columns || !periods) return null;
  const lists = periods.map((period) => {
    const [valTime, status, values] = itemsOf(period) ?? [];
    const time = readTime(valTime);
    return collect(itemsOf(values) ?? [], (item) => {
      const [name, unit, scaler] = columns[itemsOf(values)!.indexOf(item)] ?? [];
      return entry({ name, status, time, unit, scaler, value: itemsOf(item)?.[0] });
    });
  });
  return {
    entries: lists.flatMap(({ entries }) => entries),
    unreadable: lists.reduce((sum, { unreadable }) => sum + unreadable, 0),
  };
}

export function writeTime(time: SmlTime | null): SmlValue {
  if (!time) return omitted;
  if (time.kind === 'index') return list(uint(1, 1), uint(time.seconds, 4));
  const { seconds, localMinutes, seasonMinutes } = time;
  return list(uint(3, 1), list(uint(seconds, 4), int(localMinutes, 2), int(seasonMinutes, 2)));
}

function writeContent(content: SmlContent): SmlValue {
  switch (content.kind) {
    case 'number':
      return { kind: 'int', value: content.raw, size: content.size };
    case 'octets':
      return octets(content.bytes);
    case 'bool':
      return { kind: 'bool', value: content.value };
    case 'none':
      return omitted;
  }
}

/** Twin of `readValueList`; entries whose OBIS code is none are left out. */
export function writeValueList(entries: readonly SmlEntry[]): SmlValue {
  return list(
    ...entries.flatMap((e) => {
      const name = parseObis(e.obis);
      if (!name) return [];
      return [
        list(
          octets(name),
          e.status === null ? omitted : uint(e.status, 4),
          writeTime(e.time),
          e.unitCode === null ? omitted : uint(e.unitCode, 1),
          e.content.kind === 'number' ? int(e.scaler, 1) : omitted,
          writeContent(e.content),
          omitted,
        ),
      ];
    }),
  );
}
