/**
 * What a reader does inside an association: registers with their scalers, a profile with its
 * columns (IEC 62056-6-2:2021 clauses 4.3.2 to 4.3.6). Knows interface classes, no meter model and
 * no metering point. Called by the reader's app, the console and the command line.
 */
import { ok, type Result } from '#lib/base/result.ts';
import { readColumns, readBuffer, type ProfileRow } from '../cosem/profile.ts';
import { scalerAttributeOf } from '../cosem/objects.ts';
import {
  CLOCK,
  encodeSelection,
  isWithin,
  type CaptureObject,
  type ProfileSelection,
} from '../cosem/selection.ts';
import type { DlmsData } from '../axdr.ts';
import { integerOf, scalerUnitOf, type DlmsValue, type ScalerUnit } from '../values.ts';
import type { ClientContext } from './context.ts';
import { failure, type Dialog } from './dialog.ts';
import { get, getList, isData, type AttributeResult, type Target } from './services.ts';

/** What one object says; `error` is a number of `cosem/results.table.ts`. */
export type ObjectReading =
  | { readonly target: Target; readonly value: DlmsValue }
  | { readonly target: Target; readonly error: number };

/** Attributes in one request: requests and answers stay within the buffers of small meters. */
const LIST_SIZE = 10;
const PROFILE = 7;

const sliced = <T>(list: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, i) =>
    list.slice(i * size, (i + 1) * size),
  );

function* getAll(
  context: ClientContext,
  targets: readonly Target[],
): Dialog<readonly AttributeResult[]> {
  const out: AttributeResult[] = [];
  for (const some of sliced(targets, LIST_SIZE)) {
    const results = yield* getList(context, some);
    if (!results.ok) return results;
    out.push(...results.value);
  }
  return ok(out);
}

const scalerTarget = ({ classId, obis }: Omit<Target, 'attribute'>): Target | null => {
  const attribute = scalerAttributeOf(classId);
  return attribute === null ? null : { classId, obis, attribute };
};

/** Scaler and unit of each object that has one; null elsewhere, and where the meter refuses. */
function* readScalers(
  context: ClientContext,
  objects: readonly Omit<Target, 'attribute'>[],
): Dialog<readonly (ScalerUnit | null)[]> {
  const targets = objects.map(scalerTarget);
  const asked = targets.filter((target) => target !== null);
  const results = yield* getAll(context, asked);
  if (!results.ok) return results;
  const found = new Map(asked.map((target, i) => [target, results.value[i]!]));
  return ok(
    targets.map((target) => {
      const result = target && found.get(target);
      return result && isData(result) ? scalerUnitOf(result.data) : null;
    }),
  );
}

/** Attributes with scaler and unit where their class has one. In order of `targets`. */
export function* readObjects(
  context: ClientContext,
  targets: readonly Target[],
): Dialog<readonly ObjectReading[]> {
  const results = yield* getAll(context, targets);
  if (!results.ok) return results;
  const scalers = yield* readScalers(context, targets);
  if (!scalers.ok) return scalers;
  return ok(
    targets.map((target, i): ObjectReading => {
      const result = results.value[i]!;
      if (!isData(result)) return { target, error: result.error };
      const { classId, obis, attribute } = target;
      const scalerUnit = scalers.value[i] ?? null;
      return { target, value: { obis, classId, attribute, scalerUnit, data: result.data } };
    }),
  );
}

export type Profile = {
  readonly columns: readonly CaptureObject[];
  readonly scalers: readonly (ScalerUnit | null)[];
  readonly periodS: number;
  readonly rows: readonly ProfileRow[];
};

/** Results by which meters say that they do not know this selection. */
const NO_SELECTION: readonly number[] = [3, 11, 12, 13, 250];

/**
 * The rows of a selection. Where the meter does not select, the whole buffer is read and the range
 * taken from it, so that the answer is the same and only slower.
 */
