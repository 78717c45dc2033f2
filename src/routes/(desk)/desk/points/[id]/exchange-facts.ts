/** An exchange as labelled words for the desk: what was read, hung, sealed and heard. */
import { parseDecimal } from '#lib/base/decimal.ts';
import type { MeterExchanged } from '#lib/contract/exchange.ts';
import { registerType } from '#lib/domain/register-types.table.ts';
import { formatDateTime, formatNumber } from '#lib/i18n/format.ts';
import { m } from '#lib/i18n/paraglide/messages.js';
import { exchangeReason } from '../../orders/order-words.ts';

type Style = { readonly zone: string; readonly decimals: number };

/** Decimal text of the catalogue's unit as the dial shows it. */
export function registerWords(
  registers: MeterExchanged['old']['registers'],
  decimals: number,
): string {
  const [first] = registers;
  const value = first && parseDecimal(first.value);
  if (!first || !value?.ok) return '–';
  const shift = registerType(first.register)?.unit === 'Wh' ? -3 : 0;
  const { units, scale } = value.value;
  return formatNumber({ units, scale: scale + shift }, { decimals });
}

export function exchangeFacts(
  body: MeterExchanged,
  { zone, decimals }: Style,
): (readonly [string, string])[] {
  const { old, new: meter, firstTelegram, signatures } = body;
  const end = old.unreadable
    ? exchangeReason(old.unreadable)
    : registerWords(old.registers, decimals);
  const heard = firstTelegram.at
    ? formatDateTime(firstTelegram.at, zone, 'short')
    : firstTelegram.skipped && exchangeReason(firstTelegram.skipped);
  const facts: (readonly [string, string | null])[] = [
    [m.desk_x_end(), end],
    [m.desk_x_serial(), meter.serial],
    [m.desk_x_start(), registerWords(meter.registers, meter.decimals)],
    [m.desk_f_radio(), meter.radioId],
    [m.desk_x_key(), meter.keyReference],
    [m.desk_f_seals(), body.sealsPlaced.join(', ')],
    [m.desk_x_seals_off(), body.sealsRemoved.join(', ')],
    [m.desk_x_heard(), heard],
    [m.desk_x_absent(), signatures.absent && exchangeReason(signatures.absent)],
  ];
  return facts.filter((fact): fact is readonly [string, string] => Boolean(fact[1]));
}
