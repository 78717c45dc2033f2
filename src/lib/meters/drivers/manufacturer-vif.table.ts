/**
 * What certain VIFs mean at certain manufacturers: those behind FFh, which EN 13757-3:2018 clause
 * 6.4.2 leaves to them, and standard ones that a manufacturer fills otherwise. Every row names
 * where that is known from. Only rows; `manufacturer-vif.ts` walks them.
 */
export type ManufacturerVifRow = {
  readonly manufacturer: string;
  /** Hex of the DIF when only this coding is meant. */
  readonly dif?: string;
  /** Subunit when only this one is meant. */
  readonly subunit?: number;
  /** Hex of VIF and VIFEs as transmitted. */
  readonly vif: string;
  readonly quantity: string;
  readonly unit: string;
  /** Power of ten on top of the one the VIF names. */
  readonly scale: number;
  /** What the value is beyond its quantity, as in `DataRecord.qualifiers`. */
  readonly qualifier?: string;
  readonly clause: string;
};

type Meaning = readonly [vif: string, quantity: string, unit: string, scale: number, word?: string];

const rows = (
  of: Pick<ManufacturerVifRow, 'manufacturer' | 'clause' | 'dif' | 'subunit'>,
  meanings: readonly Meaning[],
): readonly ManufacturerVifRow[] =>
  meanings.map(([vif, quantity, unit, scale, qualifier]) =>
    qualifier === undefined
      ? { ...of, vif, quantity, unit, scale }
      : { ...of, vif, quantity, unit, scale, qualifier },
  );

// 98 days left on a battery of sixteen years would be an alarm on every new meter.
const AXIOMA = {
  manufacturer: 'AXI',
  dif: '01',
  clause: 'Source: telegrams of Axioma Q400 and W1, one byte from 100 downwards',
};
const SCHNEIDER = {
  manufacturer: 'SEC',
  clause: 'Schneider Electric DOCA0005EN-04, clause "Manufacturer-specific VIFE codes"',
};
const SCHNEIDER_CLOCK = {
  manufacturer: 'SEC',
  dif: '06',
  clause: 'Source: telegrams of iEM3000, whose numbers are 2.7 and 6.4 years only when in seconds',
};
const SCHNEIDER_REACTIVE = {
  ...SCHNEIDER,
  subunit: 1,
  clause: 'Schneider Electric DOCA0005EN-04, subunit 1 is reactive energy in the VIF of active',
};
const IME = {
  manufacturer: 'IME',
  clause: 'Source: telegrams of IME Conto D4, whose volts times amperes give their volt-amperes',
};

/** Every row carries its clause or source, see above. */
export const MANUFACTURER_VIFS: readonly ManufacturerVifRow[] = [
  ...rows(SCHNEIDER_CLOCK, [['FF20', 'operating_time', 's', 0]]),
  ...rows(AXIOMA, [['FD74', 'battery_life', '%', 0]]),
  ...rows(SCHNEIDER, [
    ['FF0A', 'power_factor', '', 0],
    ['FF0B', 'frequency', 'Hz', 0],
    ['FF24', 'frequency', 'Hz', 0, 'nominal'],
    ['FF32', 'digital_input', '', 0],
  ]),
  ...rows(SCHNEIDER_REACTIVE, [
    ['03', 'reactive_energy', 'varh', 0],
    ['83FF09', 'reactive_energy', 'varh', 0, 'only_negative'],
    ['83FF0D', 'reactive_energy', 'varh', 0, 'partial'],
  ]),
  ...rows(IME, [
    ['FF80843B', 'energy', 'Wh', 1, 'only_positive'],
    ['FF80843C', 'energy', 'Wh', 1, 'only_negative'],
    ['FF81843B', 'reactive_energy', 'varh', 1, 'only_positive'],
    ['FF81843C', 'reactive_energy', 'varh', 1, 'only_negative'],
    ['FF842B', 'power', 'W', 0],
    ['FF852B', 'reactive_power', 'var', 0],
    ['FF862B', 'apparent_power', 'VA', 0],
    ['FF8748', 'voltage', 'V', -1],
    ['FF8848', 'voltage', 'V', -1, 'phase_to_phase'],
    ['FF8959', 'current', 'A', -3],
    ['FF8A48', 'frequency', 'Hz', -1],
    ['FF8B28', 'power_factor', '', -3],
    ['FF8D2B', 'power', 'W', 0, 'average'],
    ['FF8E2B', 'power', 'W', 0, 'maximum_demand'],
    ['FF8F21', 'operating_time', 'min', 0],
    ['FF9029', 'counter', '', 0],
  ]),
];
