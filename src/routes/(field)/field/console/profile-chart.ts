/**
 * A profile as bars: which figures are drawn for a column of exact decimals, and in which unit.
 * Registers that only grow are drawn as what was added since the row before; their own figures
 * stay in the table. Only the console's chart calls it.
 */
import { compareDecimal, parseDecimal, subtractDecimal, toNumber } from '#lib/base/decimal.ts';
import type { Decimal } from '#lib/base/decimal.ts';
import type { ProfileTable } from '#lib/field/console/types.ts';
import { m } from '#lib/i18n/paraglide/messages.js';
import { unitText } from './words.ts';

export type Bars = {
  readonly values: readonly (number | null)[];
  readonly isIncrease: boolean;
  readonly unit: string;
  readonly decimals: number;
};

/** IEC 62056-6-1: value group D = 8 is a time integral, which only grows. */
const isIntegral = (code: string): boolean => /(^|:)\d+\.8\.\d+/.test(code);

function exactOf(text: string | null): Decimal | null {
  const value = text === null ? null : parseDecimal(text);
  return value?.ok ? value.value : null;
}

function increases(cells: readonly (Decimal | null)[]): (number | null)[] | null {
  const known = cells.filter((cell) => cell !== null);
  const isGrowing = known.every((cell, i) => i === 0 || compareDecimal(cell, known[i - 1]!) >= 0);
  if (known.length < 2 || !isGrowing) return null;
  return cells.map((cell, i) => {
    const before = i > 0 ? (cells[i - 1] ?? null) : null;
    return cell && before ? toNumber(subtractDecimal(cell, before)) : null;
  });
}

/** Thousands of these are what people know. */
const LARGE: Readonly<Record<string, () => string>> = {
  Wh: m.common_unit_kwh,
  W: m.common_unit_kw,
  varh: () => unitText('kvarh'),
  var: () => unitText('kvar'),
};

export function barsOf(table: ProfileTable, column: number): Bars {
  const { code = '', unit = '' } = table.columns[column] ?? {};
  const cells = table.rows.map((row) => exactOf(row.cells[column] ?? null));
  const grown = isIntegral(code) ? increases(cells) : null;
  const values = grown ?? cells.map((cell) => (cell ? toNumber(cell) : null));
  const greatest = Math.max(0, ...values.map((value) => value ?? 0));
  const large = greatest >= 1000 ? LARGE[unit] : undefined;
  const scaled = large ? values.map((value) => (value === null ? null : value / 1000)) : values;
  const top = large ? greatest / 1000 : greatest;
  return {
    values: scaled,
    isIncrease: grown !== null,
    unit: large?.() ?? unitText(unit),
    decimals: top >= 100 ? 0 : top >= 10 ? 1 : 2,
  };
}