function* selectedRows(
  context: ClientContext,
  target: Target,
  {
    selection,
    read,
  }: {
    readonly selection: ProfileSelection | null;
    readonly read: (data: DlmsData) => Result<readonly ProfileRow[]>;
  },
): Dialog<readonly ProfileRow[]> {
  const first = yield* get(context, target, selection && encodeSelection(selection));
  if (!first.ok) return first;
  if (isData(first.value)) return read(first.value.data);
  if (!selection || !NO_SELECTION.includes(first.value.error)) {
    return failure('service_error', `The buffer is refused: ${first.value.error}.`);
  }
  const whole = yield* get(context, target);
  if (!whole.ok) return whole;
  if (!isData(whole.value)) {
    return failure('service_error', `The buffer is refused: ${whole.value.error}.`);
  }
  const rows = read(whole.value.data);
  return rows.ok ? ok(select(rows.value, selection)) : rows;
}

function select(rows: readonly ProfileRow[], s: ProfileSelection): readonly ProfileRow[] {
  if (s.kind === 'entry') return rows.slice(s.fromEntry - 1, s.toEntry || undefined);
  return rows.filter(({ time, cells }) => {
    const cell = time && cells.find((c) => c.type === 'octet-string' || c.type === 'date-time');
    return cell && 'value' in cell && cell.value instanceof Uint8Array && isWithin(cell.value, s);
  });
}

/** Rows are read whole, so that each cell has its column. */
const ALL_COLUMNS = { fromColumn: 1, toColumn: 0 } as const;

/** A profile with columns and scalers; `selection` null reads all of it. */
export function* readProfile(
  context: ClientContext,
  obis: string,
  selection: ProfileSelection | null,
): Dialog<Profile> {
  const attribute = (number: number): Target => ({ classId: PROFILE, obis, attribute: number });
  const head = yield* getAll(context, [attribute(3), attribute(4)]);
  if (!head.ok) return head;
  const [objects, period] = head.value;
  if (!objects || !isData(objects)) return failure('service_error', 'The columns are refused.');
  const columns = readColumns(objects.data);
  if (!columns.ok) return failure('bad_answer', columns.error.detail);
  const scalers = yield* readScalers(context, columns.value);
  if (!scalers.ok) return scalers;
  const periodS = Number((period && isData(period) && integerOf(period.data)) || 0);
  const shape = { columns: columns.value, periodS };
  const read = (data: DlmsData): Result<readonly ProfileRow[]> => {
    const rows = readBuffer(data, shape);
    return rows.ok ? rows : failure('bad_answer', `${rows.error.code}: ${rows.error.detail}`);
  };
  const whole = selection?.kind === 'entry' ? { ...selection, ...ALL_COLUMNS } : selection;
  const rows = yield* selectedRows(context, attribute(2), { selection: whole, read });
  if (!rows.ok) return rows;
  return ok({ ...shape, scalers: onlyValues(columns.value, scalers.value), rows: rows.value });
}

/** The scaler belongs to values, not to the time or status of the same object. */
const VALUE_ATTRIBUTES: Readonly<Record<number, readonly number[]>> = { 3: [2], 4: [2], 5: [2, 3] };

const onlyValues = (
  columns: readonly CaptureObject[],
  scalers: readonly (ScalerUnit | null)[],
): readonly (ScalerUnit | null)[] =>
  columns.map(({ classId, attribute }, i) =>
    VALUE_ATTRIBUTES[classId]?.includes(attribute) ? (scalers[i] ?? null) : null,
  );

/** A range of a profile that is sorted by its clock. */
export const rangeOf = (from: Uint8Array, to: Uint8Array): ProfileSelection => ({
  kind: 'range',
  column: CLOCK,
  from,
  to,
});

/** Entries counted from 1, the oldest first; `to` 0 is the newest. */
export const entriesOf = (from: number, to: number): ProfileSelection => ({
  kind: 'entry',
  fromEntry: from,
  toEntry: to,
  ...ALL_COLUMNS,
});
