/**
 * The objects of a simulated logical device: attributes, methods, profiles. Knows interface
 * classes, no association and no line; `services.ts` serves them.
 */
import type { DlmsData } from '../../../meters/dlms/axdr.ts';
import { array, nothing, obisData, structure, u16, u32 } from '../../../meters/dlms/cosem/build.ts';
import { fitsAttribute } from '../../../meters/dlms/cosem/objects.ts';
import {
  captureObjectData,
  isWithin,
  type CaptureObject,
  type ProfileSelection,
} from '../../../meters/dlms/cosem/selection.ts';
import { enumeration } from '../../../meters/dlms/cosem/build.ts';

/** Results of access and action (IEC 62056-5-3:2017 clause 8). */
export const RESULT = {
  success: 0,
  temporaryFailure: 2,
  denied: 3,
  undefined: 4,
  inconsistent: 9,
  typeUnmatched: 12,
  scope: 13,
  noBlock: 16,
  badBlock: 19,
  other: 250,
} as const satisfies Readonly<Record<string, number>>;

/** Data, or the number of a refusal. */
export type Outcome = { readonly data: DlmsData } | { readonly error: number };

/** `at` is UTC milliseconds of the device's clock. */
export type ReadValue = (at: number, selection: ProfileSelection | null) => Outcome;
export type CallMethod = (
  parameter: DlmsData | null,
  at: number,
) => { readonly status: number; readonly data: DlmsData | null };

export type CosemObject = {
  readonly classId: number;
  /** `A-B:C.D.E*F`. */
  readonly obis: string;
  readonly attributes: Map<number, DlmsData | ReadValue>;
  readonly writable: ReadonlySet<number>;
  /** Called after a write, so that the device can act on it. */
  readonly onWrite?: ((attribute: number, data: DlmsData, at: number) => void) | undefined;
  readonly methods: ReadonlyMap<number, CallMethod>;
  /** Also a client without authentication may read it. */
  readonly isPublic: boolean;
};

type ObjectParts = Pick<CosemObject, 'classId' | 'obis'> & {
  readonly attributes: Readonly<Record<number, DlmsData | ReadValue>>;
  readonly writable?: readonly number[];
  readonly onWrite?: CosemObject['onWrite'];
  readonly methods?: Readonly<Record<number, CallMethod>>;
  readonly isPublic?: boolean;
};

const byNumber = <T>(record: Readonly<Record<number, T>>): Map<number, T> =>
  new Map(Object.entries(record).map(([number, value]) => [Number(number), value]));

export function cosemObject(parts: ObjectParts): CosemObject {
  const attributes = byNumber<DlmsData | ReadValue>(parts.attributes);
  attributes.set(1, obisData(parts.obis));
  return {
    classId: parts.classId,
    obis: parts.obis,
    attributes,
    writable: new Set(parts.writable ?? []),
    onWrite: parts.onWrite,
    methods: byNumber(parts.methods ?? {}),
    isPublic: parts.isPublic ?? false,
  };
}

export function readAttribute(
  object: CosemObject,
  attribute: number,
  { at, selection }: { readonly at: number; readonly selection: ProfileSelection | null },
): Outcome {
  const value = object.attributes.get(attribute);
  if (value === undefined) return { error: RESULT.denied };
  if (typeof value === 'function') return value(at, selection);
  return selection ? { error: RESULT.typeUnmatched } : { data: value };
}

/** Writes where that is allowed and the type fits; the number is the result. */
export function writeAttribute(
  object: CosemObject,
  attribute: number,
  { data, at }: { readonly data: DlmsData; readonly at: number },
): number {
  if (!object.writable.has(attribute)) return RESULT.denied;
  const old = object.attributes.get(attribute);
  const isSame = typeof old !== 'object' || old.type === 'null-data' || old.type === data.type;
  if (!isSame || !fitsAttribute(object.classId, attribute, data)) return RESULT.typeUnmatched;
  if (typeof old !== 'function') object.attributes.set(attribute, data);
  object.onWrite?.(attribute, data, at);
  return RESULT.success;
}

export type ProfileParts = {
  readonly obis: string;
  readonly columns: readonly CaptureObject[];
  /** Seconds; 0 for profiles that are not regular. */
  readonly periodS: number;
  readonly capacity: number;
  /** Oldest first, at most `capacity`. */
  readonly rows: (at: number) => readonly (readonly DlmsData[])[];
  /** Unchanged cells of later rows are left out (IEC 62056-6-2:2021 clause 4.3.6.2.1). */
  readonly isCompressed?: boolean;
  /** Which selections the device knows. */
  readonly selects?: readonly ProfileSelection['kind'][];
  readonly onReset?: (at: number) => void;
};

const timeIn = (row: readonly DlmsData[]): Uint8Array | null => {
  const cell = row.find((one) => one.type === 'octet-string' && one.value.length === 12);
  return cell?.type === 'octet-string' ? cell.value : null;
};

function selectRows(
  rows: readonly (readonly DlmsData[])[],
  s: ProfileSelection,
): readonly (readonly DlmsData[])[] {
  if (s.kind === 'range') {
    return rows.filter((row) => {
      const time = timeIn(row);
      return time !== null && isWithin(time, s);
    });
  }
  const columns = [Math.max(s.fromColumn, 1) - 1, s.toColumn || undefined] as const;
  return rows
    .slice(Math.max(s.fromEntry, 1) - 1, s.toEntry || undefined)
    .map((row) => row.slice(...columns));
}

const isEqual = (a: DlmsData, b: DlmsData | undefined): boolean =>
  b !== undefined && 'value' in a && 'value' in b && a.type === b.type && a.value === b.value;

/** The clock is left out only where the period tells it; here it never is. */
function compress(rows: readonly (readonly DlmsData[])[]): readonly (readonly DlmsData[])[] {
  return rows.map((row, i) =>
    row.map((cell, column) => (isEqual(cell, rows[i - 1]?.[column]) ? nothing : cell)),
  );
}

/** An object of class 7. */
export function profileObject(parts: ProfileParts): CosemObject {
  const { columns, periodS, capacity } = parts;
  const held = (at: number): readonly (readonly DlmsData[])[] => parts.rows(at).slice(-capacity);
  const buffer: ReadValue = (at, selection) => {
    const knows = parts.selects ?? ['range', 'entry'];
    if (selection && !knows.includes(selection.kind)) return { error: RESULT.typeUnmatched };
    const rows = selection ? selectRows(held(at), selection) : held(at);
    const sent = parts.isCompressed ? compress(rows) : rows;
    return { data: array(sent.map((row) => structure(row))) };
  };
  return cosemObject({
    classId: 7,
    obis: parts.obis,
    attributes: {
      2: buffer,
      3: array(columns.map(captureObjectData)),
      4: u32(periodS),
      5: enumeration(1),
      6: columns[0] ? captureObjectData(columns[0]) : nothing,
      7: (at) => ({ data: u32(held(at).length) }),
      8: u32(capacity),
    },
    methods: parts.onReset
      ? {
          1: (_, at) => {
            parts.onReset?.(at);
            return { status: RESULT.success, data: null };
          },
        }
      : {},
  });
}

/** The list of attribute 2 of the association object: class, version, name, rights left empty. */
export const objectList = (objects: readonly CosemObject[]): DlmsData =>
  array(
    objects.map(({ classId, obis }) =>
      structure([
        u16(classId),
        { type: 'unsigned', value: 0n },
        obisData(obis),
        structure([array([]), array([])]),
      ]),
    ),
  );
