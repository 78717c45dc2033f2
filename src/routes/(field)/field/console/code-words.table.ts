/**
 * Words of the console: from codes of the core to what a person reads. A code without a word is
 * shown as it is, so that nothing is hidden; the test walks every code. Source: lists of
 * lib/field/console/types.ts and of the concentrator's table (rows E-41 to E-58 of the reference
 * systems). Only the console's screens call it.
 */
import { m } from '#lib/i18n/paraglide/messages.js';

type Say = () => string;
const word = (table: Readonly<Record<string, Say>>, code: string): string =>
  table[code]?.() ?? code;

const PROTOCOL: Readonly<Record<string, Say>> = {
  sml: m.console_protocol_sml,
  p1: m.console_protocol_p1,
  'iec-push': m.console_protocol_iec_push,
  'dlms-push': m.console_protocol_dlms_push,
  iec: m.console_protocol_iec,
  dlms: m.console_protocol_dlms,
  mbus: m.console_protocol_mbus,
  modbus: m.console_protocol_modbus,
};
export const protocolName = (code: string): string => word(PROTOCOL, code);

const COMMAND: Readonly<Record<string, Say>> = {
  detect: m.console_c_detect,
  listen: m.console_c_listen,
  sign_on: m.console_c_sign_on,
  read: m.console_c_read,
  search: m.console_c_search,
  read_profile: m.console_c_read_profile,
  read_parameters: m.console_c_read_parameters,
  write_parameter: m.console_c_write_parameter,
  set_clock: m.console_c_set_clock,
  read_journal: m.console_c_read_journal,
  read_meters: m.console_c_read_meters,
  import_set: m.console_c_import_set,
  change_password: m.console_c_change_password,
  clear_data: m.console_c_clear_data,
  update_firmware: m.console_c_update_firmware,
};
export const commandName = (code: string): string => word(COMMAND, code);

const PARAMETER: Readonly<Record<string, Say>> = {
  serial_number: m.console_p_serial_number,
  logical_address: m.console_p_logical_address,
  firmware: m.console_p_firmware,
  clock: m.console_p_clock,
  main_server_address: m.console_p_main_server_address,
  backup_server_address: m.console_p_backup_server_address,
  main_server_port: m.console_p_main_server_port,
  backup_server_port: m.console_p_backup_server_port,
  heartbeat: m.console_p_heartbeat,
  apn: m.console_p_apn,
  modem_user: m.console_p_modem_user,
  modem_password: m.console_p_modem_password,
  use_dhcp: m.console_p_use_dhcp,
  ip_address: m.console_p_ip_address,
  subnet_mask: m.console_p_subnet_mask,
  gateway: m.console_p_gateway,
  main_dns: m.console_p_main_dns,
  backup_dns: m.console_p_backup_dns,
  mac_address: m.console_p_mac_address,
  battery_time: m.console_p_battery_time,
  battery_voltage: m.console_p_battery_voltage,
};
export const parameterName = (code: string): string => word(PARAMETER, code);

const GROUP: Readonly<Record<string, Say>> = {
  main: m.console_group_main,
  clock: m.console_group_clock,
  server: m.console_group_server,
  modem: m.console_group_modem,
  internet: m.console_group_internet,
  battery: m.console_group_battery,
};
export const groupName = (code: string): string => word(GROUP, code);

const EVENT: Readonly<Record<string, Say>> = {
  terminal_cover: m.console_e_terminal_cover,
  magnetic_field: m.console_e_magnetic_field,
  case_opened: m.console_e_case_opened,
  module_cover: m.console_e_module_cover,
  module_removed: m.console_e_module_removed,
  module_connected: m.console_e_module_connected,
  relay_off: m.console_e_relay_off,
  phase_sequence: m.console_e_phase_sequence,
  voltage_interruption: m.console_e_voltage_interruption,
  power_exceeded: m.console_e_power_exceeded,
  current_reversal: m.console_e_current_reversal,
  current_unbalance: m.console_e_current_unbalance,
  voltage_sag: m.console_e_voltage_sag,
  overvoltage: m.console_e_overvoltage,
  phase_loss: m.console_e_phase_loss,
  voltage_unbalance: m.console_e_voltage_unbalance,
  current_loss: m.console_e_current_loss,
  reversed_polarity: m.console_e_reversed_polarity,
  voltage_disappearance: m.console_e_voltage_disappearance,
  overcurrent: m.console_e_overcurrent,
  events_cleared: m.console_e_events_cleared,
};
export const eventKind = (event: string): string =>
  event ? word(EVENT, event) : m.console_event_unknown();

