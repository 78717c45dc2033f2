/**
 * Interface classes: which attribute and method stands under which number (IEC 62056-6-2:2021
 * clauses 4.3 to 4.7). `kind` is what the attribute may hold; `objects.ts` checks and names by it.
 */

/**
 * `any` is whatever the object measures; `list` an array or structure of the class; `time` the
 * twelve bytes of date and time; `octets` a name or address.
 */
export type AttributeKind =
  'any' | 'scaler-unit' | 'time' | 'octets' | 'text' | 'number' | 'enum' | 'boolean' | 'list';

export type AttributeRow = readonly [number: number, name: string, kind: AttributeKind];

export type ClassRow = {
  readonly classId: number;
  readonly name: string;
  /** Without attribute 1, which is the logical name of every object. */
  readonly attributes: readonly AttributeRow[];
  readonly methods: readonly (readonly [number: number, name: string])[];
  readonly clause: string;
};

const SEASONS: readonly (readonly [name: string, kind: AttributeKind])[] = [
  ['calendar_name', 'octets'],
  ['season_profile', 'list'],
  ['week_profile_table', 'list'],
  ['day_profile_table', 'list'],
];
const calendar = (from: number, which: string): readonly AttributeRow[] =>
  SEASONS.map(([name, kind], i) => [from + i, `${name}_${which}`, kind]);

