/** Codes of lib/api/auth.ts in words: what happened and what to do. */
import { m } from '#lib/i18n/paraglide/messages.js';

const WORDS: Record<string, () => string> = {
  offline: m.account_error_offline,
  too_many: m.account_error_too_many,
  invalid_token: m.account_error_link_used,
  invalid_code: m.account_error_code,
  auth_cancelled: m.account_error_passkey_cancelled,
  passkey_not_found: m.account_error_passkey_unknown,
};

export const authWords = (code: string): string => (WORDS[code] ?? m.account_error_refused)();
