/** Finds the columns of a file by its header line; see column-words.ts. Called by the imports. */
import { isResource, RESOURCES, type Resource } from '#lib/domain/resource.ts';
import { PROTOCOL_WORDS, RESOURCE_WORDS, type ColumnRow } from './column-words.ts';
import type { CsvRow } from './csv.ts';

/** Without case, spaces, dots, dashes and underscores; ё counts as е. */
export const plainWord = (text: string): string =>
  text
    .toLowerCase()
    .replace(/ё/g, 'е')
    .replace(/[\s._\-/()№#:·*]+/g, '');

export type Columns = { readonly at: ReadonlyMap<string, number>; readonly count: number };

/** Where each column is; the first of two columns with one meaning counts. */
export function columnsOf(header: CsvRow, table: readonly ColumnRow[]): Columns {
  const at = new Map<string, number>();
  header.fields.forEach((field, i) => {
    const word = plainWord(field);
    const row = table.find(({ names }) => names.some((name) => plainWord(name) === word));
    if (row && !at.has(row.column)) at.set(row.column, i);
  });
  return { at, count: header.fields.length };
}

/** The cell of a column, '' when the file has no such column or the row is shorter. */
export const cellOf = ({ at }: Columns, row: CsvRow, column: string): string =>
  row.fields[at.get(column) ?? -1]?.trim() ?? '';

export function resourceOf(text: string): Resource | null {
  if (isResource(text)) return text;
  const word = plainWord(text);
  return RESOURCES.find((r) => RESOURCE_WORDS[r].some((name) => plainWord(name) === word)) ?? null;
}

export const protocolOf = (text: string): string | null =>
  Object.entries(PROTOCOL_WORDS).find(([, names]) =>
    names.some((name) => plainWord(name) === plainWord(text)),
  )?.[0] ?? null;

/**
 * The row as text for the list of rejects. The key's cell is left out, and so is anything that
 * looks like a key: in a row with a cell too many it may stand anywhere.
 */
export function safeText({ at }: Columns, row: CsvRow): string {
  const key = at.get('key');
  const cells = row.fields.map((field, i) => (i === key && field !== '' ? '•••' : field));
  return cells
    .join(';')
    .replace(/(?:[0-9a-fA-F]{2}[\s:-]?){12,}/g, '•••')
    .replace(/[A-Za-z0-9+/]{22}={0,2}/g, '•••')
    .slice(0, 500);
}
