/** Words of orders and exchanges on the desk's pages. */
import { m } from '#lib/i18n/paraglide/messages.js';

type Words = Readonly<Record<string, () => string>>;
const wordIn =
  (words: Words) =>
  (code: string): string =>
    words[code]?.() ?? code;

export const orderKind = wordIn({
  inspect: m.desk_o_inspect,
  exchange: m.desk_o_exchange,
  seal: m.desk_o_seal,
  disconnect: m.desk_o_disconnect,
  verify: m.desk_o_verify,
});

export const orderState = wordIn({
  open: m.desk_o_open,
  overdue: m.desk_o_overdue,
  done: m.desk_o_done,
  'not-done': m.desk_o_not_done,
  cancelled: m.desk_o_cancelled,
});

export const exchangeReason = wordIn({
  'verification-due': m.desk_x_r_verification,
  broken: m.desk_x_r_broken,
  'dial-unreadable': m.desk_x_r_unreadable,
  leaking: m.desk_x_r_leaking,
  damaged: m.desk_x_r_damaged,
  upgrade: m.desk_x_r_upgrade,
  other: m.desk_x_r_other,
  'display-dead': m.desk_x_u_display,
  'glass-broken': m.desk_x_u_glass,
  'meter-gone': m.desk_x_u_gone,
  'no-receiver': m.desk_x_t_no_receiver,
  'not-yet-sending': m.desk_x_t_not_yet,
  'no-radio': m.desk_x_t_no_radio,
  'nobody-home': m.desk_x_a_nobody,
  refused: m.desk_x_a_refused,
  'common-room': m.desk_x_a_common,
  locked: m.desk_x_locked,
  dog: m.desk_x_dog,
  flooded: m.desk_x_flooded,
  'broken-glass': m.desk_x_u_glass,
  'no-meter': m.desk_x_u_gone,
  removed: m.desk_x_u_gone,
  'wrong-number': m.desk_x_wrong_number,
  'seal-broken': m.desk_x_seal_broken,
  danger: m.desk_x_danger,
});

export const conflictWords = wordIn({
  'other-meter': m.desk_x_c_told,
  'nothing-hangs': m.desk_x_c_nothing,
  'too-early': m.desk_x_c_early,
  'serial-in-use': m.desk_x_c_serial,
});
