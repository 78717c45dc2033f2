/** Codes of lib/api/auth.ts in words: what happened and what to do. */
import { m } from '#lib/i18n/paraglide/messages.js';

const WORDS: Record<string, () => string> = {
  offline: m.account_error_offline,
  too_many: m.account_error_too_many,
  invalid_token: m.account_error_link_used,
  expired_token: m.account_error_link_used,
  invalid_code: m.account_error_code,
  auth_cancelled: m.account_error_passkey_cancelled,
  error_authenticator_previously_registered: m.account_error_passkey_already,
  passkey_not_found: m.account_error_passkey_unknown,
};

/** "Chrome · Android" out of a user agent line; enough to recognise one's own devices. */
export function deviceName(agent: string | null | undefined): string {
  const browser = /(Firefox|Edg|OPR|Chrome|Safari)/.exec(agent ?? '')?.[1];
  const system = /(Android|iPhone|iPad|Windows|Mac OS X|Linux)/.exec(agent ?? '')?.[1];
  return [browser, system].filter(Boolean).join(' · ') || m.account_device_unknown();
}

export const authWords = (code: string): string => (WORDS[code] ?? m.account_error_refused)();
