/** One line of a meters file as facts, or the first reason why not. Called by import-meters.ts. */
import { formatDecimal, parseDecimal, rescale } from '#lib/base/decimal.ts';
import { civilDate } from '#lib/base/civil.ts';
import type { Instant } from '#lib/base/interval.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { dialShift } from '#lib/domain/dial.ts';
import type { Resource } from '#lib/domain/resource.ts';
import { registerType, TOTAL_REGISTER } from '#lib/domain/register-types.table.ts';
import { midnight } from '#lib/domain/usage.ts';
import type { CsvRow } from '#server/ingest/csv.ts';
import { cellOf, protocolOf, resourceOf, type Columns } from '#server/ingest/header.ts';
import { parseTime } from '#server/ingest/times.ts';

export type MeterRow = {
  readonly line: number;
  /** The line without its key. */
  readonly text: string;
  readonly address: string;
  readonly flat: string;
  readonly resource: Resource;
  readonly serial: string;
  readonly manufacturer: string | null;
  readonly radioId: string | null;
  readonly radioVersion: number | null;
  readonly protocol: string;
  /** 32 hex digits; null when the file gives none. */
  readonly key: string | null;
  readonly digits: number;
  readonly decimals: number;
  readonly multiplier: string;
  /** Decimal text in the register's unit. */
  readonly startValue: string | null;
  readonly fromAt: Instant;
};

type When = { readonly now: Instant; readonly zone: string };

/** Errors are the reasons of import-meters.ts; `detail` names the column. */
export function parseMeterRow(
  columns: Columns,
  row: CsvRow,
  when: When,
): Result<Omit<MeterRow, 'line' | 'text'>> {
  const cell = (column: string): string => cellOf(columns, row, column);
  const refuse = (reason: string) => fault(reason, 'The cell cannot be read.');
  const serial = cell('serial').replace(/\s+/g, '');
  if (serial === '') return refuse('no-serial');
  if (!/^[0-9A-Za-z/.-]{2,32}$/.test(serial)) return refuse('bad-serial');
  const resource = resourceOf(cell('resource'));
  if (!resource) return refuse('bad-resource');
  const manufacturer = cell('manufacturer').toUpperCase();
  if (!/^([A-Z]{3})?$/.test(manufacturer)) return refuse('bad-manufacturer');
  const radioId = cell('radioId').replace(/\s+/g, '').toUpperCase();
  if (!/^[0-9A-F]{0,8}$/.test(radioId)) return refuse('bad-radio-id');
  const key = cell('key').replace(/[\s:-]/g, '');
  if (!/^([0-9a-fA-F]{32})?$/.test(key)) return refuse('bad-key');
  const protocol = cell('protocol') === '' && radioId ? 'wmbus' : protocolOf(cell('protocol'));
  if (!protocol) return refuse('bad-protocol');
  const dial = dialOf(cell, resource);
  if (!dial.ok) return dial;
  const fromAt = cell('from') === '' ? today(when) : parseTime(cell('from'), when.zone);
  if (fromAt === null) return refuse('bad-date');
  return ok({
    address: cell('address'),
    flat: cell('flat'),
    resource,
    serial,
    manufacturer: manufacturer || null,
    radioId: radioId ? radioId.padStart(8, '0') : null,
    protocol,
    key: key || null,
    ...dial.value,
    fromAt,
  });
}

const today = ({ now, zone }: When): Instant => midnight(civilDate(now, zone), zone);

type Dial = Pick<MeterRow, 'radioVersion' | 'digits' | 'decimals' | 'multiplier' | 'startValue'>;

function dialOf(cell: (column: string) => string, resource: Resource): Result<Dial> {
  const refuse = (reason: string) => fault(reason, 'The cell cannot be read.');
  const version = wholeIn(cell('version'), { from: 0, to: 255, otherwise: null });
  if (version === undefined) return refuse('bad-version');
  const digits = wholeIn(cell('digits'), { from: 3, to: 9, otherwise: 5 });
  if (digits === undefined) return refuse('bad-digits');
  const decimals = wholeIn(cell('decimals'), { from: 0, to: 5, otherwise: 3 });
  if (decimals === undefined) return refuse('bad-decimals');
  const multiplier = parseDecimal(cell('multiplier') || '1');
  if (!multiplier.ok || multiplier.value.units <= 0n) return refuse('bad-multiplier');
  const register = TOTAL_REGISTER[resource];
  const start = cell('start') === '' ? null : parseDecimal(cell('start').replace(/[\s']/g, ''));
  if (start && (!start.ok || start.value.units < 0n)) return refuse('bad-start');
  const scale = registerType(register)?.scale ?? 0;
  // A dial shows kWh where the catalogue counts Wh.
  const shift = dialShift(register) + scale;
  return ok({
    radioVersion: version,
    digits: digits ?? 5,
    decimals: decimals ?? 3,
    multiplier: formatDecimal(rescale(multiplier.value, -6)),
    startValue: start?.ok
      ? formatDecimal(rescale({ ...start.value, scale: start.value.scale + shift }, scale))
      : null,
  });
}

/** A whole number in the range, `otherwise` for an empty cell, undefined when it is neither. */
function wholeIn<T>(
  text: string,
  { from, to, otherwise }: { from: number; to: number; otherwise: T },
): number | T | undefined {
  if (text === '') return otherwise;
  const n = /^\d{1,3}$/.test(text) ? Number(text) : NaN;
  return n >= from && n <= to ? n : undefined;
}