/** IEC 62056-6-2:2021 clauses 4.3 to 4.7. */
export const CLASSES: readonly ClassRow[] = [
  { classId: 1, name: 'data', attributes: [[2, 'value', 'any']], methods: [], clause: '4.3.1' },
  {
    classId: 3,
    name: 'register',
    attributes: [
      [2, 'value', 'any'],
      [3, 'scaler_unit', 'scaler-unit'],
    ],
    methods: [[1, 'reset']],
    clause: '4.3.2',
  },
  {
    classId: 4,
    name: 'extended_register',
    attributes: [
      [2, 'value', 'any'],
      [3, 'scaler_unit', 'scaler-unit'],
      [4, 'status', 'any'],
      [5, 'capture_time', 'time'],
    ],
    methods: [[1, 'reset']],
    clause: '4.3.3',
  },
  {
    classId: 5,
    name: 'demand_register',
    attributes: [
      [2, 'current_average_value', 'any'],
      [3, 'last_average_value', 'any'],
      [4, 'scaler_unit', 'scaler-unit'],
      [5, 'status', 'any'],
      [6, 'capture_time', 'time'],
      [7, 'start_time_current', 'time'],
      [8, 'period', 'number'],
      [9, 'number_of_periods', 'number'],
    ],
    methods: [
      [1, 'reset'],
      [2, 'next_period'],
    ],
    clause: '4.3.4',
  },
  {
    classId: 7,
    name: 'profile_generic',
    attributes: [
      [2, 'buffer', 'list'],
      [3, 'capture_objects', 'list'],
      [4, 'capture_period', 'number'],
      [5, 'sort_method', 'enum'],
      [6, 'sort_object', 'list'],
      [7, 'entries_in_use', 'number'],
      [8, 'profile_entries', 'number'],
    ],
    methods: [
      [1, 'reset'],
      [2, 'capture'],
    ],
    clause: '4.3.6',
  },
  {
    classId: 8,
    name: 'clock',
    attributes: [
      [2, 'time', 'time'],
      [3, 'time_zone', 'number'],
      [4, 'status', 'number'],
      [5, 'daylight_savings_begin', 'time'],
      [6, 'daylight_savings_end', 'time'],
      [7, 'daylight_savings_deviation', 'number'],
      [8, 'daylight_savings_enabled', 'boolean'],
      [9, 'clock_base', 'enum'],
    ],
    methods: [
      [1, 'adjust_to_quarter'],
      [2, 'adjust_to_measuring_period'],
      [3, 'adjust_to_minute'],
      [4, 'adjust_to_preset_time'],
      [5, 'preset_adjusting_time'],
      [6, 'shift_time'],
    ],
    clause: '4.5.1',
  },
  {
    classId: 9,
    name: 'script_table',
    attributes: [[2, 'scripts', 'list']],
    methods: [[1, 'execute']],
    clause: '4.5.2',
  },
  {
    classId: 11,
    name: 'special_days_table',
    attributes: [[2, 'entries', 'list']],
    methods: [
      [1, 'insert'],
      [2, 'delete'],
    ],
    clause: '4.5.4',
  },
  {
    classId: 15,
    name: 'association_ln',
    attributes: [
      [2, 'object_list', 'list'],
      [3, 'associated_partners_id', 'list'],
      [4, 'application_context_name', 'any'],
      [5, 'xdlms_context_info', 'list'],
      [6, 'authentication_mechanism_name', 'any'],
      [7, 'secret', 'octets'],
      [8, 'association_status', 'enum'],
      [9, 'security_setup_reference', 'octets'],
      [10, 'user_list', 'list'],
      [11, 'current_user', 'list'],
    ],
    methods: [
      [1, 'reply_to_hls_authentication'],
      [2, 'change_hls_secret'],
      [3, 'add_object'],
      [4, 'remove_object'],
      [5, 'add_user'],
      [6, 'remove_user'],
    ],
    clause: '4.4.4',
  },
  {
    classId: 17,
    name: 'sap_assignment',
    attributes: [[2, 'sap_assignment_list', 'list']],
    methods: [[1, 'connect_logical_device']],
    clause: '4.4.5',
  },
  {
    classId: 20,
    name: 'activity_calendar',
    attributes: [
      ...calendar(2, 'active'),
      ...calendar(6, 'passive'),
      [10, 'activate_passive_calendar_time', 'time'],
    ],
    methods: [[1, 'activate_passive_calendar']],
    clause: '4.5.5',
  },
  {
    classId: 22,
    name: 'single_action_schedule',
    attributes: [
      [2, 'executed_script', 'list'],
      [3, 'type', 'enum'],
      [4, 'execution_time', 'list'],
    ],
    methods: [],
    clause: '4.5.7',
  },
  {
    classId: 29,
    name: 'auto_connect',
    attributes: [
      [2, 'mode', 'enum'],
      [3, 'repetitions', 'number'],
      [4, 'repetition_delay', 'number'],
      [5, 'calling_window', 'list'],
      [6, 'destination_list', 'list'],
    ],
    methods: [[1, 'connect']],
    clause: '4.7.6',
  },
  {
    classId: 40,
    name: 'push_setup',
    attributes: [
      [2, 'push_object_list', 'list'],
      [3, 'send_destination_and_method', 'list'],
      [4, 'communication_window', 'list'],
      [5, 'randomisation_start_interval', 'number'],
      [6, 'number_of_retries', 'any'],
      [7, 'repetition_delay', 'any'],
      [8, 'port_reference', 'octets'],
      [9, 'push_client_sap', 'number'],
      [10, 'push_protection_parameters', 'list'],
      [11, 'push_operation_method', 'enum'],
      [12, 'confirmation_parameters', 'list'],
      [13, 'last_confirmation_date_time', 'time'],
    ],
    methods: [
      [1, 'push'],
      [2, 'reset'],
    ],
    clause: '4.4.8',
  },
  {
    classId: 41,
    name: 'tcp_udp_setup',
    attributes: [
      [2, 'tcp_udp_port', 'number'],
      [3, 'ip_reference', 'octets'],
      [4, 'mss', 'number'],
      [5, 'nb_of_sim_conn', 'number'],
      [6, 'inactivity_time_out', 'number'],
    ],
    methods: [],
    clause: '4.9.1',
  },
  {
    classId: 42,
    name: 'ipv4_setup',
    attributes: [
      [2, 'dl_reference', 'octets'],
      [3, 'ip_address', 'number'],
      [4, 'multicast_ip_address', 'list'],
      [5, 'ip_options', 'list'],
      [6, 'subnet_mask', 'number'],
      [7, 'gateway_ip_address', 'number'],
      [8, 'use_dhcp_flag', 'boolean'],
      [9, 'primary_dns_address', 'number'],
      [10, 'secondary_dns_address', 'number'],
    ],
    methods: [
      [1, 'add_mc_ip_address'],
      [2, 'delete_mc_ip_address'],
      [3, 'get_nbof_mc_ip_addresses'],
    ],
    clause: '4.9.2',
  },
  {
    classId: 43,
    name: 'mac_address_setup',
    attributes: [[2, 'mac_address', 'octets']],
    methods: [],
    clause: '4.9.4',
  },
  {
    classId: 44,
    name: 'ppp_setup',
    attributes: [
      [2, 'phy_reference', 'octets'],
      [3, 'lcp_options', 'list'],
      [4, 'ipcp_options', 'list'],
      [5, 'ppp_authentication', 'list'],
    ],
    methods: [],
    clause: '4.9.5',
  },
  {
    classId: 45,
    name: 'gprs_modem_setup',
    attributes: [
      [2, 'apn', 'octets'],
      [3, 'pin_code', 'number'],
      [4, 'quality_of_service', 'list'],
    ],
    methods: [],
    clause: '4.7.7',
  },
  {
    classId: 64,
    name: 'security_setup',
    attributes: [
      [2, 'security_policy', 'enum'],
      [3, 'security_suite', 'enum'],
      [4, 'client_system_title', 'octets'],
      [5, 'server_system_title', 'octets'],
      [6, 'certificates', 'list'],
    ],
    methods: [
      [1, 'security_activate'],
      [2, 'key_transfer'],
      [3, 'key_agreement'],
      [4, 'generate_key_pair'],
      [5, 'generate_certificate_request'],
      [6, 'import_certificate'],
      [7, 'export_certificate'],
      [8, 'remove_certificate'],
    ],
    clause: '4.4.7',
  },
  {
    classId: 70,
    name: 'disconnect_control',
    attributes: [
      [2, 'output_state', 'boolean'],
      [3, 'control_state', 'enum'],
      [4, 'control_mode', 'enum'],
    ],
    methods: [
      [1, 'remote_disconnect'],
      [2, 'remote_reconnect'],
    ],
    clause: '4.5.8',
  },
  {
    classId: 71,
    name: 'limiter',
    attributes: [
      [2, 'monitored_value', 'list'],
      [3, 'threshold_active', 'any'],
      [4, 'threshold_normal', 'any'],
      [5, 'threshold_emergency', 'any'],
      [6, 'min_over_threshold_duration', 'number'],
      [7, 'min_under_threshold_duration', 'number'],
      [8, 'emergency_profile', 'list'],
      [9, 'emergency_profile_group_id_list', 'list'],
      [10, 'emergency_profile_active', 'boolean'],
      [11, 'actions', 'list'],
    ],
    methods: [],
    clause: '4.5.9',
  },
];
