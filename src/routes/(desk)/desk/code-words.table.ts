/**
 * Words for the codes that the core hands to the desk. A code without a word is shown as it is, so
 * that nothing is hidden; the test walks every code the core knows. The desk's pages call it, and the
 * console of the field for what is measured.
 */
import { m } from '#lib/i18n/paraglide/messages.js';

type Words = Readonly<Record<string, () => string>>;

const QUANTITY: Words = {
  duration: m.desk_q_duration,
  power: m.desk_q_power,
  unknown: m.desk_q_unknown,
  energy: m.desk_q_energy,
  counter: m.desk_q_counter,
  volume_flow: m.desk_q_volume_flow,
  volume: m.desk_q_volume,
  operating_time: m.desk_q_operating_time,
  identification: m.desk_q_identification,
  voltage: m.desk_q_voltage,
  hca: m.desk_q_hca,
  frequency: m.desk_q_frequency,
  datetime: m.desk_q_datetime,
  current: m.desk_q_current,
  on_time: m.desk_q_on_time,
  manufacturer_specific: m.desk_q_manufacturer_specific,
  battery_life: m.desk_q_battery_life,
  averaging_duration: m.desk_q_averaging_duration,
  actuality_duration: m.desk_q_actuality_duration,
  temperature_difference: m.desk_q_temperature_difference,
  reactive_energy: m.desk_q_reactive_energy,
  flow_temperature: m.desk_q_flow_temperature,
  return_temperature: m.desk_q_return_temperature,
  reactive_power: m.desk_q_reactive_power,
  power_factor: m.desk_q_power_factor,
  phase_angle: m.desk_q_phase_angle,
  mass: m.desk_q_mass,
  external_temperature: m.desk_q_external_temperature,
  error_flags: m.desk_q_error_flags,
  digital_output: m.desk_q_digital_output,
  digital_input: m.desk_q_digital_input,
  software_version: m.desk_q_software_version,
  rf_level: m.desk_q_rf_level,
  relative_humidity: m.desk_q_relative_humidity,
  pressure: m.desk_q_pressure,
  parameter_set: m.desk_q_parameter_set,
  model_version: m.desk_q_model_version,
  medium: m.desk_q_medium,
  mass_flow: m.desk_q_mass_flow,
  hardware_version: m.desk_q_hardware_version,
  firmware_version: m.desk_q_firmware_version,
  fabrication_number: m.desk_q_fabrication_number,
  date: m.desk_q_date,
  customer_location: m.desk_q_customer_location,
  apparent_power: m.desk_q_apparent_power,
  apparent_energy: m.desk_q_apparent_energy,
  access_number: m.desk_q_access_number,
};
/** What a record measures. */
export const quantityName = (code: string): string => QUANTITY[code]?.() ?? code;

const FIELD: Words = {
  length: m.desk_tf_length,
  control: m.desk_tf_control,
  manufacturer: m.desk_tf_manufacturer,
  id: m.desk_tf_id,
  version: m.desk_tf_version,
  type: m.desk_tf_type,
  target_address: m.desk_tf_target_address,
  session_number: m.desk_tf_session_number,
  payload_crc: m.desk_tf_payload_crc,
  ci: m.desk_tf_ci,
  access_number: m.desk_tf_access_number,
  communication_control: m.desk_tf_communication_control,
  fragmentation_control: m.desk_tf_fragmentation_control,
  message_control: m.desk_tf_message_control,
  key_information: m.desk_tf_key_information,
  message_counter: m.desk_tf_message_counter,
  mac: m.desk_tf_mac,
  message_length: m.desk_tf_message_length,
  status: m.desk_tf_status,
  security_mode: m.desk_tf_security_mode,
  key_derivation: m.desk_tf_key_derivation,
  filler: m.desk_tf_filler,
  compact_data: m.desk_tf_compact_data,
  encrypted: m.desk_tf_encrypted,
  manufacturer_data: m.desk_tf_manufacturer_data,
  rest: m.desk_tf_rest,
};
const plainField = (code: string): string => FIELD[code]?.() ?? code;

