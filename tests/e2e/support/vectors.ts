/**
 * Real telegrams of other people's meters with their published values, as a round of 60 meters.
 * They lie beside the repository and never in it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FILE = fileURLToPath(new URL('../../../../shared/vectors/wmbus.jsonl', import.meta.url));
export const HAVE_VECTORS = existsSync(FILE);

export type VectorMeter = {
  readonly case: string;
  readonly hex: string;
  readonly key: string | null;
  readonly manufacturer: string;
  readonly radioId: string;
  readonly version: number;
  readonly type: number;
  readonly resource: 'electricity' | 'gas' | 'heat' | 'hot-water' | 'cold-water';
  /** The published total in kWh or m3. */
  readonly value: number;
  readonly unit: 'kWh' | 'm3';
};

type Check = {
  field: string;
  value: number;
  unit: string;
  function: string;
  storage: number;
  tariff: number;
  subunit: number;
  vif: string;
};
type Header = { manufacturer?: string; id?: string; version?: number; type?: number };
type Case = {
  id: string;
  class: string;
  hex: string;
  key?: string;
  context_frames?: string[];
  /** What an independent check says of the length and the check sums. */
  link?: string;
  expect: { checks?: Check[]; analysis?: Header } & Header;
};

const RESOURCE: Record<number, VectorMeter['resource']> = {
  2: 'electricity',
  3: 'gas',
  4: 'heat',
  6: 'hot-water',
  7: 'cold-water',
  12: 'heat',
  13: 'heat',
  22: 'cold-water',
};

const isTotal = (c: Check): boolean =>
  /^total_(m3|kwh|energy_consumption_kwh)$/.test(c.field) &&
  c.function === 'instantaneous' &&
  c.storage === 0 &&
  c.tariff === 0 &&
  c.subunit === 0 &&
  // A plain VIF: with an extension it is another quantity (converted gas, per pulse, ...).
  c.vif.length === 2;

/** The first `count` meters that differ in address and whose total was published. */
export function vectorMeters(count: number): VectorMeter[] {
  const seen = new Set<string>();
  const found: VectorMeter[] = [];
  for (const line of readFileSync(FILE, 'utf8').split('\n')) {
    if (!line || found.length === count) continue;
    const meter = asMeter(JSON.parse(line) as Case);
    if (!meter || seen.has(meter.radioId)) continue;
    seen.add(meter.radioId);
    found.push(meter);
  }
  return found;
}

function asMeter(row: Case): VectorMeter | null {
  const header = row.expect.type === undefined ? row.expect.analysis : row.expect;
  const total = row.expect.checks?.find(isTotal);
  const resource = RESOURCE[header?.type ?? -1];
  if (row.class !== 'generic' || row.context_frames || !total || !resource) return null;
  const unit = total.unit === 'kWh' ? 'kWh' : 'm3';
  if (!hasPlainAddress(row.hex, header) || row.link?.includes('short')) return null;
  if ((unit === 'kWh') !== (resource === 'heat' || resource === 'electricity')) return null;
  return {
    case: row.id,
    hex: row.hex,
    key: row.key ?? null,
    manufacturer: header?.manufacturer ?? '',
    radioId: header?.id ?? '',
    version: header?.version ?? 0,
    type: header?.type ?? 0,
    resource,
    value: total.value,
    unit,
  };
}

/**
 * Address as EN 13757-4 orders it: identification, version, type. A few makers send another order,
 * which is told apart by driver, not by the generic decoder.
 */
function hasPlainAddress(hex: string, header: Header | undefined): boolean {
  const id = (header?.id ?? '').match(/../g)?.reverse().join('') ?? '';
  const byte = (n: number | undefined) => (n ?? 0).toString(16).padStart(2, '0');
  const wanted = id + byte(header?.version) + byte(header?.type);
  // A long transport header puts the maker between identification and version.
  const long = new RegExp(`${id}....${byte(header?.version)}${byte(header?.type)}`, 'i');
  return hex.toLowerCase().includes(wanted.toLowerCase()) || long.test(hex);
}

/** A list of meters and keys as an operator would upload it. */
export function meterCsv(meters: readonly VectorMeter[], house: string): string {
  const head = 'house;flat;resource;serial;manufacturer;radio_id;version;protocol;key';
  const lines = meters.map((m, i) =>
    [
      house,
      String(i + 1),
      m.resource,
      m.radioId,
      m.manufacturer,
      m.radioId,
      m.version,
      'wmbus',
      m.key ?? '',
    ].join(';'),
  );
  return [head, ...lines].join('\r\n');
}
