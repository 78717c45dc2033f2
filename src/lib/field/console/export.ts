/**
 * What was read, as files that other programs open (E-59): tables for .xlsx and .csv, the set of
 * parameters for the next concentrator, and the exchange log as text. Rows are made here without
 * any writer; words of the heads come from the caller. Knows no browser but the maker of the
 * spreadsheet, which loads when it is asked for. lib/state calls it.
 */
import { toHex } from '#lib/base/bytes.ts';
import type { Instant } from '#lib/base/interval.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import type {
  CommandEntry,
  ManagedMeterView,
  ParameterSet,
  ParameterValue,
  ProfileTable,
  Readout,
} from './types.ts';

/** Text, an exact decimal, an instant, or nothing. */
export type Cell = string | { readonly decimal: string } | { readonly at: Instant } | null;
export type Sheet = {
  readonly name: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
};

const instant = (at: Instant | null): Cell => (at === null ? null : { at });
const number = (text: string | null): Cell => (text === null ? null : { decimal: text });

/** `head`: time; the columns bring their own codes and units. */
export function profileSheet(
  table: ProfileTable,
  words: { readonly name: string; readonly time: string },
): Sheet {
  const columns = table.columns.map(({ code, unit }) => (unit ? `${code}, ${unit}` : code));
  return {
    name: words.name,
    head: [words.time, ...columns],
    rows: table.rows.map(({ at, time, cells }) => [
      at === null ? time : { at },
      ...cells.map(number),
    ]),
  };
}

export type ValueWords = {
  readonly name: string;
  /** Code, quantity, the device's value, its unit, canonical value, time. */
  readonly head: readonly [string, string, string, string, string, string];
  readonly quantity: (word: string) => string;
};

export const valuesSheet = ({ values }: Readout, words: ValueWords): Sheet => ({
  name: words.name,
  head: words.head,
  rows: values.map((value) => [
    value.code,
    words.quantity(value.quantity),
    /^-?\d+(\.\d+)?$/.test(value.text) ? { decimal: value.text } : value.text,
    value.unit,
    value.canonical,
    value.time,
  ]),
});

export type MeterWords = {
  readonly name: string;
  /** Number, serial, state, last success, last failure, failures. */
  readonly head: readonly [string, string, string, string, string, string];
  readonly state: (meter: ManagedMeterView) => string;
};

export const metersSheet = (meters: readonly ManagedMeterView[], words: MeterWords): Sheet => ({
  name: words.name,
  head: words.head,
  rows: meters.map((meter) => [
    { decimal: String(meter.number) },
    meter.serial,
    words.state(meter),
    instant(meter.lastSuccessAt),
    instant(meter.lastFailureAt),
    { decimal: String(meter.failures) },
  ]),
});

/** Spreadsheets run what begins like a formula; a device's text must stay text. */
const harmless = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);

const quoted = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

function csvCell(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'string') return quoted(harmless(cell));
  return 'at' in cell ? new Date(cell.at).toISOString() : cell.decimal;
}

/** RFC 4180 in UTF-8 with a byte order mark; instants as ISO 8601 UTC, the decimal sign a point. */
export const toCsv = ({ head, rows }: Sheet): string =>
  `\ufeff${[head, ...rows].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('')}`;

/** A spreadsheet keeps fifteen digits; a longer number stays text, so that none is lost. */
const SAFE_DIGITS = 15;
/** Spreadsheets allow no more in a sheet's name, and none of these signs. */
const sheetName = (name: string): string => name.replace(/[\\/?*[\]:]/g, ' ').slice(0, 31);

type XlsxCell = { value: string | number | Date; type: unknown; format?: string } | null;

function xlsxCell(cell: Cell): XlsxCell {
  if (cell === null) return null;
  if (typeof cell === 'string') return { value: cell, type: String };
  if ('at' in cell) {
    return { value: new Date(cell.at), type: Date, format: 'yyyy-mm-dd hh:mm:ss' };
  }
  const digits = cell.decimal.replace(/\D/g, '').replace(/^0+/, '');
  return digits.length > SAFE_DIGITS
    ? { value: cell.decimal, type: String }
    : { value: Number(cell.decimal), type: Number };
}

