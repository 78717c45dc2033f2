/**
 * Load profiles and logs as data sets carry them: `P.01` and `P.02` are series of equal periods,
 * `P.98` and `P.99` are logs of events (IEC 62056-21:2002 clause 6.5 for the syntax; VDEW
 * "Lastenheft Elektronische Lastgangzähler" 2.1, clause 5, for what stands in which parentheses).
 * Knows data sets, no frame; called by the command line and whoever stores profiles.
 *
 * | P.01 (time)(status)(period)(n) | (code)(unit) n times | (value) n times, a period a row |
 */
import { formatDecimal, parseDecimal, type Decimal } from '#lib/base/decimal.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { formatDataSet, type DataSet } from './data-set.ts';

export type ProfileTime = {
  /** Wall clock of the meter, `YYYY-MM-DDTHH:MM:SS`. */
  readonly local: string;
  /** Null where the meter does not say (times of ten or twelve digits). */
  readonly season: 'standard' | 'summer' | 'utc' | null;
};

export type ProfileColumn = { readonly code: string; readonly unit: string };

export type ProfileValue =
  | { readonly kind: 'number'; readonly value: Decimal }
  /** Not a number: text of a log, or the dashes and stars of a missing value. */
  | { readonly kind: 'text'; readonly text: string };

/** One header and its rows; the meter begins a new one after every event. */
export type ProfileBlock = {
  /** `P.01`. */
  readonly address: string;
  /** End of the first period, or the moment of the event. */
  readonly time: ProfileTime;
  /** Hex digits as written; bits are listed in VDEW 2.1 clause 5.2. */
  readonly status: string;
  /** Null in logs, which have no period. */
  readonly periodMinutes: number | null;
  readonly columns: readonly ProfileColumn[];
  readonly rows: readonly (readonly ProfileValue[])[];
};

type Head = Omit<ProfileBlock, 'rows'>;

const CLAUSE = { clause: 'VDEW 2.1, 5' };
const PROFILE = /^P\.\d{2}$/;
const SEASONS = ['standard', 'summer', 'utc'] as const;
const CENTURY = 2000;
/** Time, status, period, number of columns. */
const HEAD_CELLS = 4;
const MAX_COLUMNS = 64;
const MINUTE_MS = 60_000;

