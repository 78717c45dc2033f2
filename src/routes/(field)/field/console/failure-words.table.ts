/**
 * Every failure of a session in words: what happened, why and what to do now; then the things to
 * look at, in that order. Source: the failure codes of the sessions in lib/meters, of
 * lib/transport and of the console itself; the test walks all of them. Only the console's screens
 * call it.
 */
import { m } from '#lib/i18n/paraglide/messages.js';

type Say = () => string;
type Row = readonly [title: Say, text: Say, steps: readonly Say[]];

const HOLD = m.console_step_hold;
const WAKE = m.console_step_wake;
const WIRES = m.console_step_wires;
const SPEED = m.console_step_speed;
const PATIENCE = m.console_step_patience;
const PORT = m.console_step_port;
const REPLUG = m.console_step_replug;
const PASSWORD = m.console_step_password;
const SHADE = m.console_step_shade;
const WAIT = m.console_step_wait;
const ALONE = m.console_step_alone;

const FAILURES: Readonly<Record<string, Row>> = {
  no_answer: [
    m.console_failure_no_answer,
    m.console_failure_no_answer_how,
    [HOLD, WAKE, WIRES, SPEED],
  ],
  noise: [m.console_failure_noise, m.console_failure_noise_how, [SHADE, SPEED, WIRES]],
  busy: [m.console_failure_busy, m.console_failure_busy_how, [PORT, WAIT]],
  refused: [m.console_failure_refused, m.console_failure_refused_how, [PASSWORD, WAIT]],
  rejected: [m.console_failure_rejected, m.console_failure_rejected_how, [HOLD, REPLUG]],
  disconnected: [
    m.console_failure_disconnected,
    m.console_failure_disconnected_how,
    [REPLUG, HOLD],
  ],
  broken_stream: [m.console_failure_broken_stream, m.console_failure_broken_stream_how, [REPLUG]],
  association_refused: [
    m.console_failure_association_refused,
    m.console_failure_association_refused_how,
    [PASSWORD],
  ],
  authentication_failed: [
    m.console_failure_authentication_failed,
    m.console_failure_authentication_failed_how,
    [PASSWORD],
  ],
  bad_answer: [m.console_failure_bad_answer, m.console_failure_bad_answer_how, [HOLD, SHADE]],
  exception: [m.console_failure_exception, m.console_failure_exception_how, [WAIT, PASSWORD]],
  service_error: [m.console_failure_service_error, m.console_failure_service_error_how, [PASSWORD]],
  not_ciphered: [m.console_failure_not_ciphered, m.console_failure_not_ciphered_how, [PASSWORD]],
  bad_tag: [m.console_failure_bad_tag, m.console_failure_bad_tag_how, [PASSWORD, SHADE]],
  replayed: [m.console_failure_replayed, m.console_failure_replayed_how, [WAIT]],
  no_counter: [m.console_failure_no_counter, m.console_failure_no_counter_how, [WAIT]],
  lost_block: [m.console_failure_lost_block, m.console_failure_lost_block_how, [HOLD, SHADE]],
  too_long: [m.console_failure_too_long, m.console_failure_too_long_how, [SPEED, SHADE]],
  too_slow: [m.console_failure_too_slow, m.console_failure_too_slow_how, [PATIENCE, HOLD]],
  bad_identification: [
    m.console_failure_bad_identification,
    m.console_failure_bad_identification_how,
    [HOLD, SHADE],
  ],
  no_data: [m.console_failure_no_data, m.console_failure_no_data_how, [SPEED, HOLD, WAKE]],
  incomplete: [m.console_failure_incomplete, m.console_failure_incomplete_how, [HOLD, SHADE]],
  bad_bcc: [m.console_failure_bad_bcc, m.console_failure_bad_bcc_how, [SHADE, HOLD]],
  unsupported_mode: [
    m.console_failure_unsupported_mode,
    m.console_failure_unsupported_mode_how,
    [SPEED],
  ],
  write_not_allowed: [
    m.console_failure_write_not_allowed,
    m.console_failure_write_not_allowed_how,
    [PASSWORD],
  ],
  bad_job: [m.console_failure_bad_job, m.console_failure_bad_job_how, [SPEED]],
  no_programming: [
    m.console_failure_no_programming,
    m.console_failure_no_programming_how,
    [WAKE, PASSWORD],
  ],
  wrong_password: [
    m.console_failure_wrong_password,
    m.console_failure_wrong_password_how,
    [PASSWORD, WAIT],
  ],
  no_reply: [m.console_failure_no_reply, m.console_failure_no_reply_how, [WAIT, WIRES]],
  disturbed: [m.console_failure_disturbed, m.console_failure_disturbed_how, [WIRES, SPEED]],
  wrong_answer: [
    m.console_failure_wrong_answer,
    m.console_failure_wrong_answer_how,
    [ALONE, WIRES],
  ],
  not_confirmed: [m.console_failure_not_confirmed, m.console_failure_not_confirmed_how, [WAIT]],
  collision: [m.console_failure_collision, m.console_failure_collision_how, [ALONE]],
  wrong_meter: [m.console_failure_wrong_meter, m.console_failure_wrong_meter_how, [ALONE]],
  application_error: [
    m.console_failure_application_error,
    m.console_failure_application_error_how,
    [WAIT],
  ],
  stuck: [m.console_failure_stuck, m.console_failure_stuck_how, [REPLUG, WAIT]],
  unreadable: [m.console_failure_unreadable, m.console_failure_unreadable_how, [SPEED]],
  unsupported: [m.console_failure_unsupported, m.console_failure_unsupported_how, [PORT]],
  unfit: [m.console_failure_unfit, m.console_failure_unfit_how, [REPLUG]],
  'permission-denied': [
    m.console_failure_permission_denied,
    m.console_failure_permission_denied_how,
    [PORT],
  ],
  timeout: [m.console_failure_timeout, m.console_failure_timeout_how, [PATIENCE, WIRES]],
  io: [m.console_failure_io, m.console_failure_io_how, [REPLUG, PORT]],
  nothing_found: [
    m.console_failure_nothing_found,
    m.console_failure_nothing_found_how,
    [HOLD, WAKE, WIRES, SPEED, PATIENCE],
  ],
  no_collector: [m.collector_none, m.collector_none_how, [WIRES]],
  bad_value: [m.console_failure_bad_value, m.console_failure_bad_value_how, []],
  not_allowed: [m.console_failure_not_allowed, m.console_failure_not_allowed_how, [PASSWORD]],
  stopped: [m.console_failure_stopped, m.console_failure_stopped_how, []],
  unknown_model: [m.console_failure_unknown_model, m.console_failure_unknown_model_how, []],
  no_profile: [m.console_failure_no_profile, m.console_failure_no_profile_how, []],
  encrypted: [m.console_failure_encrypted, m.console_failure_encrypted_how, []],
  unknown_protocol: [
    m.console_failure_unknown_protocol,
    m.console_failure_unknown_protocol_how,
    [],
  ],
  no_store: [m.console_failure_no_store, m.console_failure_no_store_how, []],
  unexpected: [m.console_failure_other, m.console_failure_other_how, [REPLUG]],
  weak_password: [m.console_failure_weak_password, m.console_failure_weak_password_how, []],
};
const OTHER: Row = [m.console_failure_other, m.console_failure_other_how, [WAIT]];

