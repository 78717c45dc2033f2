/** Words for findings and for lines of a meter's journal. Only the desk's pages call it. */
import { CRITICAL_KINDS, type FindingKind } from '#lib/domain/finding.ts';
import { SOURCES, type Source } from '#lib/domain/reading.ts';
import { formatNumber } from '#lib/i18n/format.ts';
import { m } from '#lib/i18n/paraglide/messages.js';
import { sourceName } from '#lib/ui/look.ts';

type Detail = Readonly<Record<string, string | number>>;
type Words = Readonly<Record<string, (detail: Detail) => string>>;

const EVENT: Words = {
  alarm: () => m.desk_ev_alarm(),
  'battery-low': () => m.desk_ev_battery_low(),
  'permanent-error': () => m.desk_ev_permanent_error(),
  'temporary-error': () => m.desk_ev_temporary_error(),
  'application-error': () => m.desk_ev_application_error(),
  'maker-status': () => m.desk_ev_maker_status(),
  'error-flags': () => m.desk_ev_error_flags(),
  'clock-suspect': () => m.desk_ev_clock_suspect(),
  rollover: () => m.desk_ev_rollover(),
  magnet: () => m.desk_ev_magnet(),
  'wire-break': () => m.desk_ev_wire_break(),
  'short-circuit': () => m.desk_ev_short_circuit(),
  approved: () => m.desk_ev_approved(),
  exchanged: ({ old = '', serial = '', endValue = '', startValue = '' }) =>
    m.desk_ev_exchanged({ old, serial, end: endValue, start: startValue }),
  found: ({ place = '' }) => m.found_journal({ place }),
};
/** What a meter told its collector: kind, phase, begin or end. A code without a name stays one. */
const TOLD: Words = {
  terminal_cover: () => m.console_e_terminal_cover(),
  magnetic_field: () => m.console_e_magnetic_field(),
  case_opened: () => m.console_e_case_opened(),
  module_cover: () => m.console_e_module_cover(),
  module_removed: () => m.console_e_module_removed(),
  module_connected: () => m.console_e_module_connected(),
  relay_off: () => m.console_e_relay_off(),
  phase_sequence: () => m.console_e_phase_sequence(),
  voltage_interruption: () => m.console_e_voltage_interruption(),
  power_exceeded: () => m.console_e_power_exceeded(),
  current_reversal: () => m.console_e_current_reversal(),
  current_unbalance: () => m.console_e_current_unbalance(),
  voltage_sag: () => m.console_e_voltage_sag(),
  overvoltage: () => m.console_e_overvoltage(),
  phase_loss: () => m.console_e_phase_loss(),
  voltage_unbalance: () => m.console_e_voltage_unbalance(),
  current_loss: () => m.console_e_current_loss(),
  reversed_polarity: () => m.console_e_reversed_polarity(),
  voltage_disappearance: () => m.console_e_voltage_disappearance(),
  overcurrent: () => m.console_e_overcurrent(),
  events_cleared: () => m.console_e_events_cleared(),
};
const EDGE: Words = { start: () => m.console_edge_start(), end: () => m.console_edge_end() };

function toldName({ event = '', phase = '', edge = '' }: Detail): string | null {
  const kind = TOLD[event]?.({});
  if (kind === undefined) return null;
  return [kind, phase, EDGE[edge]?.({})].filter(Boolean).join(' · ');
}

export const eventName = (code: string, detail: Detail = {}): string =>
  EVENT[code]?.(detail) ?? toldName(detail) ?? code;

/** Who says it: a way by which readings come, or the desk. */
export function eventSource(source: string): string {
  const known = SOURCES.find((one): one is Source => one === source);
  return known ? sourceName(known) : source === 'desk' ? m.desk_ev_desk() : source;
}

const FINDING: Words = {
  burst: () => m.desk_fk_burst(),
  'water-never-stops': () => m.desk_fk_never_stops(),
  'stands-still': () => m.desk_fk_stands_still(),
  'counts-less': () => m.desk_fk_counts_less(),
  silent: () => m.desk_fk_silent(),
  'suspect-readings': () => m.desk_fk_suspect(),
  conflict: () => m.desk_fk_conflict(),
};
export const findingName = (kind: FindingKind): string => FINDING[kind]?.({}) ?? eventName(kind);

/** How much: flow, share, time or how often. Hours beyond two days are told in days. */
export function findingAmount(kind: FindingKind, amount: number | null): string {
  if (amount === null) return '';
  const n = formatNumber(amount);
  if (kind === 'burst' || kind === 'water-never-stops') return m.desk_fa_lph({ n });
  if (kind === 'counts-less') return m.desk_fa_less({ n });
  if (kind === 'stands-still') return `${n} ${m.desk_u_d()}`;
  if (kind === 'silent') {
    return amount < 48 ? `${n} ${m.desk_u_h()}` : `${Math.floor(amount / 24)} ${m.desk_u_d()}`;
  }
  return m.desk_fa_times({ n });
}

export const isUrgent = (kind: FindingKind): boolean => CRITICAL_KINDS.includes(kind);
