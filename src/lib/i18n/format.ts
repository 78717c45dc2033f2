/**
 * How Kilter writes numbers, money, dates and ages in the reader's language (design.md 9). Every
 * text a screen shows of a value goes through here; no component formats by itself. Instants need
 * the zone of the metering point, because a bill's day is the customer's day.
 */
import { m } from './paraglide/messages.js';
import { language, languageTag } from './locale.ts';
import { moneyText, type Money, type MoneyOptions } from './money.ts';
import { numberText, quantityParts } from './parts.ts';
import type { NumberOptions, Unit, Value } from './parts.ts';

/** `1 840,5`; a float, an exact decimal or a `{ units, scale }` of the wire. */
export const formatNumber = (value: Value, options: NumberOptions = {}): string =>
  numberText(value, options);

/** `92 кВт·ч`, `2,90 м³`, `12 л/ч`. */
export function formatQuantity(value: Value, unit: Unit, options: NumberOptions = {}): string {
  const parts = quantityParts(value, unit, options);
  return parts.unit ? `${parts.number}\u00a0${parts.unit}` : parts.number;
}

/** `1 840 ₽`; `{ bill: true }` adds the hundredths. */
export const formatMoney = (money: Money, options: MoneyOptions = {}): string =>
  moneyText(money, options);

const DATE_STYLES = {
  /** 20 ноября */
  day: { day: 'numeric', month: 'long' },
  /** 20 ноя */
  short: { day: 'numeric', month: 'short' },
  /** 20 ноября 2026 г. */
  long: { day: 'numeric', month: 'long', year: 'numeric' },
  /** 20.11.2026 */
  numeric: { day: '2-digit', month: '2-digit', year: 'numeric' },
  /** пятница, 20 ноября */
  weekday: { weekday: 'long', day: 'numeric', month: 'long' },
  /** ноябрь */
  month: { month: 'long' },
  /** Н */
  monthNarrow: { month: 'narrow' },
  /** ноябрь 2026 г. */
  monthYear: { month: 'long', year: 'numeric' },
  year: { year: 'numeric' },
  /** 23:40 */
  time: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

/** `iso` is `2026-11-20`, for addresses. */
export type DateStyle = keyof typeof DATE_STYLES | 'iso';

const formats = new Map<string, Intl.DateTimeFormat>();
function dateFormat(style: Exclude<DateStyle, 'iso'>, zone: string): Intl.DateTimeFormat {
  const key = `${languageTag()} ${style} ${zone}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(languageTag(), { ...DATE_STYLES[style], timeZone: zone });
    formats.set(key, format);
  }
  return format;
}

const isoDate = (at: number, zone: string): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: zone }).format(at);

/** An instant needs its zone; a civil `2026`, `2026-11` or `2026-11-14` carries its own day. */
export function formatDate(at: number | string, style: DateStyle = 'day', zone = 'UTC'): string {
  const civil = typeof at === 'string';
  const instant = civil ? Date.parse(`${`${at}-01-01`.slice(0, 10)}T00:00:00Z`) : at;
  if (style === 'iso') return isoDate(instant, civil ? 'UTC' : zone);
  const text = dateFormat(style, civil ? 'UTC' : zone).format(instant);
  // Russian adds "г." after a year, which our headlines do without.
  return text.replace(/\s?г\.$/, '');
}

/** `20 ноября, 23:40`; German adds its word for o'clock. */
export function formatDateTime(at: number, zone: string, style: DateStyle = 'day'): string {
  const time = formatDate(at, 'time', zone);
  const tail = language() === 'de' ? '\u00a0Uhr' : '';
  return `${formatDate(at, style, zone)}, ${time}${tail}`;
}

/** `2 700–3 150`: an en dash without spaces. */
export const formatRange = (low: Value | string, high: Value | string): string =>
  [low, high].map((v) => (typeof v === 'string' ? v : numberText(v))).join('–');

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

/** `3 часа назад`; below a second "just now". */
export function formatAge(at: number, now: number): string {
  const age = Math.max(0, now - at);
  const step = STEPS.find(([, size]) => age >= size);
  if (!step) return m.common_just_now();
  return new Intl.RelativeTimeFormat(languageTag()).format(-Math.floor(age / step[1]), step[0]);
}
