/**
 * The one table from fault codes to the status of a telegram. Knows no bytes; called by the wired
 * and wireless decoders' users and by the command line.
 */
import type { Fault } from '#lib/base/result.ts';
import type { TelegramStatus } from './telegram.ts';

const STATUS: Readonly<Record<string, TelegramStatus>> = {
  no_key: 'encrypted',
  no_system_title: 'encrypted',
  truncated: 'incomplete',
  unknown_format: 'incomplete',
  fragment: 'incomplete',
  no_counter: 'unsupported',
  no_day: 'unsupported',
  unsupported_mode: 'unsupported',
  unsupported_ci: 'unsupported',
  unsupported_application: 'unsupported',
  unsupported_function: 'unsupported',
  proprietary: 'unsupported',
  unsupported_apdu: 'unsupported',
  unsupported_suite: 'unsupported',
  unsupported_compression: 'unsupported',
};

/** `decoded` without a fault; codes that are not in the table are errors. */
export const statusOf = (fault: Fault | null): TelegramStatus =>
  fault ? (STATUS[fault.code] ?? 'error') : 'decoded';
