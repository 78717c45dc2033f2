/**
 * Which OBIS code a decoded quantity is, by what the meter measures, and how units become the
 * canonical ones. Only rows; `normalise.ts` walks them. Codes: IEC 62056-6-1 (electricity),
 * EN 13757-1 tables for heat cost, cooling, heat, gas and water.
 */
export type CanonicalUnit =
  'Wh' | 'varh' | 'W' | 'var' | 'm3' | 'm3/h' | 'degC' | 'K' | 'V' | 'A' | 'Hz' | 'bar' | '';

export type MediumGroupRow = {
  readonly group: number;
  /** Device types of EN 13757-7:2018 table 13. */
  readonly types: readonly number[];
  readonly clause: string;
};

/** OBIS value group A (EN 13757-1:2014 clause 13.3). */
export const MEDIUM_GROUPS = [
  { group: 1, types: [0x02], clause: 'A=1 electricity' },
  { group: 4, types: [0x08], clause: 'A=4 heat cost allocator' },
  { group: 5, types: [0x0a, 0x0b], clause: 'A=5 cooling' },
  { group: 6, types: [0x04, 0x0c, 0x0d, 0x05], clause: 'A=6 heat' },
  { group: 7, types: [0x03, 0x12, 0x13], clause: 'A=7 gas' },
  { group: 8, types: [0x07, 0x16, 0x11, 0x10], clause: 'A=8 cold water' },
  { group: 9, types: [0x06, 0x15], clause: 'A=9 hot water' },
  // Techem's own types, reserved by EN 13757-7:2018.
  { group: 4, types: [0x80], clause: 'A=4, type of Techem allocators' },
  { group: 6, types: [0x43], clause: 'A=6, type of Techem heat meters' },
  { group: 8, types: [0x72], clause: 'A=8, type of Techem cold water meters' },
  { group: 9, types: [0x62], clause: 'A=9, type of Techem hot water meters' },
] as const satisfies readonly MediumGroupRow[];

export type RegisterRow = {
  /** Value group A, null for any. */
  readonly groups: readonly number[] | null;
  readonly quantity: string;
  /** The only qualifier that the record must have, null for none. */
  readonly qualifier: string | null;
  /** C.D.E with `t` where the tariff number goes. */
  readonly code: string;
  readonly unit: CanonicalUnit;
  readonly clause: string;
};

const E = 'IEC 62056-6-1:2023 7';
const H = 'EN 13757-1:2014 heat';
const W = 'EN 13757-1:2014 water';
const G = 'EN 13757-1:2014 gas';
const [POWER, HEAT, WATER] = [[1], [5, 6], [8, 9]];