const RULE: Words = {
  negative: m.desk_ru_negative,
  'beyond-dial': m.desk_ru_beyond_dial,
  clock: m.desk_ru_clock,
  rollover: m.desk_ru_rollover,
  replaced: m.desk_ru_replaced,
  lower: m.desk_ru_lower,
  equal: m.desk_ru_equal,
  impossible: m.desk_ru_impossible,
  'too-high': m.desk_ru_too_high,
  'too-low': m.desk_ru_too_low,
  'phone-differs': m.desk_ru_phone_differs,
  undecodable: m.desk_ru_undecodable,
  'other-meter': m.desk_ru_other_meter,
  'no-register': m.desk_ru_no_register,
  no_key: m.desk_ru_no_key,
  wrong_key: m.desk_ru_wrong_key,
  bad_key: m.desk_ru_bad_key,
  bad_crc: m.desk_ru_bad_crc,
  bad_mac: m.desk_ru_bad_mac,
  bad_length: m.desk_ru_bad_length,
  truncated: m.desk_ru_truncated,
  no_fragment: m.desk_ru_no_fragment,
  missing_fragment: m.desk_ru_missing_fragment,
  no_day: m.desk_ru_no_day,
  fragment: m.desk_ru_fragment,
  no_vif: m.desk_ru_no_vif,
  reserved_lvar: m.desk_ru_reserved_lvar,
  too_many_vifes: m.desk_ru_too_many_vifes,
  too_many_difes: m.desk_ru_too_many_difes,
  no_counter: m.desk_ru_no_counter,
  unsupported_mode: m.desk_ru_unsupported_mode,
  unsupported_ci: m.desk_ru_unsupported_ci,
  unsupported_application: m.desk_ru_unsupported_application,
  proprietary: m.desk_ru_proprietary,
  unknown_format: m.desk_ru_unknown_format,
  encrypted: m.desk_ru_encrypted,
  incomplete: m.desk_ru_incomplete,
  unsupported: m.desk_ru_unsupported,
  error: m.desk_ru_error,
};
/** A rule that spoke, or why bytes could not be read. */
export const ruleName = (code: string): string => RULE[code]?.() ?? code;

const PROBLEM: Words = {
  'no-signal': m.desk_pp_no_signal,
  'wrong-meter': m.desk_pp_wrong_meter,
  swapped: m.desk_pp_swapped,
  'wire-break': m.desk_pp_wire_break,
  'short-circuit': m.desk_pp_short_circuit,
  magnet: m.desk_pp_magnet,
  'no-flow': m.desk_pp_no_flow,
  'count-stopped': m.desk_pp_count_stopped,
  'too-few': m.desk_pp_too_few,
  'other-medium': m.desk_pp_other_medium,
  'wrong-weight': m.desk_pp_wrong_weight,
  encrypted: m.desk_pp_encrypted,
  'wrong-start': m.desk_pp_wrong_start,
  'no-receiver': m.desk_pp_no_receiver,
};
/** What a self-installation’s proof found, or a flag of its wire. */
export const problemName = (code: string): string => PROBLEM[code]?.() ?? code;

/** `record:volume` is the record's quantity, anything else a field of a layer. */
export const fieldName = (name: string): string =>
  name.startsWith('record:') ? quantityName(name.slice(7)) : plainField(name);

const REASON: Words = {
  'nobody-home': m.field_reason_nobody_home,
  refused: m.field_reason_refused,
  locked: m.field_reason_locked,
  dog: m.field_reason_dog,
  flooded: m.field_reason_flooded,
  'no-meter': m.field_reason_no_meter,
  'broken-glass': m.field_reason_broken_glass,
  'seal-broken': m.field_reason_seal_broken,
  'wrong-number': m.field_reason_wrong_number,
  removed: m.field_reason_removed,
  danger: m.field_reason_danger,
};
/** Why a reader could not read. */
export const stopReason = (code: string): string => REASON[code]?.() ?? code;

const PROTOCOL: Words = {
  wmbus: () => 'wM-Bus',
  mbus: () => 'M-Bus',
  dlms: () => 'DLMS/COSEM',
  'iec62056-21': () => 'IEC 62056-21',
  pulse: m.desk_pr_pulse,
  none: m.desk_pr_none,
};
export const protocolName = (code: string): string => PROTOCOL[code]?.() ?? code;

type Verdict = { readonly rule: string; readonly detail?: string };
/** One remark in words; the two numbers of a difference are worth telling. */
export function verdictWords({ rule, detail = '' }: Verdict): string {
  const [, told, decoded] = /told (\S+), decoded (\S+)/.exec(detail) ?? [];
  const more = told && decoded ? `: ${m.desk_told({ told, decoded })}` : '';
  return ruleName(rule) + more;
}
export const verdictsOf = (stored: unknown): readonly Verdict[] =>
  Array.isArray(stored) ? (stored as Verdict[]) : [];
