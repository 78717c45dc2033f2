/**
 * Data sets: `address(value*unit)`, the lines of a readout (IEC 62056-21:2002 clause 6.5 syntax
 * diagrams). Knows no frame and no block check; called by `message.ts`, the virtual meter and
 * `normalise.ts`.
 */
import { parseDecimal, type Decimal } from '#lib/base/decimal.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';

export type DataSet = {
  /** As written; empty where a further value follows without one (load profiles, logs). */
  readonly address: string;
  /** Text between the parentheses without the unit, unchanged. */
  readonly value: string;
  /** As written, null when absent. */
  readonly unit: string | null;
  /** `value` as a number; null when it is not one or has no unit that says so. */
  readonly number: Decimal | null;
  /** Offset of the first character in the block. */
  readonly offset: number;
};

/** Longest readout of the market is about 20 kB; this bounds hostile input. */
const MAX_DATA_SETS = 20_000;

function dataSet(address: string, content: string, offset: number): DataSet {
  const star = content.indexOf('*');
  const unit = star < 0 ? null : content.slice(star + 1);
  // Heat meters pack several values into one: `088*C&082*C` stays text.
  if (unit === null || /[*&]/.test(unit)) {
    return { address, value: content, unit: null, number: null, offset };
  }
  const value = content.slice(0, star);
  const number = parseDecimal(value);
  return { address, value, unit, number: number.ok ? number.value : null, offset };
}

/** Control characters and line ends around an address are not part of it. */
const cleanAddress = (text: string): string =>
  [...text]
    .filter((char) => char >= ' ')
    .join('')
    .replace(/^!+/, '')
    .trim();

/**
 * Reads all data sets of a block, which may span lines. Errors: `truncated` when a parenthesis
 * stays open, `bad_data_set` when one closes that was never opened.
 */
export function parseDataSets(text: string): Result<readonly DataSet[]> {
  const out: DataSet[] = [];
  let at = 0;
  while (out.length < MAX_DATA_SETS) {
    const open = text.indexOf('(', at);
    const stray = text.indexOf(')', at);
    if (stray >= 0 && (open < 0 || stray < open)) {
      return fault('bad_data_set', 'A parenthesis closes that is not open.', { offset: stray });
    }
    if (open < 0) return ok(out);
    if (stray < 0) return fault('truncated', 'The last data set is cut off.', { offset: open });
    const content = text.slice(open + 1, stray);
    if (content.includes('(')) {
      return fault('bad_data_set', 'A parenthesis opens inside a value.', { offset: open });
    }
    out.push(dataSet(cleanAddress(text.slice(at, open)), content.replace(/[\r\n]/g, ''), at));
    at = stray + 1;
  }
  return fault('bad_data_set', 'More data sets than any meter sends.', { offset: at });
}

/** Twin of `parseDataSets` for one set. */
export const formatDataSet = (set: Pick<DataSet, 'address' | 'value' | 'unit'>): string =>
  `${set.address}(${set.value}${set.unit === null ? '' : `*${set.unit}`})`;

/** A whole data block: one set a line, end character and line end (clause 6.5 "data block"). */
export const formatDataBlock = (
  sets: readonly Pick<DataSet, 'address' | 'value' | 'unit'>[],
): string => `${sets.map((set) => `${formatDataSet(set)}\r\n`).join('')}!\r\n`;
