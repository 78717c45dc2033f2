/**
 * Value information: what a VIF says about its data (EN 13757-3). Only rows; `vif.ts` walks them.
 *
 * A row covers the codes `from..to`; the power of ten grows by one with each code from `scale` on,
 * unless `step` is 0. `form` tells how the data bytes are read: numbers are signed, `bits` is an
 * unsigned bit field or code, `date` is one of the types F, G, I, J by its length.
 * `clause` is the table of EN 13757-3:2018, `T10` to `T14`.
 */
export type VifForm = 'number' | 'bits' | 'date';

export type VifRow = {
  readonly from: number;
  readonly to: number;
  readonly quantity: string;
  readonly unit: string;
  readonly scale: number;
  readonly step?: 0;
  readonly form?: VifForm;
  readonly clause: string;
};

/** Codes of the VIF itself, EN 13757-3:2018 clause 6.4.2. */
export const PRIMARY_VIF = [
  { from: 0x00, to: 0x07, quantity: 'energy', unit: 'Wh', scale: -3, clause: 'T10' },
  { from: 0x08, to: 0x0f, quantity: 'energy', unit: 'J', scale: 0, clause: 'T10' },
  { from: 0x10, to: 0x17, quantity: 'volume', unit: 'm3', scale: -6, clause: 'T10' },
  { from: 0x18, to: 0x1f, quantity: 'mass', unit: 'kg', scale: -3, clause: 'T10' },
  { from: 0x20, to: 0x20, quantity: 'on_time', unit: 's', scale: 0, clause: 'T10' },
  { from: 0x21, to: 0x21, quantity: 'on_time', unit: 'min', scale: 0, clause: 'T10' },
  { from: 0x22, to: 0x22, quantity: 'on_time', unit: 'h', scale: 0, clause: 'T10' },
  { from: 0x23, to: 0x23, quantity: 'on_time', unit: 'd', scale: 0, clause: 'T10' },
  { from: 0x24, to: 0x24, quantity: 'operating_time', unit: 's', scale: 0, clause: 'T10' },
  { from: 0x25, to: 0x25, quantity: 'operating_time', unit: 'min', scale: 0, clause: 'T10' },
  { from: 0x26, to: 0x26, quantity: 'operating_time', unit: 'h', scale: 0, clause: 'T10' },
  { from: 0x27, to: 0x27, quantity: 'operating_time', unit: 'd', scale: 0, clause: 'T10' },
  { from: 0x28, to: 0x2f, quantity: 'power', unit: 'W', scale: -3, clause: 'T10' },
  { from: 0x30, to: 0x37, quantity: 'power', unit: 'J/h', scale: 0, clause: 'T10' },
  { from: 0x38, to: 0x3f, quantity: 'volume_flow', unit: 'm3/h', scale: -6, clause: 'T10' },
  { from: 0x40, to: 0x47, quantity: 'volume_flow', unit: 'm3/min', scale: -7, clause: 'T10' },
  { from: 0x48, to: 0x4f, quantity: 'volume_flow', unit: 'm3/s', scale: -9, clause: 'T10' },
  { from: 0x50, to: 0x57, quantity: 'mass_flow', unit: 'kg/h', scale: -3, clause: 'T10' },
  { from: 0x58, to: 0x5b, quantity: 'flow_temperature', unit: '°C', scale: -3, clause: 'T10' },
  { from: 0x5c, to: 0x5f, quantity: 'return_temperature', unit: '°C', scale: -3, clause: 'T10' },
  { from: 0x60, to: 0x63, quantity: 'temperature_difference', unit: 'K', scale: -3, clause: 'T10' },
  { from: 0x64, to: 0x67, quantity: 'external_temperature', unit: '°C', scale: -3, clause: 'T10' },
  { from: 0x68, to: 0x6b, quantity: 'pressure', unit: 'bar', scale: -3, clause: 'T10' },
  { from: 0x6c, to: 0x6c, quantity: 'date', unit: '', scale: 0, form: 'date', clause: 'T10' },
  { from: 0x6d, to: 0x6d, quantity: 'datetime', unit: '', scale: 0, form: 'date', clause: 'T10' },
  { from: 0x6e, to: 0x6e, quantity: 'hca', unit: 'hca', scale: 0, clause: 'T10' },
  { from: 0x70, to: 0x70, quantity: 'averaging_duration', unit: 's', scale: 0, clause: 'T10' },
  { from: 0x71, to: 0x71, quantity: 'averaging_duration', unit: 'min', scale: 0, clause: 'T10' },
  { from: 0x72, to: 0x72, quantity: 'averaging_duration', unit: 'h', scale: 0, clause: 'T10' },
  { from: 0x73, to: 0x73, quantity: 'averaging_duration', unit: 'd', scale: 0, clause: 'T10' },
  { from: 0x74, to: 0x74, quantity: 'actuality_duration', unit: 's', scale: 0, clause: 'T10' },
  { from: 0x75, to: 0x75, quantity: 'actuality_duration', unit: 'min', scale: 0, clause: 'T10' },
  { from: 0x76, to: 0x76, quantity: 'actuality_duration', unit: 'h', scale: 0, clause: 'T10' },
  { from: 0x77, to: 0x77, quantity: 'actuality_duration', unit: 'd', scale: 0, clause: 'T10' },
  { from: 0x78, to: 0x78, quantity: 'fabrication_number', unit: '', scale: 0, clause: 'T10' },
  { from: 0x79, to: 0x79, quantity: 'identification', unit: '', scale: 0, clause: 'T10' },
  { from: 0x7a, to: 0x7a, quantity: 'identification', unit: '', scale: 0, clause: 'T10' },
  { from: 0x7c, to: 0x7c, quantity: 'unknown', unit: '', scale: 0, clause: 'T10' },
  { from: 0x7e, to: 0x7e, quantity: 'unknown', unit: '', scale: 0, clause: 'T10' },
  { from: 0x7f, to: 0x7f, quantity: 'manufacturer_specific', unit: '', scale: 0, clause: 'T10' },
] as const satisfies readonly VifRow[];

