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
export const eventName = (code: string, detail: Detail = {}): string =>
  EVENT[code]?.(detail) ?? code;

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