/** `[s]YYMMDDhhmm[ss]` with 0 for standard, 1 for summer time, 2 for UTC in front; else null. */
export function parseProfileTime(text: string): ProfileTime | null {
  const match = /^([012])?(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?$/.exec(text);
  if (!match) return null;
  const [year, month, day, hour, minute] = match.slice(2, 7).map(Number);
  const second = Number(match[7] ?? 0);
  const at = new Date(Date.UTC(CENTURY + year!, month! - 1, day, hour, minute, second));
  const local = at.toISOString().slice(0, 19);
  const digits = local.replace(/[-T:]/g, '').slice(2);
  if (!digits.startsWith(match.slice(2, 7).join('')) || second > 59) return null;
  return { local, season: match[1] === undefined ? null : SEASONS[Number(match[1])]! };
}

/** Twin of `parseProfileTime`, always with seconds. */
export const formatProfileTime = ({ local, season }: ProfileTime): string =>
  `${season === null ? '' : SEASONS.indexOf(season)}${local.replace(/[-T:]/g, '').slice(2)}`;

/** The instant, when the meter says which time it keeps. */
export function profileInstant({ local, season }: ProfileTime, standardMinutes = 60) {
  if (season === null) return null;
  const ahead = season === 'utc' ? 0 : standardMinutes + (season === 'summer' ? 60 : 0);
  return Date.parse(`${local}Z`) - ahead * MINUTE_MS;
}

const readCell = (text: string): ProfileValue => {
  const number = parseDecimal(text);
  return number.ok ? { kind: 'number', value: number.value } : { kind: 'text', text };
};

function readHead(address: string, cells: readonly string[]): Result<Head> {
  const bad = (detail: string): Result<Head> => fault('bad_profile', detail, CLAUSE);
  if (cells.length < HEAD_CELLS) return bad('The header of the profile is cut off.');
  const time = parseProfileTime(cells[0]!);
  if (!time) return bad(`"${cells[0]!}" is no time.`);
  const isLog = cells[2] === '';
  if (!isLog && !/^\d{1,4}$/.test(cells[2]!)) return bad('The period is no number of minutes.');
  const count = /^\d{1,2}$/.test(cells[3]!) ? Number(cells[3]) : -1;
  if (count < 0 || count > MAX_COLUMNS) return bad('The number of columns is no number.');
  const columns: ProfileColumn[] = [];
  for (let i = 0; i < count; i++) {
    const [code, unit] = cells.slice(HEAD_CELLS + 2 * i, HEAD_CELLS + 2 * i + 2);
    if (!code || unit === undefined) return bad('The columns of the profile are cut off.');
    columns.push({ code, unit });
  }
  const periodMinutes = isLog ? null : Number(cells[2]);
  return ok({ address, time, status: cells[1]!, periodMinutes, columns });
}

function readBlock(address: string, cells: readonly string[]): Result<ProfileBlock> {
  const head = readHead(address, cells);
  if (!head.ok) return head;
  const width = head.value.columns.length;
  const values = cells.slice(HEAD_CELLS + 2 * width).map(readCell);
  if (width ? values.length % width : values.length) {
    return fault('bad_profile', 'A row of the profile is not complete.', CLAUSE);
  }
  const rows = Array.from({ length: width ? values.length / width : 0 }, (_, i) =>
    values.slice(i * width, (i + 1) * width),
  );
  return ok({ ...head.value, rows });
}

/**
 * All profile and log blocks among `sets`, in order; other data sets are left to the caller. A
 * block that has no whole form is refused, none of its values is guessed. Errors: `bad_profile`.
 */
export function parseProfiles(sets: readonly DataSet[]): Result<readonly ProfileBlock[]> {
  const blocks: { address: string; cells: string[] }[] = [];
  let open: string[] | null = null;
  for (const { address, value, unit } of sets) {
    const text = unit === null ? value : `${value}*${unit}`;
    if (PROFILE.test(address)) blocks.push({ address, cells: (open = [text]) });
    else if (address !== '') open = null;
    else open?.push(text);
  }
  const out: ProfileBlock[] = [];
  for (const { address, cells } of blocks) {
    const block = readBlock(address, cells);
    if (!block.ok) return block;
    out.push(block.value);
  }
  return ok(out);
}

const group = (value: string): string => formatDataSet({ address: '', value, unit: null });
const cellText = (cell: ProfileValue): string =>
  cell.kind === 'number' ? formatDecimal(cell.value) : cell.text;

/** Twin of `parseProfiles` for one block: the header on a line, each row on its own. */
export function formatProfile({ address, time, columns, rows, ...head }: ProfileBlock): string {
  const period = head.periodMinutes === null ? '' : String(head.periodMinutes);
  const first = [formatProfileTime(time), head.status, period, String(columns.length)];
  const named = columns.flatMap(({ code, unit }) => [code, unit]);
  const header = `${address}${[...first, ...named].map(group).join('')}\r\n`;
  const body = rows.map((row) => `${row.map(cellText).map(group).join('')}\r\n`).join('');
  return head.periodMinutes === null ? header.trimEnd() + (body || '\r\n') : header + body;
}

export type ProfileEntry = ProfileColumn & {
  /** End of the period, in the wall clock of the block's header. */
  readonly local: string;
  readonly season: ProfileTime['season'];
  readonly value: Decimal;
};

/** Every number of a series with its own end of period; logs and missing values give none. */
export function profileEntries(block: ProfileBlock): readonly ProfileEntry[] {
  const { time, periodMinutes, columns, rows } = block;
  if (periodMinutes === null) return [];
  const start = Date.parse(`${time.local}Z`);
  return rows.flatMap((row, i) => {
    const at = start + i * periodMinutes * MINUTE_MS;
    const local = new Date(at).toISOString().slice(0, 19);
    return row.flatMap((cell, c): ProfileEntry[] =>
      cell.kind === 'number'
        ? [{ ...columns[c]!, local, season: time.season, value: cell.value }]
        : [],
    );
  });
}
