/**
 * A CSV of readings through the one pipeline: good rows kept, bad rows listed with line and reason,
 * the same file twice changes nothing.
 *
 * It knows columns and notations; meters are found by serial. The import procedure calls it inside
 * a transaction of one organisation. Energy is in kWh, as dials show it, unless a unit column says
 * otherwise.
 *
 * Reasons: `no-header`, `no-serial`, `unknown-meter`, `ambiguous-serial`, `bad-register`,
 * `bad-time`, `in-future`, `bad-value`, `bad-unit`, `unknown-register`, `other-value-stored`.
 */
import type pg from 'pg';
import { formatDecimal, parseDecimal, rescale } from '#lib/base/decimal.ts';
import { DAY_MS } from '#lib/base/interval.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import type { ImportAnswer, ImportReject } from '#lib/contract/registry.ts';
import {
  registerType,
  registerTypeOfObis,
  TOTAL_REGISTER,
  type RegisterType,
} from '#lib/domain/register-types.table.ts';
import { metersBySerial, type MeterByName } from '#server/registry/meter-names.ts';
import { READING_COLUMNS, UNIT_WORDS } from './column-words.ts';
import { scanCsv, type CsvRow } from './csv.ts';
import { cellOf, columnsOf, plainWord, resourceOf, safeText, type Columns } from './header.ts';
import { findRun, sha256Of, writeRun, type ImportFile } from './import-run.ts';
import { ingestInTransaction, type IngestDeps } from './pipeline.ts';
import { parseTime } from './times.ts';
import type { IngestRow } from './types.ts';

export async function importReadings(
  client: pg.ClientBase,
  file: ImportFile,
  deps: IngestDeps,
): Promise<ImportAnswer> {
  const known = await findRun(client, file);
  if (known) return known;
  const { rows, rejects, total } = await readRows(client, file, deps);
  const answer = await ingestInTransaction(client, deps, {
    source: { kind: 'import', name: 'readings' },
    sourceKey: sha256Of(file.bytes).toString('hex'),
    rows: rows.map((row) => row.reading),
    rejects: rejects.map(({ line, reason, text }) => ({ row: line, code: reason, detail: text })),
  });
  for (const outcome of answer.outcomes.filter((o) => o.row < rows.length)) {
    const row = rows[outcome.row]!;
    const reason = outcome.result === 'conflict' ? 'other-value-stored' : outcome.code;
    const isBad = outcome.result === 'conflict' || outcome.result === 'rejected';
    if (isBad && reason) rejects.push({ line: row.line, reason, text: row.text });
  }
  const rowsSame = answer.counts.duplicates;
  const rowsKept = answer.counts.stored + rowsSame;
  return writeRun(client, file, { rowsTotal: total, rowsKept, rowsSame, rejects });
}

type Kept = { readonly line: number; readonly text: string; readonly reading: IngestRow };
type Rows = { readonly rows: Kept[]; readonly rejects: ImportReject[]; readonly total: number };

async function readRows(client: pg.ClientBase, file: ImportFile, deps: IngestDeps): Promise<Rows> {
  const [header, ...lines] = scanCsv(file.bytes);
  const columns = header && columnsOf(header, READING_COLUMNS);
  const needed = ['serial', 'time', 'value'];
  if (!header || !columns || needed.some((column) => !columns.at.has(column))) {
    const text = header && columns ? safeText(columns, header) : '';
    return { rows: [], rejects: [{ line: 1, reason: 'no-header', text }], total: 0 };
  }
  const serials = lines.map((line) => cellOf(columns, line, 'serial'));
  const meters = await metersBySerial(client, [...new Set(serials)]);
  const rows: Kept[] = [];
  const rejects: ImportReject[] = [];
  for (const line of lines) {
    const text = safeText(columns, line);
    const reading = readingOf(columns, line, { ...deps, meters, userId: file.userId });
    if (reading.ok) rows.push({ line: line.line, text, reading: reading.value });
    else rejects.push({ line: line.line, reason: reading.error.code, text });
  }
  return { rows, rejects, total: lines.length };
}

type Means = IngestDeps & {
  readonly meters: ReadonlyMap<string, readonly MeterByName[]>;
  readonly userId: string;
};

function readingOf(columns: Columns, row: CsvRow, means: Means): Result<IngestRow> {
  const cell = (column: string): string => cellOf(columns, row, column);
  const refuse = (reason: string) => fault(reason, 'The row cannot be kept.');
  if (cell('serial') === '') return refuse('no-serial');
  const maker = cell('manufacturer').toUpperCase();
  const named = means.meters.get(cell('serial')) ?? [];
  const meters = maker ? named.filter((m) => m.manufacturer === maker) : named;
  if (meters.length === 0) return refuse('unknown-meter');
  if (meters.length > 1) return refuse('ambiguous-serial');
  const type = typeOf(cell, meters[0]!);
  if (!type) return refuse('bad-register');
  const at = parseTime(cell('time'), means.zone);
  if (at === null) return refuse('bad-time');
  if (at > means.now + DAY_MS) return refuse('in-future');
  const value = valueOf(cell, type);
  if (!value.ok) return value;
  const { meterId } = meters[0]!;
  const { userId } = means;
  return ok({ meterId, register: type.id, value: value.value, at, source: 'import', userId });
}

/** By register number, OBIS code or resource; a meter with a single register needs none of them. */
function typeOf(cell: (column: string) => string, meter: MeterByName): RegisterType | null {
  if (cell('register') !== '') {
    return registerType(Number(cell('register'))) ?? registerTypeOfObis(cell('register')) ?? null;
  }
  if (cell('obis') !== '') return registerTypeOfObis(cell('obis')) ?? null;
  if (cell('resource') !== '') {
    const resource = resourceOf(cell('resource'));
    return resource ? (registerType(TOTAL_REGISTER[resource]) ?? null) : null;
  }
  return meter.registers.length === 1 ? (registerType(meter.registers[0]!) ?? null) : null;
}

/** Decimal text in the catalogue's unit. Errors: `bad-value`, `bad-unit`. */
function valueOf(cell: (column: string) => string, type: RegisterType): Result<string> {
  const value = parseDecimal(cell('value').replace(/[\s\u00a0\u202f']/g, ''));
  if (!value.ok) return fault('bad-value', value.error.detail);
  const word = plainWord(cell('unit'));
  const unit = word === '' ? null : UNIT_WORDS[word];
  if (unit === undefined || (unit && unit.dial !== type.unit)) {
    return fault('bad-unit', `The register counts ${type.unit}.`);
  }
  const shift = unit?.scale ?? (type.unit === 'Wh' ? 3 : 0);
  const { units, scale } = value.value;
  return ok(formatDecimal(rescale({ units, scale: scale + shift }, type.scale)));
}
