/**
 * Money in pieces. A bill shows every minor unit, everything else is whole (design.md 9); the sign
 * of the currency stands where the language puts it.
 */
import { languageTag } from './locale.ts';
import { numberText, type Parts } from './parts.ts';

/** An integer of hundredths of `currency`. */
export type Money = { readonly minor: number; readonly currency: string };
export type MoneyOptions = {
  /** Bills and rates: two decimals. */
  bill?: boolean;
  signed?: boolean;
};

// Golos Text has no lira sign, so the letters that Turkish shops print stand for it.
const SYMBOL: Readonly<Record<string, string>> = { TRY: 'TL' };

/** `₽`, `€`, `PLN`…: the short sign of the currency. */
export function currencySymbol(currency: string): string {
  const known = SYMBOL[currency];
  if (known) return known;
  const parts = new Intl.NumberFormat(languageTag(), {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
  }).formatToParts(0);
  return parts.find((part) => part.type === 'currency')?.value ?? currency;
}

/** English puts the sign first; Russian and German put it last, after a space. */
export const symbolFirst = (): boolean => languageTag().startsWith('en');

export const moneyParts = (
  { minor, currency }: Money,
  { bill = false, signed = false }: MoneyOptions = {},
): Parts => ({
  number: numberText({ units: minor, scale: -2 }, { decimals: bill ? 2 : 0, signed }),
  unit: currencySymbol(currency),
});

/** `1 840 ₽`, `−₽120`, `18,40 €`. */
export function moneyText(money: Money, options: MoneyOptions = {}): string {
  const { number, unit } = moneyParts(money, options);
  if (!symbolFirst()) return `${number}\u00a0${unit}`;
  const sign = /^[+\u2212]/.exec(number)?.[0] ?? '';
  const gap = /\w$/.test(unit) ? '\u00a0' : '';
  return `${sign}${unit}${gap}${number.slice(sign.length)}`;
}
