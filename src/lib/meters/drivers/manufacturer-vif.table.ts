/**
 * What certain VIFs mean at certain manufacturers: those behind FFh, which EN 13757-3:2018 clause
 * 6.4.2 leaves to them, and standard ones that a manufacturer fills otherwise. Every row names
 * where that is known from. Only rows; `manufacturer-vif.ts` walks them.
 */
export type ManufacturerVifRow = {
  readonly manufacturer: string;
  /** Hex of the DIF when only this coding is meant. */
  readonly dif?: string;
  /** Hex of VIF and VIFEs as transmitted. */
  readonly vif: string;
  readonly quantity: string;
  readonly unit: string;
  readonly scale: number;
  readonly clause: string;
};

// 98 days left on a battery of sixteen years would be an alarm on every new meter.
const AXIOMA = 'Source: telegrams of Axioma Q400 and W1, one byte from 100 downwards';
const SCHNEIDER = 'Schneider Electric DOCA0005EN-04, clause "Manufacturer-specific VIFE codes"';

export const MANUFACTURER_VIFS = [
  {
    manufacturer: 'AXI',
    dif: '01',
    vif: 'FD74',
    quantity: 'battery_life',
    unit: '%',
    scale: 0,
    clause: AXIOMA,
  },
  {
    manufacturer: 'SEC',
    vif: 'FF0A',
    quantity: 'power_factor',
    unit: '',
    scale: 0,
    clause: SCHNEIDER,
  },
  {
    manufacturer: 'SEC',
    vif: 'FF0B',
    quantity: 'frequency',
    unit: 'Hz',
    scale: 0,
    clause: SCHNEIDER,
  },
  {
    manufacturer: 'SEC',
    vif: 'FF32',
    quantity: 'digital_input',
    unit: '',
    scale: 0,
    clause: SCHNEIDER,
  },
] as const satisfies readonly ManufacturerVifRow[];