export const REGISTER_CODES = [
  { groups: POWER, quantity: 'energy', qualifier: null, code: '1.8.t', unit: 'Wh', clause: E },
  {
    groups: POWER,
    quantity: 'energy',
    qualifier: 'only_positive',
    code: '1.8.t',
    unit: 'Wh',
    clause: E,
  },
  {
    groups: POWER,
    quantity: 'energy',
    qualifier: 'only_negative',
    code: '2.8.t',
    unit: 'Wh',
    clause: E,
  },
  {
    groups: POWER,
    quantity: 'reactive_energy',
    qualifier: null,
    code: '3.8.t',
    unit: 'varh',
    clause: E,
  },
  {
    groups: POWER,
    quantity: 'reactive_energy',
    qualifier: 'only_negative',
    code: '4.8.t',
    unit: 'varh',
    clause: E,
  },
  { groups: POWER, quantity: 'power', qualifier: null, code: '1.7.0', unit: 'W', clause: E },
  {
    groups: POWER,
    quantity: 'power',
    qualifier: 'only_negative',
    code: '2.7.0',
    unit: 'W',
    clause: E,
  },
  { groups: POWER, quantity: 'power', qualifier: 'phase_l1', code: '21.7.0', unit: 'W', clause: E },
  { groups: POWER, quantity: 'power', qualifier: 'phase_l2', code: '41.7.0', unit: 'W', clause: E },
  { groups: POWER, quantity: 'power', qualifier: 'phase_l3', code: '61.7.0', unit: 'W', clause: E },
  {
    groups: POWER,
    quantity: 'reactive_power',
    qualifier: null,
    code: '3.7.0',
    unit: 'var',
    clause: E,
  },
  { groups: POWER, quantity: 'voltage', qualifier: null, code: '12.7.0', unit: 'V', clause: E },
  {
    groups: POWER,
    quantity: 'voltage',
    qualifier: 'phase_l1',
    code: '32.7.0',
    unit: 'V',
    clause: E,
  },
  {
    groups: POWER,
    quantity: 'voltage',
    qualifier: 'phase_l2',
    code: '52.7.0',
    unit: 'V',
    clause: E,
  },
  {
    groups: POWER,
    quantity: 'voltage',
    qualifier: 'phase_l3',
    code: '72.7.0',
    unit: 'V',
    clause: E,
  },
  { groups: POWER, quantity: 'current', qualifier: null, code: '11.7.0', unit: 'A', clause: E },
  {
    groups: POWER,
    quantity: 'current',
    qualifier: 'phase_l1',
    code: '31.7.0',
    unit: 'A',
    clause: E,
  },
  {
    groups: POWER,
    quantity: 'current',
    qualifier: 'phase_l2',
    code: '51.7.0',
    unit: 'A',
    clause: E,
  },
  {
    groups: POWER,
    quantity: 'current',
    qualifier: 'phase_l3',
    code: '71.7.0',
    unit: 'A',
    clause: E,
  },
  { groups: POWER, quantity: 'frequency', qualifier: null, code: '14.7.0', unit: 'Hz', clause: E },
  {
    groups: [4],
    quantity: 'hca',
    qualifier: null,
    code: '1.0.0',
    unit: '',
    clause: 'EN 13757-1:2014 HCA',
  },
  { groups: HEAT, quantity: 'energy', qualifier: null, code: '1.0.t', unit: 'Wh', clause: H },
  { groups: HEAT, quantity: 'volume', qualifier: null, code: '2.0.t', unit: 'm3', clause: H },
  { groups: HEAT, quantity: 'power', qualifier: null, code: '8.0.0', unit: 'W', clause: H },
  {
    groups: HEAT,
    quantity: 'volume_flow',
    qualifier: null,
    code: '9.0.0',
    unit: 'm3/h',
    clause: H,
  },
  {
    groups: HEAT,
    quantity: 'flow_temperature',
    qualifier: null,
    code: '10.0.0',
    unit: 'degC',
    clause: H,
  },
  {
    groups: HEAT,
    quantity: 'return_temperature',
    qualifier: null,
    code: '11.0.0',
    unit: 'degC',
    clause: H,
  },
  {
    groups: HEAT,
    quantity: 'temperature_difference',
    qualifier: null,
    code: '12.0.0',
    unit: 'K',
    clause: H,
  },
  { groups: [7], quantity: 'volume', qualifier: null, code: '3.0.t', unit: 'm3', clause: G },
  {
    groups: [7],
    quantity: 'volume',
    qualifier: 'uncorrected',
    code: '3.0.t',
    unit: 'm3',
    clause: G,
  },
  {
    groups: [7],
    quantity: 'volume_flow',
    qualifier: null,
    code: '43.0.0',
    unit: 'm3/h',
    clause: G,
  },
  { groups: WATER, quantity: 'volume', qualifier: null, code: '1.0.t', unit: 'm3', clause: W },
  {
    groups: WATER,
    quantity: 'volume_flow',
    qualifier: null,
    code: '2.0.0',
    unit: 'm3/h',
    clause: W,
  },
  {
    groups: WATER,
    quantity: 'flow_temperature',
    qualifier: null,
    code: '10.0.0',
    unit: 'degC',
    clause: W,
  },
] as const satisfies readonly RegisterRow[];

/** Ambient temperature belongs to no medium (IEC 62056-6-1:2023 6.2). */
export const AMBIENT_OBIS = '0-0:96.9.0';

