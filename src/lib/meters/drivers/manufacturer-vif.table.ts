/**
 * What VIFs behind FFh mean at certain manufacturers. EN 13757-3:2018 clause 6.4.2 leaves these
 * codes to them, so every row names the manufacturer's own document. Only rows;
 * `manufacturer-vif.ts` walks them.
 */
export type ManufacturerVifRow = {
  readonly manufacturer: string;
  /** Hex of VIF and VIFEs as transmitted. */
  readonly vif: string;
  readonly quantity: string;
  readonly unit: string;
  readonly scale: number;
  readonly clause: string;
};

const SCHNEIDER = 'Schneider Electric DOCA0005EN-04, clause "Manufacturer-specific VIFE codes"';

export const MANUFACTURER_VIFS = [
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
