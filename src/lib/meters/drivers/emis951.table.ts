/**
 * The concentrator EMIS 951 as data: its parameters, profiles and event codes. Source: reference
 * system rows E-26, E-47 to E-58. The manual names functions, not OBIS codes: codes of the groups
 * 94 and 128 (country and manufacturer specific, IEC 62056-6-1:2017 clause 5.4) are ours.
 */
import type { ConsoleRole } from '#lib/domain/console-rights.table.ts';

export type ParameterGroup =
  'main' | 'clock' | 'server' | 'modem' | 'internet' | 'network' | 'battery';

export type ParameterRow = {
  readonly name: string;
  readonly group: ParameterGroup;
  readonly classId: number;
  readonly obis: string;
  readonly attribute: number;
  readonly isWritable: boolean;
  /** Rows of the reference system that ask for it. */
  readonly source: string;
};

type Where = readonly [classId: number, obis: string, attribute: number];

const parameter = (
  name: string,
  group: ParameterGroup,
  rest: { readonly at: Where; readonly source: string; readonly isReadOnly?: boolean },
): ParameterRow => ({
  name,
  group,
  classId: rest.at[0],
  obis: `${rest.at[1]}*255`,
  attribute: rest.at[2],
  isWritable: !rest.isReadOnly,
  source: rest.source,
});

/** Source: E-26, E-47 to E-50, E-51 to E-55; classes of IEC 62056-6-2:2021 clauses 4.3 to 4.9. */
export const EMIS_PARAMETERS: readonly ParameterRow[] = [
  parameter('serial_number', 'main', { at: [1, '0-0:96.1.0', 2], source: 'E-47' }),
  parameter('logical_address', 'main', {
    at: [1, '0-0:128.0.1', 2],
    source: 'E-25 E-47',
    isReadOnly: true,
  }),
  parameter('firmware', 'main', { at: [1, '0-0:96.1.2', 2], source: 'E-46', isReadOnly: true }),
  parameter('clock', 'clock', { at: [8, '0-0:1.0.0', 2], source: 'E-08 E-48' }),
  parameter('main_server_address', 'server', { at: [1, '0-0:128.1.1', 2], source: 'E-26 E-49' }),
  parameter('backup_server_address', 'server', { at: [1, '0-0:128.1.2', 2], source: 'E-26' }),
  parameter('main_server_port', 'server', { at: [1, '0-0:128.1.3', 2], source: 'E-26 E-49' }),
  parameter('backup_server_port', 'server', { at: [1, '0-0:128.1.4', 2], source: 'E-26' }),
  parameter('heartbeat', 'server', { at: [3, '0-0:128.1.5', 2], source: 'E-26 E-49' }),
  parameter('apn', 'modem', { at: [45, '0-0:25.4.0', 2], source: 'E-26 E-49' }),
  parameter('modem_user', 'modem', { at: [1, '0-0:128.1.6', 2], source: 'E-26 E-49' }),
  parameter('modem_password', 'modem', { at: [1, '0-0:128.1.7', 2], source: 'E-26 E-49' }),
  parameter('use_dhcp', 'internet', { at: [42, '0-0:25.1.0', 8], source: 'E-50' }),
  parameter('ip_address', 'internet', { at: [42, '0-0:25.1.0', 3], source: 'E-50' }),
  parameter('subnet_mask', 'internet', { at: [42, '0-0:25.1.0', 6], source: 'E-50' }),
  parameter('gateway', 'internet', { at: [42, '0-0:25.1.0', 7], source: 'E-50' }),
  parameter('main_dns', 'internet', { at: [42, '0-0:25.1.0', 9], source: 'E-50' }),
  parameter('backup_dns', 'internet', { at: [42, '0-0:25.1.0', 10], source: 'E-50' }),
  parameter('mac_address', 'internet', {
    at: [43, '0-0:25.2.0', 2],
    source: 'E-50',
    isReadOnly: true,
  }),
  parameter('meters', 'network', { at: [1, '0-0:128.2.1', 2], source: 'E-27 E-28 E-29 E-51' }),
  parameter('black_list', 'network', {
    at: [1, '0-0:128.2.2', 2],
    source: 'E-52',
    isReadOnly: true,
  }),
  parameter('topology', 'network', {
    at: [1, '0-0:128.2.3', 2],
    source: 'E-53 E-54',
    isReadOnly: true,
  }),
  parameter('battery_time', 'battery', {
    at: [3, '0-0:96.6.0', 2],
    source: 'E-55',
    isReadOnly: true,
  }),
  parameter('battery_voltage', 'battery', {
    at: [3, '0-0:96.6.3', 2],
    source: 'E-55',
    isReadOnly: true,
  }),
];

export type EmisProfile = 'daily' | 'monthly' | 'max_active' | 'max_reactive';

/**
 * Profiles of one managed meter, named by its poll number in the value groups B and F, and the most
 * slices that a read returns. Source: E-57.
 */
export const EMIS_PROFILES: readonly {
  readonly profile: EmisProfile;
  readonly code: string;
  readonly capacity: number;
}[] = [
  { profile: 'daily', code: '98.2.0', capacity: 89 },
  { profile: 'monthly', code: '98.1.0', capacity: 14 },
  { profile: 'max_active', code: '98.1.1', capacity: 14 },
  { profile: 'max_reactive', code: '98.1.2', capacity: 14 },
];

