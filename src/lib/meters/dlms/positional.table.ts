/**
 * Lists that carry no OBIS code: which code stands at which place. The number of elements tells the
 * list; `scale` is the power of ten that the list leaves out, `unit` that of the value then.
 */
export type PositionalRow = {
  readonly obis: string;
  readonly scale: number;
  /** Null for texts and times. */
  readonly unit: string | null;
};

export type PositionalList = {
  readonly name: string;
  /** Texts of the first element that tell the list, where it names itself. */
  readonly version: RegExp | null;
  readonly rows: readonly PositionalRow[];
};

const text = (obis: string): PositionalRow => ({ obis, scale: 0, unit: null });
const num = (obis: string, unit: string, scale = 0): PositionalRow => ({ obis, scale, unit });

const IDENTITY = [text('1-1:0.2.129*255'), text('0-0:96.1.0*255'), text('0-0:96.1.7*255')];
const POWER = [
  num('1-0:1.7.0*255', 'W'),
  num('1-0:2.7.0*255', 'W'),
  num('1-0:3.7.0*255', 'var'),
  num('1-0:4.7.0*255', 'var'),
];
const ONE_PHASE = [num('1-0:31.7.0*255', 'A', -3), num('1-0:32.7.0*255', 'V', -1)];
const THREE_PHASES = [
  num('1-0:31.7.0*255', 'A', -3),
  num('1-0:51.7.0*255', 'A', -3),
  num('1-0:71.7.0*255', 'A', -3),
  num('1-0:32.7.0*255', 'V', -1),
  num('1-0:52.7.0*255', 'V', -1),
  num('1-0:72.7.0*255', 'V', -1),
];
const HOURLY = [
  text('0-0:1.0.0*255'),
  num('1-0:1.8.0*255', 'Wh'),
  num('1-0:2.8.0*255', 'Wh'),
  num('1-0:3.8.0*255', 'varh'),
  num('1-0:4.8.0*255', 'varh'),
];
const KAIFA = /^KFM_/;

/**
 * Source: Norwegian HAN, NVE and NEK "Kaifa KFM_001" OBIS list information (lists 1 to 3, one and
 * three phases). Positions are facts of that document.
 */
export const POSITIONAL: readonly PositionalList[] = [
  { name: 'kaifa-1', version: null, rows: [num('1-0:1.7.0*255', 'W')] },
  { name: 'kaifa-2-1p', version: KAIFA, rows: [...IDENTITY, ...POWER, ...ONE_PHASE] },
  { name: 'kaifa-2-3p', version: KAIFA, rows: [...IDENTITY, ...POWER, ...THREE_PHASES] },
  { name: 'kaifa-3-1p', version: KAIFA, rows: [...IDENTITY, ...POWER, ...ONE_PHASE, ...HOURLY] },
  { name: 'kaifa-3-3p', version: KAIFA, rows: [...IDENTITY, ...POWER, ...THREE_PHASES, ...HOURLY] },
];