/** First VIFE behind FDh, EN 13757-3:2018 clause 6.4.3 (main extension). */
export const FD_VIF = [
  { from: 0x00, to: 0x03, quantity: 'counter', unit: '', scale: -3, clause: 'T12' },
  { from: 0x04, to: 0x07, quantity: 'counter', unit: '', scale: -3, clause: 'T12' },
  { from: 0x08, to: 0x08, quantity: 'access_number', unit: '', scale: 0, form: 'bits', clause: 'T12' },
  { from: 0x09, to: 0x09, quantity: 'medium', unit: '', scale: 0, form: 'bits', clause: 'T12' },
  { from: 0x0a, to: 0x0a, quantity: 'identification', unit: '', scale: 0, form: 'bits', clause: 'T12' },
  { from: 0x0b, to: 0x0b, quantity: 'parameter_set', unit: '', scale: 0, clause: 'T12' },
  { from: 0x0c, to: 0x0c, quantity: 'model_version', unit: '', scale: 0, clause: 'T12' },
  { from: 0x0d, to: 0x0d, quantity: 'hardware_version', unit: '', scale: 0, clause: 'T12' },
  { from: 0x0e, to: 0x0e, quantity: 'firmware_version', unit: '', scale: 0, clause: 'T12' },
  { from: 0x0f, to: 0x0f, quantity: 'software_version', unit: '', scale: 0, clause: 'T12' },
  { from: 0x10, to: 0x10, quantity: 'customer_location', unit: '', scale: 0, clause: 'T12' },
  { from: 0x11, to: 0x11, quantity: 'identification', unit: '', scale: 0, clause: 'T12' },
  { from: 0x12, to: 0x15, quantity: 'identification', unit: '', scale: 0, step: 0, clause: 'T12' },
  { from: 0x16, to: 0x16, quantity: 'identification', unit: '', scale: 0, clause: 'T12' },
  { from: 0x17, to: 0x17, quantity: 'error_flags', unit: '', scale: 0, form: 'bits', clause: 'T12' },
  { from: 0x18, to: 0x18, quantity: 'error_flags', unit: '', scale: 0, form: 'bits', clause: 'T12' },
  { from: 0x19, to: 0x19, quantity: 'unknown', unit: '', scale: 0, form: 'bits', clause: 'T12' },
  { from: 0x1a, to: 0x1a, quantity: 'digital_output', unit: '', scale: 0, form: 'bits', clause: 'T12' },
  { from: 0x1b, to: 0x1b, quantity: 'digital_input', unit: '', scale: 0, form: 'bits', clause: 'T12' },
  { from: 0x1c, to: 0x1c, quantity: 'counter', unit: '', scale: 0, clause: 'T12' },
  { from: 0x1d, to: 0x1d, quantity: 'counter', unit: '', scale: 0, clause: 'T12' },
  { from: 0x1e, to: 0x1e, quantity: 'counter', unit: '', scale: 0, clause: 'T12' },
  { from: 0x1f, to: 0x1f, quantity: 'digital_output', unit: '', scale: 0, form: 'bits', clause: 'T12' },
  { from: 0x20, to: 0x23, quantity: 'counter', unit: '', scale: 0, step: 0, clause: 'T12' },
  { from: 0x24, to: 0x24, quantity: 'duration', unit: 's', scale: 0, clause: 'T12' },
  { from: 0x25, to: 0x25, quantity: 'duration', unit: 'min', scale: 0, clause: 'T12' },
  { from: 0x26, to: 0x26, quantity: 'duration', unit: 'h', scale: 0, clause: 'T12' },
  { from: 0x27, to: 0x27, quantity: 'duration', unit: 'd', scale: 0, clause: 'T12' },
  { from: 0x28, to: 0x28, quantity: 'duration', unit: 'month', scale: 0, clause: 'T12' },
  { from: 0x29, to: 0x29, quantity: 'duration', unit: 'a', scale: 0, clause: 'T12' },
  { from: 0x2a, to: 0x2a, quantity: 'unknown', unit: '', scale: 0, clause: 'T12' },
  { from: 0x2b, to: 0x2b, quantity: 'duration', unit: 's', scale: 0, clause: 'T12' },
  { from: 0x2c, to: 0x2c, quantity: 'duration', unit: 's', scale: 0, clause: 'T12' },
  { from: 0x2d, to: 0x2d, quantity: 'duration', unit: 'min', scale: 0, clause: 'T12' },
  { from: 0x2e, to: 0x2e, quantity: 'duration', unit: 'h', scale: 0, clause: 'T12' },
  { from: 0x2f, to: 0x2f, quantity: 'duration', unit: 'd', scale: 0, clause: 'T12' },
  { from: 0x30, to: 0x30, quantity: 'datetime', unit: '', scale: 0, form: 'date', clause: 'T12' },
  { from: 0x31, to: 0x31, quantity: 'duration', unit: 'min', scale: 0, clause: 'T12' },
  { from: 0x32, to: 0x32, quantity: 'duration', unit: 'h', scale: 0, clause: 'T12' },
  { from: 0x33, to: 0x33, quantity: 'duration', unit: 'd', scale: 0, clause: 'T12' },
  { from: 0x34, to: 0x34, quantity: 'duration', unit: 's', scale: 0, clause: 'T12' },
  { from: 0x35, to: 0x35, quantity: 'duration', unit: 'min', scale: 0, clause: 'T12' },
  { from: 0x36, to: 0x36, quantity: 'duration', unit: 'h', scale: 0, clause: 'T12' },
  { from: 0x37, to: 0x37, quantity: 'duration', unit: 'd', scale: 0, clause: 'T12' },
  { from: 0x38, to: 0x38, quantity: 'duration', unit: 'month', scale: 0, clause: 'T12' },
  { from: 0x39, to: 0x39, quantity: 'duration', unit: 'a', scale: 0, clause: 'T12' },
  { from: 0x3a, to: 0x3a, quantity: 'counter', unit: '', scale: 0, clause: 'T12' },
  { from: 0x3b, to: 0x3b, quantity: 'unknown', unit: '', scale: 0, form: 'bits', clause: 'T12' },
  { from: 0x3c, to: 0x3c, quantity: 'duration', unit: 's', scale: 0, clause: 'T12' },
  { from: 0x3d, to: 0x3d, quantity: 'duration', unit: 'min', scale: 0, clause: 'T12' },
  { from: 0x3e, to: 0x3e, quantity: 'duration', unit: 'h', scale: 0, clause: 'T12' },
  { from: 0x3f, to: 0x3f, quantity: 'duration', unit: 'd', scale: 0, clause: 'T12' },
  { from: 0x40, to: 0x4f, quantity: 'voltage', unit: 'V', scale: -9, clause: 'T12' },
  { from: 0x50, to: 0x5f, quantity: 'current', unit: 'A', scale: -12, clause: 'T12' },
  { from: 0x60, to: 0x60, quantity: 'counter', unit: '', scale: 0, clause: 'T12' },
  { from: 0x61, to: 0x61, quantity: 'counter', unit: '', scale: 0, clause: 'T12' },
  { from: 0x62, to: 0x62, quantity: 'unknown', unit: '', scale: 0, form: 'bits', clause: 'T12' },
  { from: 0x63, to: 0x63, quantity: 'counter', unit: '', scale: 0, clause: 'T12' },
  { from: 0x64, to: 0x64, quantity: 'counter', unit: '', scale: 0, clause: 'T12' },
  { from: 0x65, to: 0x65, quantity: 'unknown', unit: '', scale: 0, clause: 'T12' },
  { from: 0x66, to: 0x66, quantity: 'unknown', unit: '', scale: 0, form: 'bits', clause: 'T12' },
  { from: 0x67, to: 0x67, quantity: 'unknown', unit: '', scale: 0, clause: 'T12' },
  { from: 0x68, to: 0x68, quantity: 'duration', unit: 'h', scale: 0, clause: 'T12' },
  { from: 0x69, to: 0x69, quantity: 'duration', unit: 'd', scale: 0, clause: 'T12' },
  { from: 0x6a, to: 0x6a, quantity: 'duration', unit: 'month', scale: 0, clause: 'T12' },
  { from: 0x6b, to: 0x6b, quantity: 'duration', unit: 'a', scale: 0, clause: 'T12' },
  { from: 0x6c, to: 0x6c, quantity: 'operating_time', unit: 'h', scale: 0, clause: 'T12' },
  { from: 0x6d, to: 0x6d, quantity: 'operating_time', unit: 'd', scale: 0, clause: 'T12' },
  { from: 0x6e, to: 0x6e, quantity: 'operating_time', unit: 'month', scale: 0, clause: 'T12' },
  { from: 0x6f, to: 0x6f, quantity: 'operating_time', unit: 'a', scale: 0, clause: 'T12' },
  { from: 0x70, to: 0x70, quantity: 'datetime', unit: '', scale: 0, form: 'date', clause: 'T12' },
  { from: 0x71, to: 0x71, quantity: 'rf_level', unit: 'dBm', scale: 0, clause: 'T12' },
  { from: 0x72, to: 0x72, quantity: 'unknown', unit: '', scale: 0, form: 'bits', clause: 'T12' },
  { from: 0x73, to: 0x73, quantity: 'unknown', unit: '', scale: 0, form: 'bits', clause: 'T12' },
  { from: 0x74, to: 0x74, quantity: 'battery_life', unit: 'd', scale: 0, clause: 'T12' },
  { from: 0x75, to: 0x75, quantity: 'counter', unit: '', scale: 0, clause: 'T12' },
  { from: 0x76, to: 0x76, quantity: 'manufacturer_specific', unit: '', scale: 0, form: 'bits', clause: 'T12' },
] as const satisfies readonly VifRow[];

