/**
 * Selective access to a profile, by range and by entry, both ways (IEC 62056-6-2:2021 clause
 * 4.3.6.2.2; selectors 1 and 2). Knows descriptors, no buffer; called by the client's plans and
 * simulated meters.
 */
import { decodeData, encodeData, type DlmsData } from '../axdr.ts';
import { readDateTime, type CosemDateTime } from '../date-time.ts';
import { formatObis } from '../obis.ts';
import { integerOf } from '../values.ts';
import { array, i8, obisData, octets, structure, u16, u32 } from './build.ts';

export const [BY_RANGE, BY_ENTRY] = [1, 2];

/** One column of a profile: `index` 0 is the whole attribute, else an element of it from 1 on. */
export type CaptureObject = {
  readonly classId: number;
  /** `A-B:C.D.E*F`. */
  readonly obis: string;
  readonly attribute: number;
  readonly index: number;
};

export type RangeSelection = {
  readonly kind: 'range';
  readonly column: CaptureObject;
  /** Twelve bytes each; both ends belong to the range. */
  readonly from: Uint8Array;
  readonly to: Uint8Array;
};

/** Entries and columns are counted from 1; `toEntry` and `toColumn` 0 mean the last one. */
export type EntrySelection = {
  readonly kind: 'entry';
  readonly fromEntry: number;
  readonly toEntry: number;
  readonly fromColumn: number;
  readonly toColumn: number;
};

export type ProfileSelection = RangeSelection | EntrySelection;

/** The clock, by which profiles are sorted. */
export const CLOCK: CaptureObject = { classId: 8, obis: '0-0:1.0.0*255', attribute: 2, index: 0 };

export const captureObjectData = (o: CaptureObject): DlmsData =>
  structure([u16(o.classId), obisData(o.obis), i8(o.attribute), u16(o.index)]);

export function readCaptureObject(d: DlmsData | undefined): CaptureObject | null {
  if (d?.type !== 'structure' || d.value.length !== 4) return null;
  const [classId, obis, attribute, index] = d.value;
  if (obis?.type !== 'octet-string' || obis.value.length !== 6) return null;
  const numbers = [classId, attribute, index].map((one) => integerOf(one));
  if (numbers.some((one) => one === null)) return null;
  const [id, at, element] = numbers.map(Number);
  return { classId: id!, obis: formatObis(obis.value), attribute: at!, index: element! };
}

/** Selector and parameters as GET carries them. */
export function encodeSelection(s: ProfileSelection): {
  readonly selector: number;
  readonly parameters: Uint8Array;
} {
  if (s.kind === 'range') {
    const parts = [captureObjectData(s.column), octets(s.from), octets(s.to), array([])];
    return { selector: BY_RANGE, parameters: encodeData(structure(parts)) };
  }
  const { fromEntry, toEntry, fromColumn, toColumn } = s;
  const parts = [u32(fromEntry), u32(toEntry), u16(fromColumn), u16(toColumn)];
  return { selector: BY_ENTRY, parameters: encodeData(structure(parts)) };
}

function readRange(items: readonly DlmsData[]): RangeSelection | null {
  const [restricting, from, to] = items;
  const column = readCaptureObject(restricting);
  const isTime = (d: DlmsData | undefined): d is DlmsData & { readonly value: Uint8Array } =>
    (d?.type === 'octet-string' || d?.type === 'date-time') && d.value.length === 12;
  if (!column || items.length !== 4 || !isTime(from) || !isTime(to)) return null;
  return { kind: 'range', column, from: from.value, to: to.value };
}

/** Twin of `encodeSelection`; null when the descriptor is none. */
export function readSelection(selector: number, parameters: Uint8Array): ProfileSelection | null {
  const read = decodeData(parameters);
  if (!read.ok || read.value.data.type !== 'structure') return null;
  const items = read.value.data.value;
  if (selector === BY_RANGE) return readRange(items);
  const numbers = items.map((item) => integerOf(item));
  if (selector !== BY_ENTRY || numbers.length !== 4) return null;
  if (numbers.some((one) => one === null)) return null;
  const [fromEntry, toEntry, fromColumn, toColumn] = numbers.map(Number);
  return {
    kind: 'entry',
    fromEntry: fromEntry!,
    toEntry: toEntry!,
    fromColumn: fromColumn!,
    toColumn: toColumn!,
  };
}

/** Sortable number of a clock reading; fields that are not given count as their lowest. */
const orderOf = (t: CosemDateTime): number => {
  const { year, month, day, hour, minute, second } = t;
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day ?? 1, hour ?? 0, minute ?? 0, second ?? 0);
};

/** Whether a clock reading lies in the range, as the meter's own clock shows it. */
export function isWithin(time: Uint8Array, { from, to }: RangeSelection): boolean {
  const [at, first, last] = [time, from, to].map(readDateTime);
  if (!at || !first || !last) return false;
  return orderOf(at) >= orderOf(first) && orderOf(at) <= orderOf(last);
}
