/** Words of the exchange's codes. Only the exchange's and the orders' pages of (field) call it. */
import { m } from '#lib/i18n/paraglide/messages.js';

type Words = Readonly<Record<string, () => string>>;

export const CHECKLIST_WORDS: Words = {
  'switched-off': m.field_ex_check_switched_off,
  secured: m.field_ex_check_secured,
  'no-voltage': m.field_ex_check_no_voltage,
  'protective-gear': m.field_ex_check_protective_gear,
  'second-person': m.field_ex_check_second_person,
};
export const UNREADABLE_WORDS: Words = {
  'display-dead': m.field_ex_un_display_dead,
  'glass-broken': m.field_ex_un_glass_broken,
  'meter-gone': m.field_ex_un_meter_gone,
};
export const EXCHANGE_REASON_WORDS: Words = {
  'verification-due': m.field_ex_r_verification_due,
  broken: m.field_ex_r_broken,
  'dial-unreadable': m.field_ex_r_dial_unreadable,
  leaking: m.field_ex_r_leaking,
  damaged: m.field_ex_r_damaged,
  upgrade: m.field_ex_r_upgrade,
  other: m.field_ex_r_other,
};
export const NO_TELEGRAM_WORDS: Words = {
  'no-receiver': m.field_ex_t_no_receiver,
  'not-yet-sending': m.field_ex_t_not_yet_sending,
  'no-radio': m.field_ex_t_no_radio,
};
export const ABSENT_WORDS: Words = {
  'nobody-home': m.field_ex_a_nobody_home,
  refused: m.field_ex_a_refused,
  'common-room': m.field_ex_a_common_room,
};
export const ORDER_WORDS: Words = {
  inspect: m.field_order_k_inspect,
  exchange: m.field_order_k_exchange,
  seal: m.field_order_k_seal,
  disconnect: m.field_order_k_disconnect,
  verify: m.field_order_k_verify,
};

export const wordOf = (words: Words, code: string): string => words[code]?.() ?? code;
