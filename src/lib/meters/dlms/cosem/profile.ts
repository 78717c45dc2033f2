/**
 * The buffer of a profile as rows: what was left out because it can be derived is put back
 * (IEC 62056-6-2:2021 clause 4.3.6.2.1). Null-data means "as in the row before", for the clock
 * "the row before plus the capture period"; delta types are added to the row before.
 *
 * Knows rows and columns, no registers and no exchange. Called by the client's plans.
 */
import { fault, ok, type Result } from '#lib/base/result.ts';
import type { DlmsData } from '../axdr.ts';
import { encodeDateTime, readDateTime, type CosemDateTime } from '../date-time.ts';
import type { IntegerType } from '../type.table.ts';
import { integerOf } from '../values.ts';
import { readCaptureObject, type CaptureObject } from './selection.ts';

export type ProfileRow = {
  /** The clock column; null where the profile has none or it cannot be derived. */
  readonly time: CosemDateTime | null;
  /** In order of the columns; null-data where nothing is known. */
  readonly cells: readonly DlmsData[];
};

const CLAUSE = { clause: 'IEC 62056-6-2:2021 4.3.6' };
const CLOCK_CLASS = 8;

/** The columns of attribute 3. Errors: `bad_columns`. */
export function readColumns(data: DlmsData): Result<readonly CaptureObject[]> {
  const items = data.type === 'array' ? data.value : null;
  const columns = items?.map(readCaptureObject);
  return columns && columns.every((one) => one !== null)
    ? ok(columns)
    : fault('bad_columns', 'The columns of the profile cannot be read.', CLAUSE);
}

const isDelta = (type: string): boolean => type.startsWith('delta-');
const NOTHING: DlmsData = { type: 'null-data' };

/** Local clock fields moved by whole seconds; deviation and status stay. */
function later(time: Uint8Array, seconds: number): Uint8Array | null {
  const t = readDateTime(time);
  if (!t || t.year === null || t.month === null || t.day === null || t.hour === null) return null;
  const local = Date.UTC(t.year, t.month - 1, t.day, t.hour, t.minute ?? 0, t.second ?? 0);
  const moved = encodeDateTime(local + seconds * 1000);
  moved.set(time.subarray(9), 9);
  return moved;
}

function deriveTime(before: DlmsData | undefined, periodS: number): DlmsData {
  if (before?.type !== 'octet-string' && before?.type !== 'date-time') return NOTHING;
  const value = periodS > 0 ? later(before.value, periodS) : null;
  return value ? { type: before.type, value } : NOTHING;
}

function derive(cell: DlmsData, before: DlmsData | undefined): DlmsData | null {
  if (cell.type === 'null-data') return before ?? NOTHING;
  if (!isDelta(cell.type)) return cell;
  const [base, delta] = [integerOf(before), integerOf(cell)];
  if (base === null || delta === null || !before) return null;
  return { type: before.type as IntegerType, value: base + delta };
}

const timeIn = (cell: DlmsData | undefined): CosemDateTime | null =>
  cell?.type === 'octet-string' || cell?.type === 'date-time' ? readDateTime(cell.value) : null;

type Shape = { readonly columns: readonly CaptureObject[]; readonly periodS: number };

function readRow(
  item: DlmsData,
  before: readonly DlmsData[] | null,
  { columns, periodS }: Shape,
): Result<readonly DlmsData[]> {
  const cells = item.type === 'structure' || item.type === 'array' ? item.value : [item];
  if (cells.length !== columns.length) {
    const detail = `A row has ${cells.length} cells, the profile ${columns.length} columns.`;
    return fault('bad_row', detail, CLAUSE);
  }
  const out: DlmsData[] = [];
  for (const [i, cell] of cells.entries()) {
    const isClock = columns[i]!.classId === CLOCK_CLASS && columns[i]!.attribute === 2;
    const derived =
      isClock && cell.type === 'null-data'
        ? deriveTime(before?.[i], periodS)
        : derive(cell, before?.[i]);
    if (!derived) return fault('bad_delta', 'A difference has nothing to be added to.', CLAUSE);
    out.push(derived);
  }
  return ok(out);
}

/**
 * Rows of attribute 2. `periodS` is the capture period in seconds, 0 where the profile is not
 * regular. Errors: `bad_buffer`, `bad_row`, `bad_delta`.
 */
export function readBuffer(data: DlmsData, shape: Shape): Result<readonly ProfileRow[]> {
  const items = data.type === 'array' || data.type === 'compact-array' ? data.value : null;
  if (!items) return fault('bad_buffer', 'The buffer is no array.', CLAUSE);
  const clock = shape.columns.findIndex(({ classId }) => classId === CLOCK_CLASS);
  const rows: ProfileRow[] = [];
  let before: readonly DlmsData[] | null = null;
  for (const item of items) {
    const row = readRow(item, before, shape);
    if (!row.ok) return row;
    before = row.value;
    rows.push({ time: clock < 0 ? null : timeIn(row.value[clock]), cells: row.value });
  }
  return ok(rows);
}
