/**
 * Sentences of the resident's screens that need more than one message: ranges of money, ages, the
 * unit a country reads heat in. Knows no data source. Pages of this folder call it.
 */
import type { Home, HomeQuantity, Money } from '#lib/contract/home.ts';
import type { Resource } from '#lib/domain/resource.ts';
import { formatDateTime, formatMoney, formatQuantity, formatRange } from '#lib/i18n/format.ts';
import { currencySymbol, symbolFirst } from '#lib/i18n/money.ts';
import { m } from '#lib/i18n/paraglide/messages.js';
import type { Unit } from '#lib/i18n/parts.ts';

/** Currencies of the countries whose bills count heat in gigacalories. */
const GCAL = new Set(['RUB', 'KZT', 'UAH', 'MDL', 'AMD', 'AZN', 'BYN']);

/** The unit a person knows from the bill; only heat differs by country. */
export const billUnit = (unit: Unit, resource: Resource | null, currency: string): Unit =>
  resource === 'heat' && unit === 'Wh' && GCAL.has(currency) ? 'Gcal' : unit;

export const quantityOf = (q: HomeQuantity, resource: Resource, currency: string): string =>
  formatQuantity(q, billUnit(q.unit, resource, currency));

export const YEAR_S = 365 * 24 * 3600;

/** `Лесная, 14 · кв. 37`; a cottage has no flat. */
export const placeName = ({ house, flat }: Pick<Home, 'house' | 'flat'>): string =>
  flat ? m.home_flat({ house, flat }) : house;

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** A forecast is known to about two digits; more would promise what nobody knows. */
export function soft({ minor, currency }: Money): Money {
  const whole = Math.abs(minor) / 100;
  const step = whole >= 1000 ? 5000 : whole >= 200 ? 1000 : whole >= 50 ? 500 : 100;
  return { minor: Math.round(minor / step) * step, currency };
}

/** `2 700–3 150`, with the currency once: it stands beside the number above already. */
export function moneyRange(low: Money, high: Money): string {
  const bare = (money: Money): string =>
    formatMoney(money).replace(currencySymbol(money.currency), '').trim();
  return formatRange(bare(low), bare(high));
}

/** The same with the sign of the currency, for sentences that stand alone. */
export const moneyRangeText = (low: Money, high: Money): string =>
  symbolFirst()
    ? `${currencySymbol(low.currency)}${moneyRange(low, high)}`
    : `${moneyRange(low, high)}\u00a0${currencySymbol(low.currency)}`;

export const when = (at: number, zone: string): string => formatDateTime(at, zone);
