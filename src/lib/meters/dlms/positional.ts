/**
 * Names the elements of lists that carry no OBIS code (`positional.table.ts`). A guess by place, so
 * its values stay apart from those that name themselves. Called by the command line and readers.
 */
import { decimal, type Decimal } from '#lib/base/decimal.ts';
import type { DlmsData } from './axdr.ts';
import { POSITIONAL } from './positional.table.ts';
import { integerOf, plainOf, valuesOf } from './values.ts';

export type PositionalValue = {
  readonly obis: string;
  readonly unit: string | null;
  readonly number: Decimal | null;
  readonly text: string | null;
};

export type NamedList = { readonly list: string; readonly values: readonly PositionalValue[] };

/** Null when the body names itself or no list of this shape is known. */
export function namePositional(body: DlmsData): NamedList | null {
  if (body.type !== 'structure' || valuesOf(body).length > 0) return null;
  const items = body.value;
  const first = items[0] ? (plainOf(items[0]) ?? '') : '';
  const list = POSITIONAL.find(
    ({ rows, version }) =>
      rows.length === items.length &&
      (version?.test(first) ?? true) &&
      rows.every((row, i) => (row.unit === null) === (integerOf(items[i]) === null)),
  );
  if (!list) return null;
  const values = list.rows.map(({ obis, unit, scale }, i): PositionalValue => {
    const units = integerOf(items[i]);
    const number = units === null ? null : decimal(units, scale);
    return { obis, unit, number, text: number ? null : plainOf(items[i]!) };
  });
  return { list: list.name, values };
}
