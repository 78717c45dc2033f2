/** Words for devices, reasons and the key doctor. Only the pages of (field) call it. */
import { m } from '#lib/i18n/paraglide/messages.js';
import type { SilenceCause } from '#lib/field/listen.ts';
import type { TroubleCause } from '#lib/field/radio-book.ts';

export type Words = { readonly title: string; readonly text: string };
type Say = () => string;
const say = (title: Say, text: Say) => (): Words => ({ title: title(), text: text() });

/** DeviceErrorCode, DongleFailure and ReadFailure in words: what, why, what now. */
const DEVICE: Readonly<Record<string, () => Words>> = {
  unsupported: say(m.field_dev_unsupported, m.field_dev_unsupported_how),
  unfit: say(m.field_dev_unfit, m.field_dev_unfit_how),
  'permission-denied': say(m.field_dev_denied, m.field_dev_denied_how),
  busy: say(m.field_dev_busy, m.field_dev_busy_how),
  disconnected: say(m.field_dev_gone, m.field_dev_gone_how),
  timeout: say(m.field_dev_timeout, m.field_dev_timeout_how),
  io: say(m.field_dev_io, m.field_dev_io_how),
  no_reply: say(m.field_dev_no_reply, m.field_dev_no_reply_how),
  silent: say(m.field_dev_no_reply, m.field_silent_receiver_dead),
  refused: say(m.field_dev_refused, m.field_dev_refused_how),
  unsupported_mode: say(m.field_dev_mode, m.field_dev_mode_how),
  no_answer: say(m.field_dev_timeout, m.field_dev_timeout_how),
  no_data: say(m.field_dev_timeout, m.field_dev_timeout_how),
  bad_identification: say(m.field_dev_timeout, m.field_opt_garbled),
  incomplete: say(m.field_dev_timeout, m.field_opt_garbled),
  bad_bcc: say(m.field_dev_timeout, m.field_opt_garbled),
  too_long: say(m.field_dev_timeout, m.field_opt_garbled),
};
export const deviceWords = (code: string): Words =>
  (DEVICE[code] ?? say(m.field_dev_io, m.field_dev_io_how))();

const SILENCE: Readonly<Record<SilenceCause, Say>> = {
  'receiver-dead': m.field_silent_receiver_dead,
  'other-house': m.field_silent_other_house,
  'other-mode': m.field_silent_other_mode,
  'too-far': m.field_silent_too_far,
};
export const silenceWords = (cause: SilenceCause): string => SILENCE[cause]();

const DOCTOR: Readonly<Record<TroubleCause, () => Words>> = {
  'wrong-key': say(m.field_doc_wrong_key_title, m.field_doc_wrong_key_how),
  'no-key': say(m.field_doc_no_key_title, m.field_doc_no_key_how),
  corrupt: say(m.field_doc_corrupt_title, m.field_doc_corrupt_how),
  incomplete: say(m.field_doc_corrupt_title, m.field_doc_corrupt_how),
  'other-meter': say(m.field_doc_other_title, m.field_doc_other_how),
  'unknown-mode': say(m.field_doc_mode_title, m.field_doc_mode_how),
  'unknown-format': say(m.field_doc_format_title, m.field_doc_format_how),
  'no-register': say(m.field_doc_register_title, m.field_doc_register_how),
};
export const doctorWords = (cause: TroubleCause | null): Words =>
  cause ? DOCTOR[cause]() : say(m.field_doc_fine_title, m.field_doc_fine_how)();

const REASONS: Readonly<Record<string, Say>> = {
  'nobody-home': m.field_reason_nobody_home,
  locked: m.field_reason_locked,
  refused: m.field_reason_refused,
  dog: m.field_reason_dog,
  flooded: m.field_reason_flooded,
  'broken-glass': m.field_reason_broken_glass,
  'no-meter': m.field_reason_no_meter,
  removed: m.field_reason_removed,
  'wrong-number': m.field_reason_wrong_number,
  'seal-broken': m.field_reason_seal_broken,
  danger: m.field_reason_danger,
};
export const reasonWords = (reason: string): string => REASONS[reason]?.() ?? reason;
export const reasons: readonly string[] = Object.keys(REASONS);
