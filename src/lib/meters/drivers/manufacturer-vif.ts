/**
 * Gives records with a manufacturer's own use of a VIF their meaning. Knows the rows of
 * `manufacturer-vif.table.ts` and the neutral record, no frame; called by the wired and the
 * wireless decoder once they know whose telegram it is.
 */
import type { DataRecord, RecordValue } from '../telegram.ts';
import { MANUFACTURER_VIFS, type ManufacturerVifRow } from './manufacturer-vif.table.ts';

const ANY_SUBUNIT = '*';
const ROWS = new Map<string, ManufacturerVifRow>(
  MANUFACTURER_VIFS.map((row) => [
    `${row.manufacturer} ${row.vif} ${row.subunit ?? ANY_SUBUNIT}`,
    row,
  ]),
);
const MANUFACTURERS: ReadonlySet<string> = new Set(
  MANUFACTURER_VIFS.map(({ manufacturer }) => manufacturer),
);

function rescaled(value: RecordValue, scale: number): RecordValue {
  if (value.kind === 'float') return { kind: 'float', value: value.value * 10 ** scale };
  if (value.kind !== 'number') return value;
  return { kind: 'number', value: { ...value.value, scale: value.value.scale + scale } };
}

/** The records with every known VIF of `manufacturer` named; the same list when none is known. */
export function nameManufacturerVifs(
  records: readonly DataRecord[],
  manufacturer: string | undefined,
): readonly DataRecord[] {
  if (manufacturer === undefined || !MANUFACTURERS.has(manufacturer)) return records;
  return records.map((record) => {
    const code = `${manufacturer} ${record.vif}`;
    const row = ROWS.get(`${code} ${record.subunit}`) ?? ROWS.get(`${code} ${ANY_SUBUNIT}`);
    if (!row || (row.dif !== undefined && row.dif !== record.dif)) return record;
    const { quantity, unit, scale, qualifier } = row;
    const known = record.qualifiers.filter((word) => word !== 'manufacturer');
    const qualifiers = qualifier === undefined ? record.qualifiers : [...known, qualifier];
    return { ...record, quantity, unit, value: rescaled(record.value, scale), qualifiers };
  });
}
