/**
 * Units of the fixed data structure (EN 1434-3:1997 annex, table of the medium and unit bytes).
 * Only rows; `fixed.ts` walks them. Code 3Eh means "same as the other counter, historic".
 */
export type FixedUnitRow = {
  readonly from: number;
  readonly to: number;
  readonly quantity: string;
  readonly unit: string;
  readonly scale: number;
  readonly clause: string;
};

const EN1434 = 'EN 1434-3:1997 table 4';

export const FIXED_UNITS = [
  { from: 0x02, to: 0x04, quantity: 'energy', unit: 'Wh', scale: 0, clause: EN1434 },
  { from: 0x05, to: 0x07, quantity: 'energy', unit: 'kWh', scale: 0, clause: EN1434 },
  { from: 0x08, to: 0x0a, quantity: 'energy', unit: 'MWh', scale: 0, clause: EN1434 },
  { from: 0x0b, to: 0x0d, quantity: 'energy', unit: 'kJ', scale: 0, clause: EN1434 },
  { from: 0x0e, to: 0x10, quantity: 'energy', unit: 'MJ', scale: 0, clause: EN1434 },
  { from: 0x11, to: 0x13, quantity: 'energy', unit: 'GJ', scale: 0, clause: EN1434 },
  { from: 0x14, to: 0x16, quantity: 'power', unit: 'W', scale: 0, clause: EN1434 },
  { from: 0x17, to: 0x19, quantity: 'power', unit: 'kW', scale: 0, clause: EN1434 },
  { from: 0x1a, to: 0x1c, quantity: 'power', unit: 'MW', scale: 0, clause: EN1434 },
  { from: 0x1d, to: 0x1f, quantity: 'power', unit: 'kJ/h', scale: 0, clause: EN1434 },
  { from: 0x20, to: 0x22, quantity: 'power', unit: 'MJ/h', scale: 0, clause: EN1434 },
  { from: 0x23, to: 0x25, quantity: 'power', unit: 'GJ/h', scale: 0, clause: EN1434 },
  { from: 0x26, to: 0x28, quantity: 'volume', unit: 'l', scale: -3, clause: EN1434 },
  { from: 0x29, to: 0x2b, quantity: 'volume', unit: 'l', scale: 0, clause: EN1434 },
  { from: 0x2c, to: 0x2e, quantity: 'volume', unit: 'm3', scale: 0, clause: EN1434 },
  { from: 0x2f, to: 0x31, quantity: 'volume_flow', unit: 'l/h', scale: -3, clause: EN1434 },
  { from: 0x32, to: 0x34, quantity: 'volume_flow', unit: 'l/h', scale: 0, clause: EN1434 },
  { from: 0x35, to: 0x37, quantity: 'volume_flow', unit: 'm3/h', scale: 0, clause: EN1434 },
  {
    from: 0x38,
    to: 0x38,
    quantity: 'temperature_difference',
    unit: 'K',
    scale: -3,
    clause: EN1434,
  },
  { from: 0x39, to: 0x39, quantity: 'hca', unit: 'hca', scale: 0, clause: EN1434 },
] as const satisfies readonly FixedUnitRow[];
