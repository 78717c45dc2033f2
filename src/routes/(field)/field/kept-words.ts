/** Why the server kept a record for a person, in words; null where the tag says enough. */
import { m } from '#lib/i18n/paraglide/messages.js';

const KEPT: Readonly<Record<string, () => string>> = {
  'serial-in-use': m.field_kept_serial_in_use,
  'wrong-point': m.field_kept_wrong_point,
  'no-safety-group': m.field_kept_no_safety_group,
  'no-checklist': m.field_kept_no_checklist,
  'unknown-order': m.field_kept_unknown_order,
};

export const keptWords = (reason: string | undefined): string | null =>
  KEPT[reason ?? '']?.() ?? null;