export type UnitRow = {
  readonly unit: string;
  readonly to: CanonicalUnit;
  /** Canonical value = value × numerator / denominator × 10^scale, in exact integers. */
  readonly numerator: bigint;
  readonly denominator: bigint;
  readonly scale: number;
  readonly clause: string;
};

const SI = 'SI brochure 9';
const unit = (name: string, to: CanonicalUnit, scale: number): UnitRow => ({
  unit: name,
  to,
  numerator: 1n,
  denominator: 1n,
  scale,
  clause: SI,
});
/** Joule: 1 Wh = 3600 J. Calorie (IT): 4.1868 J. */
const joule = (name: string, to: CanonicalUnit, scale: number): UnitRow => ({
  ...unit(name, to, scale),
  denominator: 3600n,
});
const times = (name: string, to: CanonicalUnit, factor: readonly [bigint, number]): UnitRow => ({
  ...unit(name, to, factor[1]),
  numerator: factor[0],
});
const calorie = (name: string, scale: number): UnitRow => ({
  ...joule(name, 'Wh', scale - 4),
  numerator: 41868n,
});

/** Source: SI brochure, 9th edition; joule and calorie as legal units of heat. */
export const UNIT_TABLE: readonly UnitRow[] = [
  unit('Wh', 'Wh', 0),
  unit('kWh', 'Wh', 3),
  unit('MWh', 'Wh', 6),
  unit('GWh', 'Wh', 9),
  joule('J', 'Wh', 0),
  joule('kJ', 'Wh', 3),
  joule('MJ', 'Wh', 6),
  joule('GJ', 'Wh', 9),
  calorie('kcal', 3),
  calorie('Mcal', 6),
  calorie('Gcal', 9),
  unit('varh', 'varh', 0),
  unit('kvarh', 'varh', 3),
  unit('Mvarh', 'varh', 6),
  unit('W', 'W', 0),
  unit('kW', 'W', 3),
  unit('MW', 'W', 6),
  joule('J/h', 'W', 0),
  joule('kJ/h', 'W', 3),
  joule('MJ/h', 'W', 6),
  joule('GJ/h', 'W', 9),
  unit('var', 'var', 0),
  unit('kvar', 'var', 3),
  unit('m3', 'm3', 0),
  unit('l', 'm3', -3),
  times('ft3', 'm3', [28_316_846_592n, -12]),
  times('gal', 'm3', [3_785_411_784n, -12]),
  unit('m3/h', 'm3/h', 0),
  unit('m3ph', 'm3/h', 0),
  unit('l/h', 'm3/h', -3),
  times('l/min', 'm3/h', [60n, -3]),
  times('m3/min', 'm3/h', [60n, 0]),
  times('m3/s', 'm3/h', [3600n, 0]),
  unit('°C', 'degC', 0),
  unit('C', 'degC', 0),
  unit('K', 'K', 0),
  unit('V', 'V', 0),
  unit('kV', 'V', 3),
  unit('A', 'A', 0),
  unit('mA', 'A', -3),
  unit('Hz', 'Hz', 0),
  unit('bar', 'bar', 0),
  unit('hca', '', 0),
];

export type ReducedCodeRow = {
  readonly code: string;
  readonly obis: string;
  readonly clause: string;
};

/** Codes of heat meters at the optical eye (EN 1434-3:2015 annex on IEC 62056-21). */
export const REDUCED_CODES = [
  { code: '6.8', obis: '6-0:1.0.0', clause: 'EN 1434-3:2015' },
  { code: '6.26', obis: '6-0:2.0.0', clause: 'EN 1434-3:2015' },
  { code: '6.4', obis: '6-0:8.0.0', clause: 'EN 1434-3:2015' },
  { code: '6.27', obis: '6-0:9.0.0', clause: 'EN 1434-3:2015' },
  { code: '6.29', obis: '6-0:10.0.0', clause: 'EN 1434-3:2015' },
  { code: '6.28', obis: '6-0:11.0.0', clause: 'EN 1434-3:2015' },
] as const satisfies readonly ReducedCodeRow[];
