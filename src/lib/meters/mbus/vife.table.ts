/**
 * Combinable extensions: what further VIFEs do to a value (EN 13757-3:2018 clause 6.4.5, table 15,
 * and table 16 behind FCh). Only rows; `vif.ts` walks them.
 *
 * `effect` is absent when the extension only adds a meaning (`word`). `other` means that the value
 * is not the quantity of the VIF any more (a rate, a limit); `error` that the meter reports why it
 * has no value, `flag` that it reports an error but sends a number (heat meters count the hours of
 * an error so); `count`, `date` and `duration` replace the quantity; `scale` and `add` change the
 * number by 10^amount, the amount growing by one with each code.
 */
export type VifeEffect =
  'other' | 'error' | 'flag' | 'count' | 'date' | 'duration' | 'scale' | 'add';

export type VifeRow = {
  readonly from: number;
  readonly to: number;
  readonly word: string;
  readonly effect?: VifeEffect;
  readonly amount?: number;
  readonly units?: readonly string[];
  readonly clause: string;
};

const TIMES = ['s', 'min', 'h', 'd'] as const;

/** Table 15. */
export const COMBINABLE_VIFE = [
  { from: 0x01, to: 0x01, word: 'too_many_difes', effect: 'error', clause: 'T17' },
  { from: 0x02, to: 0x02, word: 'storage_not_implemented', effect: 'error', clause: 'T17' },
  { from: 0x03, to: 0x03, word: 'subunit_not_implemented', effect: 'error', clause: 'T17' },
  { from: 0x04, to: 0x04, word: 'tariff_not_implemented', effect: 'error', clause: 'T17' },
  { from: 0x05, to: 0x05, word: 'function_not_implemented', effect: 'error', clause: 'T17' },
  { from: 0x06, to: 0x06, word: 'data_class_not_implemented', effect: 'error', clause: 'T17' },
  { from: 0x07, to: 0x07, word: 'data_size_not_implemented', effect: 'error', clause: 'T17' },
  { from: 0x0b, to: 0x0b, word: 'too_many_vifes', effect: 'error', clause: 'T17' },
  { from: 0x0c, to: 0x0c, word: 'illegal_vif_group', effect: 'error', clause: 'T17' },
  { from: 0x0d, to: 0x0d, word: 'illegal_vif_exponent', effect: 'error', clause: 'T17' },
  { from: 0x0e, to: 0x0e, word: 'vif_dif_mismatch', effect: 'error', clause: 'T17' },
  { from: 0x0f, to: 0x0f, word: 'action_not_implemented', effect: 'error', clause: 'T17' },
  { from: 0x12, to: 0x12, word: 'average', clause: 'T15' },
  { from: 0x13, to: 0x13, word: 'inverse_compact_profile', effect: 'other', clause: 'T15' },
  { from: 0x14, to: 0x14, word: 'relative_deviation', effect: 'other', clause: 'T15' },
  { from: 0x15, to: 0x15, word: 'no_data_available', effect: 'error', clause: 'T17' },
  { from: 0x16, to: 0x16, word: 'data_overflow', effect: 'error', clause: 'T17' },
  { from: 0x17, to: 0x17, word: 'data_underflow', effect: 'error', clause: 'T17' },
  { from: 0x18, to: 0x18, word: 'data_error', effect: 'flag', clause: 'T17' },
  { from: 0x1c, to: 0x1c, word: 'premature_end_of_record', effect: 'error', clause: 'T17' },
  { from: 0x1d, to: 0x1d, word: 'standard_conform_data', clause: 'T15' },
  { from: 0x1e, to: 0x1e, word: 'compact_profile_with_register', effect: 'other', clause: 'T15' },
  { from: 0x1f, to: 0x1f, word: 'compact_profile', effect: 'other', clause: 'T15' },
  { from: 0x20, to: 0x20, word: 'per_second', effect: 'other', clause: 'T15' },
  { from: 0x21, to: 0x21, word: 'per_minute', effect: 'other', clause: 'T15' },
  { from: 0x22, to: 0x22, word: 'per_hour', effect: 'other', clause: 'T15' },
  { from: 0x23, to: 0x23, word: 'per_day', effect: 'other', clause: 'T15' },
  { from: 0x24, to: 0x24, word: 'per_week', effect: 'other', clause: 'T15' },
  { from: 0x25, to: 0x25, word: 'per_month', effect: 'other', clause: 'T15' },
  { from: 0x26, to: 0x26, word: 'per_year', effect: 'other', clause: 'T15' },
  { from: 0x27, to: 0x27, word: 'per_revolution', effect: 'other', clause: 'T15' },
  { from: 0x28, to: 0x28, word: 'per_input_pulse_0', effect: 'other', clause: 'T15' },
  { from: 0x29, to: 0x29, word: 'per_input_pulse_1', effect: 'other', clause: 'T15' },
  { from: 0x2a, to: 0x2a, word: 'per_output_pulse_0', effect: 'other', clause: 'T15' },
  { from: 0x2b, to: 0x2b, word: 'per_output_pulse_1', effect: 'other', clause: 'T15' },
  { from: 0x2c, to: 0x2c, word: 'per_litre', effect: 'other', clause: 'T15' },
  { from: 0x2d, to: 0x2d, word: 'per_m3', effect: 'other', clause: 'T15' },
  { from: 0x2e, to: 0x2e, word: 'per_kg', effect: 'other', clause: 'T15' },
  { from: 0x2f, to: 0x2f, word: 'per_kelvin', effect: 'other', clause: 'T15' },
  { from: 0x30, to: 0x30, word: 'per_kwh', effect: 'other', clause: 'T15' },
  { from: 0x31, to: 0x31, word: 'per_gj', effect: 'other', clause: 'T15' },
  { from: 0x32, to: 0x32, word: 'per_kw', effect: 'other', clause: 'T15' },
  { from: 0x33, to: 0x33, word: 'per_kelvin_litre', effect: 'other', clause: 'T15' },
  { from: 0x34, to: 0x34, word: 'per_volt', effect: 'other', clause: 'T15' },
  { from: 0x35, to: 0x35, word: 'per_ampere', effect: 'other', clause: 'T15' },
  { from: 0x36, to: 0x36, word: 'times_second', effect: 'other', clause: 'T15' },
  { from: 0x37, to: 0x37, word: 'times_second_per_volt', effect: 'other', clause: 'T15' },
  { from: 0x38, to: 0x38, word: 'times_second_per_ampere', effect: 'other', clause: 'T15' },
  { from: 0x39, to: 0x39, word: 'start_of', effect: 'date', clause: 'T15' },
  { from: 0x3a, to: 0x3a, word: 'uncorrected', clause: 'T15' },
  { from: 0x3b, to: 0x3b, word: 'only_positive', clause: 'T15' },
  { from: 0x3c, to: 0x3c, word: 'only_negative', clause: 'T15' },
  { from: 0x3d, to: 0x3d, word: 'non_metric', effect: 'other', clause: 'T15' },
  { from: 0x3e, to: 0x3e, word: 'at_base_conditions', clause: 'T15' },
  { from: 0x3f, to: 0x3f, word: 'obis_declaration', clause: 'T15' },
  { from: 0x40, to: 0x40, word: 'lower_limit', clause: 'T15' },
  { from: 0x48, to: 0x48, word: 'upper_limit', clause: 'T15' },
  { from: 0x41, to: 0x41, word: 'exceeds_of_lower_limit', effect: 'count', clause: 'T15' },
  { from: 0x49, to: 0x49, word: 'exceeds_of_upper_limit', effect: 'count', clause: 'T15' },
  { from: 0x42, to: 0x47, word: 'time_of_lower_limit_exceed', effect: 'date', clause: 'T15' },
  { from: 0x4a, to: 0x4f, word: 'time_of_upper_limit_exceed', effect: 'date', clause: 'T15' },
  {
    from: 0x50,
    to: 0x5f,
    word: 'duration_of_limit_exceed',
    effect: 'duration',
    units: TIMES,
    clause: 'T15',
  },
  { from: 0x60, to: 0x67, word: 'duration_of', effect: 'duration', units: TIMES, clause: 'T15' },
  { from: 0x68, to: 0x68, word: 'during_lower_limit_exceed', effect: 'other', clause: 'T15' },
  { from: 0x69, to: 0x69, word: 'leakage', effect: 'other', clause: 'T15' },
  { from: 0x6a, to: 0x6b, word: 'time_of_first', effect: 'date', clause: 'T15' },
  { from: 0x6c, to: 0x6c, word: 'during_upper_limit_exceed', effect: 'other', clause: 'T15' },
  { from: 0x6d, to: 0x6d, word: 'overflow', effect: 'other', clause: 'T15' },
  { from: 0x6e, to: 0x6f, word: 'time_of_last', effect: 'date', clause: 'T15' },
  { from: 0x70, to: 0x77, word: 'multiplied', effect: 'scale', amount: -6, clause: 'T15' },
  { from: 0x78, to: 0x7b, word: 'corrected', effect: 'add', amount: -3, clause: 'T15' },
  { from: 0x7d, to: 0x7d, word: 'multiplied', effect: 'scale', amount: 3, clause: 'T15' },
  { from: 0x7e, to: 0x7e, word: 'future', clause: 'T15' },
] as const satisfies readonly VifeRow[];

