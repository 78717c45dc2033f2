/**
 * Names and types of attributes by the tables of interface classes. Knows the tables, no meter;
 * called by the client's plans, simulated meters and the command line.
 */
import type { DlmsData } from '../axdr.ts';
import { DATE_TIME_SIZE } from '../date-time.ts';
import { integerOf, scalerUnitOf } from '../values.ts';
import { CLASSES, type AttributeKind, type AttributeRow, type ClassRow } from './classes.table.ts';

const BY_ID = new Map(CLASSES.map((row) => [row.classId, row]));

export const classOf = (classId: number): ClassRow | null => BY_ID.get(classId) ?? null;

export const attributeOf = (classId: number, attribute: number): AttributeRow | null =>
  classOf(classId)?.attributes.find(([number]) => number === attribute) ?? null;

/** `register.value`, or `class_99.attribute_2` for what no table names. */
export function attributeName(classId: number, attribute: number): string {
  const row = classOf(classId);
  const name = attribute === 1 ? 'logical_name' : attributeOf(classId, attribute)?.[1];
  return `${row?.name ?? `class_${classId}`}.${name ?? `attribute_${attribute}`}`;
}

/** Attribute that holds scaler and unit of `attribute`; null where the class has none. */
export function scalerAttributeOf(classId: number): number | null {
  return classOf(classId)?.attributes.find(([, , kind]) => kind === 'scaler-unit')?.[0] ?? null;
}

const isTime = (d: DlmsData): boolean =>
  d.type === 'date-time' || (d.type === 'octet-string' && d.value.length === DATE_TIME_SIZE);

const FITS: Readonly<Record<AttributeKind, (d: DlmsData) => boolean>> = {
  any: () => true,
  'scaler-unit': (d) => scalerUnitOf(d) !== null,
  time: isTime,
  octets: (d) => d.type === 'octet-string',
  text: (d) => d.type === 'visible-string' || d.type === 'utf8-string',
  number: (d) => integerOf(d) !== null && d.type !== 'enum',
  enum: (d) => d.type === 'enum',
  boolean: (d) => d.type === 'boolean',
  list: (d) => d.type === 'array' || d.type === 'structure' || d.type === 'compact-array',
};

/** Whether `data` may stand in this attribute; null-data (nothing yet) may stand everywhere. */
export function fitsAttribute(classId: number, attribute: number, data: DlmsData): boolean {
  const kind = attributeOf(classId, attribute)?.[2] ?? 'any';
  return data.type === 'null-data' || FITS[kind](data);
}
