/** Words of the house balance: figures a day with their unit, and who is still unread. */
import type { LookAt, RoundBalance } from '#lib/field/round-balance.ts';
import { formatNumber } from '#lib/i18n/format.ts';
import { m } from '#lib/i18n/paraglide/messages.js';
import { quantityParts, type Parts } from '#lib/i18n/parts.ts';
import { placeWords } from '#lib/i18n/place.ts';
import { registerType } from '#lib/domain/register-types.table.ts';
import type { MeterView } from '#lib/offline/types.ts';

/** A float of the register in the unit of its dial: m³ or kWh. */
export function onDial(register: number, units: number): number {
  const type = registerType(register);
  return units * 10 ** ((type?.scale ?? 0) - (type?.unit === 'Wh' ? 3 : 0));
}

/** A float in the register's unit as a person reads it; the sign stays. */
export function perDayParts(register: number, perDay: number): Parts {
  const type = registerType(register);
  const scale = type?.scale ?? 0;
  const shown = Math.abs(onDial(register, perDay));
  const decimals = shown >= 100 ? 0 : shown >= 1 ? 1 : 2;
  const units = BigInt(Math.round(perDay));
  return quantityParts({ units, scale }, type?.unit ?? '', { decimals });
}

/** "3,2 м³". */
export function perDayText(register: number, perDay: number): string {
  const { number, unit } = perDayParts(register, perDay);
  return unit ? `${number}\u00a0${unit}` : number;
}

/** `0.034` → "3". */
export const percentText = (share: number): string =>
  formatNumber(share * 100, { decimals: share < 0.1 ? 1 : 0 });

type Verdict = Extract<RoundBalance['balance'], { kind: 'known' }>['verdict'];

const nameOf = (meter: MeterView): string => meter.flat ?? placeWords(meter);
const NAMED = 4;

/** "не прочитаны: 14, 37". */
export function unreadWords({ unread }: RoundBalance): string {
  if (unread.length === 0) return m.balance_all_read();
  const list = unread.slice(0, NAMED).map(nameOf).join(', ');
  const n = unread.length - NAMED;
  return n > 0 ? m.balance_unread_more({ list, n }) : m.balance_unread({ list });
}

/** The sentence of a verdict, with what is estimated where it is too early for one. */
export function verdictWords(verdict: Verdict, estimatedShare: number): string {
  if (verdict === 'early') return m.balance_early({ share: percentText(estimatedShare) });
  if (verdict === 'closes') return m.balance_closes();
  return verdict === 'short' ? m.balance_short() : m.balance_over();
}

/** "0,02 м³ в сутки, раньше 0,25 м³". */
export function lookWords({ what, meter, perDay, expected }: LookAt): string {
  const text = (value: number | null): string => perDayText(meter.register, value ?? 0);
  if (what === 'lower') return m.balance_lower();
  if (what === 'still') return m.balance_still({ before: text(expected) });
  return m.balance_fell({ now: text(perDay), before: text(expected) });
}

/** The card's two lines. */
export function cardWords(one: RoundBalance): { title: string; detail: string } {
  const { balance, common } = one;
  const { register } = common;
  if (balance.kind === 'common-unread') {
    return { title: m.balance_card_common(), detail: unreadWords(one) };
  }
  if (balance.kind === 'too-few') {
    return { title: m.balance_card_few(), detail: unreadWords(one) };
  }
  if (balance.kind !== 'known') return { title: m.balance_card_new(), detail: unreadWords(one) };
  const text = (value: number): string => perDayText(register, value);
  const low = perDayParts(register, balance.low).number;
  const range = m.balance_range({ low, high: text(balance.high) });
  const title =
    balance.verdict === 'over'
      ? m.balance_card_over({ value: text(-balance.perDay) })
      : m.balance_card_short({ value: text(balance.perDay) });
  return { title, detail: `${range}; ${unreadWords(one)}` };
}