/** Table 16: the VIFE behind FCh. */
export const EXTENDED_VIFE = [
  { from: 0x01, to: 0x01, word: 'phase_l1', clause: 'T16' },
  { from: 0x02, to: 0x02, word: 'phase_l2', clause: 'T16' },
  { from: 0x03, to: 0x03, word: 'phase_l3', clause: 'T16' },
  { from: 0x04, to: 0x04, word: 'neutral', clause: 'T16' },
  { from: 0x05, to: 0x05, word: 'phases_l1_l2', clause: 'T16' },
  { from: 0x06, to: 0x06, word: 'phases_l2_l3', clause: 'T16' },
  { from: 0x07, to: 0x07, word: 'phases_l3_l1', clause: 'T16' },
  { from: 0x08, to: 0x08, word: 'quadrant_1', clause: 'T16' },
  { from: 0x09, to: 0x09, word: 'quadrant_2', clause: 'T16' },
  { from: 0x0a, to: 0x0a, word: 'quadrant_3', clause: 'T16' },
  { from: 0x0b, to: 0x0b, word: 'quadrant_4', clause: 'T16' },
  { from: 0x0c, to: 0x0c, word: 'import_minus_export', clause: 'T16' },
  { from: 0x10, to: 0x10, word: 'absolute_sum', clause: 'T16' },
  { from: 0x11, to: 0x11, word: 'data_type_c', clause: 'T16' },
  { from: 0x12, to: 0x12, word: 'data_type_d', clause: 'T16' },
  { from: 0x13, to: 0x13, word: 'towards_meter', clause: 'T16' },
  { from: 0x14, to: 0x14, word: 'from_meter', clause: 'T16' },
] as const satisfies readonly VifeRow[];