/** The cells of one sheet as the writer takes them, head in bold. */
export const xlsxRows = ({ head, rows }: Sheet) => [
  head.map((value) => ({ value, type: String, fontWeight: 'bold' as const })),
  ...rows.map((row) => row.map(xlsxCell)),
];

export async function toXlsx(sheets: readonly Sheet[]): Promise<Blob> {
  const { default: write } = await import('write-excel-file/browser');
  const made = sheets.map((sheet) => ({
    data: xlsxRows(sheet) as never,
    sheet: sheetName(sheet.name),
    columns: sheet.head.map((title) => ({ width: Math.max(14, title.length + 2) })),
    stickyRowsCount: 1,
  }));
  return write(made).toBlob();
}

/** What belongs to one device alone, or is told to nobody, is not carried to the next. */
const OWN: ReadonlySet<string> = new Set(['serial_number', 'clock']);

export const toSet = (parameters: readonly ParameterValue[]): ParameterSet => ({
  format: 'kilter-set/1',
  model: 'emis951',
  parameters: Object.fromEntries(
    parameters
      .filter(({ name, isWritable, editor, problem }) => {
        const isTyped = editor !== 'secret' && editor !== 'none';
        return isWritable && isTyped && problem === '' && !OWN.has(name);
      })
      .map(({ name, text }) => [name, text]),
  ),
});

/** A file that somebody chose; anything but our set is `bad_set`. */
export function readSet(text: string): Result<ParameterSet> {
  const bad = fault('bad_set', 'The file is not a set of parameters of this kind.');
  let found: Partial<ParameterSet> | null;
  try {
    found = JSON.parse(text.replace(/^\ufeff/, '')) as Partial<ParameterSet> | null;
  } catch {
    return bad;
  }
  if (found?.format !== 'kilter-set/1' || found.model !== 'emis951') return bad;
  const { parameters } = found;
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters))
    return bad;
  const entries = Object.entries(parameters);
  if (entries.length === 0 || entries.some(([, value]) => typeof value !== 'string')) return bad;
  return ok({ format: 'kilter-set/1', model: 'emis951', parameters: Object.fromEntries(entries) });
}

export type SetChange = {
  readonly name: string;
  /** Null: not read from this device. */
  readonly now: string | null;
  readonly then: string;
};

/** What writing the set would change; `same` are names whose value is already there. */
export function setChanges(
  set: ParameterSet,
  parameters: readonly ParameterValue[],
): { readonly changes: readonly SetChange[]; readonly same: readonly string[] } {
  const now = new Map(parameters.map((one) => [one.name, one.problem ? null : one.text]));
  const all = Object.entries(set.parameters).map(([name, then]) => ({
    name,
    then,
    now: now.get(name) ?? null,
  }));
  return {
    changes: all.filter((one) => one.now !== one.then),
    same: all.filter((one) => one.now === one.then).map(({ name }) => name),
  };
}

export type LogWords = {
  readonly command: (name: string) => string;
  readonly status: (status: string) => string;
};

const BYTES_A_LINE = 16;

function hexLines(bytes: Uint8Array): string[] {
  const lines = [];
  for (let at = 0; at < bytes.length; at += BYTES_A_LINE) {
    lines.push(toHex(bytes.subarray(at, at + BYTES_A_LINE), ' '));
  }
  return lines;
}

/** Every command with its frames in the order of time; `>` was sent, `<` was received. */
export function logText(log: readonly CommandEntry[], words: LogWords): string {
  const lines = log.flatMap((entry) => [
    [
      new Date(entry.startedAt).toISOString(),
      words.command(entry.name),
      entry.target,
      words.status(entry.status),
      entry.endedAt === null ? '' : `${entry.endedAt - entry.startedAt} ms`,
      entry.code,
    ]
      .filter(Boolean)
      .join('  '),
    ...(entry.detail ? [`    ${entry.detail}`] : []),
    ...entry.notes.flatMap((note) => {
      const when = new Date(note.at).toISOString().slice(11, 23);
      if (note.kind === 'opened') {
        const { baud, dataBits, parity, stopBits } = note.settings;
        return [`    ${when} = ${baud} ${dataBits}${parity[0]?.toUpperCase()}${stopBits}`];
      }
      const sign = note.kind === 'sent' ? '>' : '<';
      return hexLines(note.bytes).map((line) => `    ${when} ${sign} ${line}`);
    }),
  ]);
  return `${lines.join('\n')}\n`;
}