/** Channels 1 to 64 are the standard's; behind them value group F counts the pages. */
const CHANNELS = 64;

/** Value groups B and F of the meter that the concentrator polls as `number`, from 1 on. */
function emisChannel(number: number): { readonly b: number; readonly f: number } {
  const page = Math.floor((number - 1) / CHANNELS);
  return { b: ((number - 1) % CHANNELS) + 1, f: page === 0 ? 255 : page };
}

export const emisProfileObis = (number: number, code: string): string => {
  const { b, f } = emisChannel(number);
  return `1-${b}:${code}*${f}`;
};

/** Device ID 1 of a channel: the serial of the meter that has this number now (B-70). */
export const emisMeterSerialObis = (number: number): string => {
  const { b, f } = emisChannel(number);
  return `0-${b}:96.1.0*${f}`;
};

/**
 * What a collector keeps of each meter beside the four profiles (B-70): the last stored reading, the
 * hourly profile of a week, the meter's own journal. Codes are ours, as above. Source: B-70.
 */
export const COLLECTOR_PROFILES = [
  { profile: 'current', code: '98.3.0', capacity: 1 },
  { profile: 'load', code: '99.1.0', capacity: 168 },
  { profile: 'events', code: '99.98.0', capacity: 20 },
] as const;

/** Client numbers of the roles (IEC 62056-5-3:2017 clause 4.3 leaves them to the project). */
export const EMIS_CLIENTS: Readonly<Record<ConsoleRole, number>> = {
  reader: 16,
  configurator: 32,
  administrator: 48,
};

/** Association objects that hold the password of a role in attribute 7 (E-45, E-47). */
export const emisSecretObis = (role: 'configurator' | 'administrator'): string =>
  `0-0:40.0.${role === 'configurator' ? 2 : 3}*255`;

/** Event journal: at least 100 entries, the oldest are overwritten. Source: E-58. */
export const EMIS_JOURNAL = { obis: '0-0:99.98.0*255', capacity: 128 } as const;

export type EventEdge = 'start' | 'end' | 'once';

export type EventRow = {
  readonly code: number;
  readonly event: string;
  readonly phase: 'A' | 'B' | 'C' | null;
  readonly edge: EventEdge;
  /** Code of the other edge; null for events that have none. */
  readonly pairsWith: number | null;
  readonly isThreePhaseOnly: boolean;
};

type EventName = readonly [event: string, phase?: 'A' | 'B' | 'C' | '3'];

const pair = (start: number, [event, phase]: EventName, end = start + 1): readonly EventRow[] => {
  const row = { event, phase: phase === '3' ? null : (phase ?? null) };
  // Of a single-phase meter the phase is A. The current loss of phase A is told by three-phase
  // meters only; 28 and 43 follow their partners.
  const isThreePhaseOnly =
    phase === 'B' || phase === 'C' || phase === '3' || THREE_PHASE_A.has(event);
  return [
    { ...row, code: start, edge: 'start', pairsWith: end, isThreePhaseOnly },
    { ...row, code: end, edge: 'end', pairsWith: start, isThreePhaseOnly },
  ];
};
const once = (code: number, event: string): EventRow => ({
  code,
  event,
  phase: null,
  edge: 'once',
  pairsWith: null,
  isThreePhaseOnly: false,
});

const THREE_PHASE_A: ReadonlySet<string> = new Set(['phase_loss', 'current_loss']);

/** Source: E-58, all 63 codes in order. From 18 on starts are even; 17 ends with 62. */
export const EMIS_EVENTS: readonly EventRow[] = [
  ...pair(1, ['terminal_cover']),
  ...pair(3, ['magnetic_field']),
  ...pair(5, ['case_opened']),
  ...pair(7, ['module_cover']),
  once(9, 'module_removed'),
  once(10, 'module_connected'),
  ...pair(11, ['relay_off']),
  ...pair(13, ['phase_sequence', '3']),
  ...pair(15, ['voltage_interruption']),
  ...pair(17, ['power_exceeded'], 62),
  ...pair(18, ['current_reversal', 'A']),
  ...pair(20, ['current_reversal', 'B']),
  ...pair(22, ['current_reversal', 'C']),
  ...pair(24, ['current_unbalance', '3']),
  ...pair(26, ['voltage_sag', 'A']),
  ...pair(28, ['voltage_sag', 'B']),
  ...pair(30, ['voltage_sag', 'C']),
  ...pair(32, ['overvoltage', 'A']),
  ...pair(34, ['overvoltage', 'B']),
  ...pair(36, ['overvoltage', 'C']),
  ...pair(38, ['phase_loss', 'A']),
  ...pair(40, ['phase_loss', 'B']),
  ...pair(42, ['phase_loss', 'C']),
  ...pair(44, ['voltage_unbalance', '3']),
  ...pair(46, ['current_loss', 'A']),
  ...pair(48, ['current_loss', 'B']),
  ...pair(50, ['current_loss', 'C']),
  ...pair(52, ['reversed_polarity']),
  ...pair(54, ['voltage_disappearance']),
  ...pair(56, ['overcurrent', 'A']),
  ...pair(58, ['overcurrent', 'B']),
  ...pair(60, ['overcurrent', 'C']),
  once(63, 'events_cleared'),
].toSorted((a, b) => a.code - b.code);

/** The row of a code; null for one that the manual does not name. */
export const emisEvent = (code: number): EventRow | null =>
  EMIS_EVENTS.find((row) => row.code === code) ?? null;