export type FailureWords = {
  readonly title: string;
  /** Why, what now, and that what was read is safe. */
  readonly text: string;
  readonly steps: readonly string[];
};

export function failureWords(code: string): FailureWords {
  const [title, text, steps] = FAILURES[code] ?? OTHER;
  return {
    title: title(),
    text: `${text()} ${m.console_safe()}`,
    steps: steps.map((step) => step()),
  };
}

/** Only the name of what happened, for a line of the log. */
export const failureTitle = (code: string): string => (FAILURES[code] ?? OTHER)[0]();
export const hasFailureWords = (code: string): boolean => code in FAILURES;

/** IEC 62056-5-3:2017 clause 8, Data-Access-Result and Action-Result. */
const RESULTS: Readonly<Record<string, Say>> = {
  success: m.console_r_success,
  'hardware-fault': m.console_r_hardware_fault,
  'temporary-failure': m.console_r_temporary_failure,
  'read-write-denied': m.console_r_read_write_denied,
  'object-undefined': m.console_r_object_undefined,
  'object-class-inconsistent': m.console_r_object_class_inconsistent,
  'object-unavailable': m.console_r_object_unavailable,
  'type-unmatched': m.console_r_type_unmatched,
  'scope-of-access-violated': m.console_r_scope_of_access_violated,
  'data-block-unavailable': m.console_r_data_block_unavailable,
  'long-get-aborted': m.console_r_long_get_aborted,
  'no-long-get-in-progress': m.console_r_no_long_get,
  'long-set-aborted': m.console_r_long_set_aborted,
  'no-long-set-in-progress': m.console_r_no_long_set,
  'data-block-number-invalid': m.console_r_block_number,
  'long-action-aborted': m.console_r_long_action_aborted,
  'no-long-action-in-progress': m.console_r_no_long_action,
  'other-reason': m.console_r_other_reason,
};
/** Why a device refused one thing: its own result, or a failure of the session. */
export const problemWords = (problem: string): string =>
  RESULTS[problem]?.() ?? (FAILURES[problem] ? failureTitle(problem) : problem);