const EDGE: Readonly<Record<string, Say>> = {
  start: m.console_edge_start,
  end: m.console_edge_end,
  once: m.console_edge_once,
};
export const edgeName = (edge: string | null): string => (edge ? word(EDGE, edge) : '');

const PHASE: Readonly<Record<string, Say>> = {
  A: m.console_phase_a,
  B: m.console_phase_b,
  C: m.console_phase_c,
};
export const phaseName = (phase: string | null): string => (phase ? word(PHASE, phase) : '');

const PROFILE: Readonly<Record<string, Say>> = {
  load: m.console_profile_load,
  daily: m.console_profile_daily,
  monthly: m.console_profile_monthly,
  max_active: m.console_profile_max_active,
  max_reactive: m.console_profile_max_reactive,
  other: m.console_profile_other,
};
export const profileName = (name: string): string => (PROFILE[name] ?? m.console_profile_other)();

const ROLE: Readonly<Record<string, Say>> = {
  reader: m.console_role_reader,
  configurator: m.console_role_configurator,
  administrator: m.console_role_administrator,
};
export const roleName = (role: string): string => word(ROLE, role);

const ROLE_HOW: Readonly<Record<string, Say>> = {
  reader_how: m.console_role_reader_how,
  configurator_how: m.console_role_configurator_how,
  administrator_how: m.console_role_administrator_how,
};
export const roleHow = (role: string): string => word(ROLE_HOW, `${role}_how`);

const MAY: Readonly<Record<string, Say>> = {
  write_data: m.console_may_write_data,
  import_clock: m.console_may_import_clock,
  export_set: m.console_may_export_set,
  manage_users: m.console_may_manage_users,
  clear_data: m.console_may_clear_data,
  update_firmware: m.console_may_update_firmware,
};
/** Why something is not offered (E-41). */
export const mayWords = (what: string): string => word(MAY, what);

const SIMULATED: Readonly<Record<string, Say>> = {
  emis951: m.console_sim_emis951,
  dlms: m.console_sim_dlms,
  eye: m.console_sim_eye,
  optical: m.console_sim_optical,
  mbus: m.console_sim_mbus,
  modbus: m.console_sim_modbus,
  sml: m.console_sim_sml,
  p1: m.console_sim_p1,
  push: m.console_sim_push,
};
export const simulatedName = (device: string): string => word(SIMULATED, device);

const SIMULATED_HOW: Readonly<Record<string, Say>> = {
  emis951_how: m.console_sim_emis951_how,
  dlms_how: m.console_sim_dlms_how,
  eye_how: m.console_sim_eye_how,
  optical_how: m.console_sim_optical_how,
  mbus_how: m.console_sim_mbus_how,
  modbus_how: m.console_sim_modbus_how,
  sml_how: m.console_sim_sml_how,
  p1_how: m.console_sim_p1_how,
  push_how: m.console_sim_push_how,
};
export const simulatedHow = (device: string): string => word(SIMULATED_HOW, `${device}_how`);

const STATUS: Readonly<Record<string, Say>> = {
  running: m.console_log_running,
  done: m.console_log_done,
  failed: m.console_log_failed,
  stopped: m.console_log_stopped,
};
export const statusName = (status: string): string => word(STATUS, status);

/** Units of parameters; those of values stay as the device writes them. */
const UNIT: Readonly<Record<string, Say>> = {
  min: m.console_unit_min,
  h: m.console_unit_h,
  V: m.console_unit_v,
};
export const unitName = (unit: string): string => word(UNIT, unit);