/** First VIFE behind FBh, EN 13757-3:2018 clause 6.4.4 (alternate extension). */
export const FB_VIF = [
  { from: 0x00, to: 0x01, quantity: 'energy', unit: 'MWh', scale: -1, clause: 'T14' },
  { from: 0x02, to: 0x03, quantity: 'reactive_energy', unit: 'kvarh', scale: 0, clause: 'T14' },
  { from: 0x04, to: 0x05, quantity: 'apparent_energy', unit: 'kVAh', scale: 0, clause: 'T14' },
  { from: 0x08, to: 0x09, quantity: 'energy', unit: 'GJ', scale: -1, clause: 'T14' },
  { from: 0x0c, to: 0x0f, quantity: 'energy', unit: 'Mcal', scale: -1, clause: 'T14' },
  { from: 0x10, to: 0x11, quantity: 'volume', unit: 'm3', scale: 2, clause: 'T14' },
  { from: 0x14, to: 0x17, quantity: 'reactive_power', unit: 'kvar', scale: -3, clause: 'T14' },
  { from: 0x18, to: 0x19, quantity: 'mass', unit: 't', scale: 2, clause: 'T14' },
  { from: 0x1a, to: 0x1b, quantity: 'relative_humidity', unit: '%', scale: -1, clause: 'T14' },
  { from: 0x20, to: 0x20, quantity: 'volume', unit: 'ft3', scale: 0, clause: 'T14' },
  { from: 0x21, to: 0x21, quantity: 'volume', unit: 'ft3', scale: -1, clause: 'T14' },
  { from: 0x22, to: 0x23, quantity: 'volume', unit: 'gal', scale: -1, clause: 'T14' },
  { from: 0x24, to: 0x24, quantity: 'volume_flow', unit: 'gal/min', scale: -3, clause: 'T14' },
  { from: 0x25, to: 0x25, quantity: 'volume_flow', unit: 'gal/min', scale: 0, clause: 'T14' },
  { from: 0x26, to: 0x26, quantity: 'volume_flow', unit: 'gal/h', scale: 0, clause: 'T14' },
  { from: 0x28, to: 0x29, quantity: 'power', unit: 'MW', scale: -1, clause: 'T14' },
  { from: 0x2a, to: 0x2a, quantity: 'phase_angle', unit: '°', scale: -1, clause: 'T14' },
  { from: 0x2b, to: 0x2b, quantity: 'phase_angle', unit: '°', scale: -1, clause: 'T14' },
  { from: 0x2c, to: 0x2f, quantity: 'frequency', unit: 'Hz', scale: -3, clause: 'T14' },
  { from: 0x30, to: 0x31, quantity: 'power', unit: 'GJ/h', scale: -1, clause: 'T14' },
  { from: 0x34, to: 0x37, quantity: 'apparent_power', unit: 'kVA', scale: -3, clause: 'T14' },
  { from: 0x74, to: 0x77, quantity: 'external_temperature', unit: '°C', scale: -3, clause: 'T14' },
  { from: 0x78, to: 0x7f, quantity: 'power', unit: 'W', scale: -3, clause: 'T14' },
] as const satisfies readonly VifRow[];

/** Second VIFE behind FDh FDh, EN 13757-3:2018 clause 6.4.3 (second extension). */
export const FD_FD_VIF = [
  { from: 0x00, to: 0x00, quantity: 'unknown', unit: '', scale: 0, form: 'bits', clause: 'T13' },
  { from: 0x02, to: 0x02, quantity: 'battery_life', unit: 'month', scale: 0, clause: 'T13' },
  { from: 0x03, to: 0x03, quantity: 'battery_life', unit: 'a', scale: 0, clause: 'T13' },
] as const satisfies readonly VifRow[];
