/**
 * From the tree of a notification to values with OBIS codes. Three shapes are in use:
 *
 * - structures {OBIS, value, scaler and unit}, also with class and attribute in front,
 * - OBIS and value in turn (a scaler and unit may follow the value),
 * - a list of attribute descriptors and then their values in the same order
 *   (IEC 62056-6-2:2021 clause 5.3.8, push_object_list of class 40).
 *
 * Lists without any OBIS code have no values here; `positional.ts` names the known ones.
 */
import { toLatin1, toHex } from '#lib/base/bytes.ts';
import { decimal, type Decimal } from '#lib/base/decimal.ts';
import type { DlmsData } from './axdr.ts';
import { formatObis, looksLikeObis } from './obis.ts';
import { NO_UNIT, UNITS } from './unit.table.ts';

export type ScalerUnit = { readonly scaler: number; readonly unit: number };

export type DlmsValue = {
  readonly obis: string;
  /** Class and attribute where a descriptor or a long structure names them. */
  readonly classId: number | null;
  readonly attribute: number | null;
  /** Null: the structure carries none, the number is as sent. */
  readonly scalerUnit: ScalerUnit | null;
  readonly data: DlmsData;
};

type Children = readonly DlmsData[];

const childrenOf = (d: DlmsData): Children | null =>
  d.type === 'array' || d.type === 'structure' || d.type === 'compact-array' ? d.value : null;

export function integerOf(d: DlmsData | undefined): bigint | null {
  return d && 'value' in d && typeof d.value === 'bigint' ? d.value : null;
}

function obisOf(d: DlmsData | undefined): string | null {
  return d?.type === 'octet-string' && looksLikeObis(d.value) ? formatObis(d.value) : null;
}

/** The structure {integer, enum} of clause 4.3.2. */
export function scalerUnitOf(d: DlmsData | undefined): ScalerUnit | null {
  if (d?.type !== 'structure' || d.value.length !== 2) return null;
  const [scaler, unit] = d.value;
  if (scaler?.type !== 'integer' || unit?.type !== 'enum') return null;
  return { scaler: Number(scaler.value), unit: Number(unit.value) };
}

type Target = Pick<DlmsValue, 'obis' | 'classId' | 'attribute'>;

/** {class, OBIS, attribute, …} at the start of a structure, or {OBIS, …}. */
function targetOf(items: Children): { readonly target: Target; readonly size: number } | null {
  const plain = obisOf(items[0]);
  if (plain) return { target: { obis: plain, classId: null, attribute: null }, size: 1 };
  const obis = obisOf(items[1]);
  if (!obis || items[0]?.type !== 'long-unsigned' || items[2]?.type !== 'integer') return null;
  const [classId, attribute] = [Number(integerOf(items[0])), Number(integerOf(items[2]))];
  return { target: { obis, classId, attribute }, size: 3 };
}

/** {class, OBIS, attribute, data index, …}: what a push object list is made of. */
function descriptorOf(d: DlmsData): Target | null {
  if (d.type !== 'structure' || d.value.length < 4) return null;
  const found = targetOf(d.value);
  return found?.size === 3 && d.value[3]?.type === 'long-unsigned' ? found.target : null;
}

function descriptorsOf(d: DlmsData | undefined): readonly Target[] | null {
  if (d?.type !== 'array' || d.value.length === 0) return null;
  const targets = d.value.map(descriptorOf);
  return targets.every((t) => t !== null) ? targets : null;
}

const PUSH_SETUP = 40;

/**
 * Values behind their descriptors. The list may describe itself as its first entry; a list that
 * does not is in front of the values it names.
 */
function describedValues(items: Children): readonly DlmsValue[] | null {
  const targets = descriptorsOf(items[0]);
  if (!targets) return null;
  const namesItself = targets[0]!.classId === PUSH_SETUP && items.length === targets.length;
  const values = namesItself ? items : items.slice(1);
  return targets.flatMap((target, i) => {
    const data = values[i];
    if (!data || (namesItself && i === 0)) return [];
    return [{ ...target, scalerUnit: null, data }];
  });
}

/** The scaler and unit behind a value: a structure, or flat in a structure that ends with them. */
function unitAmong(rest: Children): ScalerUnit | null {
  for (const item of rest) {
    const found = scalerUnitOf(item);
    if (found) return found;
  }
  const [scaler, unit] = rest;
  const isFlat = rest.length === 2 && scaler?.type === 'integer' && unit?.type === 'enum';
  return isFlat ? { scaler: Number(scaler.value), unit: Number(unit.value) } : null;
}

/** One structure that names itself; null when it is none or holds several pairs. */
function structureValue(d: DlmsData): DlmsValue | null {
  if (d.type !== 'structure' || descriptorOf(d)) return null;
  const found = targetOf(d.value);
  if (!found) return null;
  const rest = d.value.slice(found.size);
  const at = rest.findIndex((item) => !scalerUnitOf(item));
  const data = rest[at];
  if (!data || rest.slice(at + 1).some((item) => obisOf(item))) return null;
  const others = rest.filter((_, i) => i !== at);
  return { ...found.target, scalerUnit: unitAmong(others), data };
}

/** OBIS and value in turn; other items stand between them. Null when fewer than one pair. */
function alternatingValues(items: Children): readonly DlmsValue[] | null {
  const out: DlmsValue[] = [];
  for (let i = 0; i + 1 < items.length; i++) {
    const obis = obisOf(items[i]);
    const data = items[i + 1]!;
    if (!obis) continue;
    const scalerUnit = scalerUnitOf(items[i + 2]);
    out.push({ obis, classId: null, attribute: null, scalerUnit, data });
    i += scalerUnit ? 2 : 1;
  }
  return out.length > 0 ? out : null;
}

/** All values of a notification body in transmission order. */
export function valuesOf(body: DlmsData): readonly DlmsValue[] {
  const own = structureValue(body);
  if (own) return [own];
  const items = childrenOf(body);
  if (!items) return [];
  return describedValues(items) ?? alternatingValues(items) ?? items.flatMap(valuesOf);
}

/** The number of `data` scaled by `scaler`; null for text, lists and floats. */
export function scaledOf({ data, scalerUnit }: DlmsValue): Decimal | null {
  const units = integerOf(data);
  return units === null ? null : decimal(units, scalerUnit?.scaler ?? 0);
}

/** Unit word; null without scaler and unit, empty for a count. */
export function unitOf({ scalerUnit }: DlmsValue): string | null {
  if (!scalerUnit) return null;
  return scalerUnit.unit === NO_UNIT ? '' : (UNITS.get(scalerUnit.unit) ?? '');
}

/** Text of a string where all of it is printable. */
export function printable(b: Uint8Array): string | null {
  return b.length > 0 && b.every((c) => c >= 0x20 && c < 0x7f) ? toLatin1(b) : null;
}

/** Value as text for people and logs: number, text, or hex. */
export function plainOf(data: DlmsData): string | null {
  if (!('value' in data) || Array.isArray(data.value)) return null;
  const { value } = data;
  return value instanceof Uint8Array ? (printable(value) ?? toHex(value)) : String(value);
}
