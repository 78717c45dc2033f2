/**
 * The catalogue of quantities that readings may carry. OBIS codes per IEC 62056-6-1 (electricity)
 * and EN 13757-1 (other media). A reading's `value` is an integer in `10^scale` of `unit`; the
 * numbers are for ever, because stored readings refer to them. The same rows are in table
 * `register_type`; a test compares them.
 */
import type { Resource } from './resource.ts';

export type RegisterType = {
  readonly id: number;
  readonly obis: string;
  readonly quantity: 'energy' | 'volume' | 'temperature' | 'flow' | 'power' | 'pulses';
  readonly unit: 'Wh' | 'm3' | 'degC' | 'm3/h' | 'W' | '';
  readonly scale: number;
  readonly resource: Resource | null;
  /** 0 = total, 1..6 = tariff registers. */
  readonly zone: number;
};

export const REGISTER_TYPES = [
  // IEC 62056-6-1 clause 7: active energy import, total and tariffs 1 to 6.
  ...[0, 1, 2, 3, 4, 5, 6].map((zone): RegisterType => ({
    id: 1 + zone,
    obis: `1-0:1.8.${zone}`,
    quantity: 'energy',
    unit: 'Wh',
    scale: 0,
    resource: 'electricity',
    zone,
  })),
  // IEC 62056-6-1: active energy export, total.
  {
    id: 8,
    obis: '1-0:2.8.0',
    quantity: 'energy',
    unit: 'Wh',
    scale: 0,
    resource: 'electricity',
    zone: 0,
  },
  // IEC 62056-6-1: active power import, instantaneous.
  {
    id: 9,
    obis: '1-0:1.7.0',
    quantity: 'power',
    unit: 'W',
    scale: 0,
    resource: 'electricity',
    zone: 0,
  },
  // EN 13757-1 table for water: 8 cold, 9 hot; volume.
  {
    id: 10,
    obis: '8-0:1.0.0',
    quantity: 'volume',
    unit: 'm3',
    scale: -3,
    resource: 'cold-water',
    zone: 0,
  },
  {
    id: 11,
    obis: '9-0:1.0.0',
    quantity: 'volume',
    unit: 'm3',
    scale: -3,
    resource: 'hot-water',
    zone: 0,
  },
  // EN 13757-1: gas, converted or unconverted volume as the register shows it.
  {
    id: 12,
    obis: '7-0:3.0.0',
    quantity: 'volume',
    unit: 'm3',
    scale: -3,
    resource: 'gas',
    zone: 0,
  },
  // EN 13757-1: heat energy, volume, flow and return temperature.
  {
    id: 13,
    obis: '6-0:1.0.0',
    quantity: 'energy',
    unit: 'Wh',
    scale: 0,
    resource: 'heat',
    zone: 0,
  },
  {
    id: 14,
    obis: '6-0:2.0.0',
    quantity: 'volume',
    unit: 'm3',
    scale: -3,
    resource: 'heat',
    zone: 0,
  },
  {
    id: 15,
    obis: '6-0:10.0.0',
    quantity: 'temperature',
    unit: 'degC',
    scale: -2,
    resource: 'heat',
    zone: 0,
  },
  {
    id: 16,
    obis: '6-0:11.0.0',
    quantity: 'temperature',
    unit: 'degC',
    scale: -2,
    resource: 'heat',
    zone: 0,
  },
  // IEC 62056-6-1 clause 6.2: ambient temperature 0-b:96.9.0, the room sensor of a dwelling.
  {
    id: 20,
    obis: '0-0:96.9.0',
    quantity: 'temperature',
    unit: 'degC',
    scale: -2,
    resource: null,
    zone: 0,
  },
  // Plain pulses of a module's channel before they have a weight.
  { id: 21, obis: '0-0:82.8.0', quantity: 'pulses', unit: '', scale: 0, resource: null, zone: 0 },
] as const satisfies readonly RegisterType[];

/**
 * The total register that a bill of the resource is made from: IEC 62056-6-1 and EN 13757-1, value
 * group D = 8 or 1 with group E = 0.
 */
export const TOTAL_REGISTER: Readonly<Record<Resource, number>> = {
  electricity: 1,
  'cold-water': 10,
  'hot-water': 11,
  gas: 12,
  heat: 13,
};

export const ROOM_TEMPERATURE_REGISTER = 20;

const BY_ID = new Map<number, RegisterType>(REGISTER_TYPES.map((row) => [row.id, row]));
export const registerType = (id: number): RegisterType | undefined => BY_ID.get(id);

/** Finds the catalogue row of an OBIS code; groups E beyond the catalogue give undefined. */
export const registerTypeOfObis = (obis: string): RegisterType | undefined =>
  REGISTER_TYPES.find((row) => row.obis === obis);
