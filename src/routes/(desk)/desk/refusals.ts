/** Why the server refused, in words: its own sentences are for the log. */
import { m } from '#lib/i18n/paraglide/messages.js';

const WHY: Readonly<Record<string, () => string>> = {
  CONFLICT: m.desk_why_conflict,
  NOT_FOUND: m.desk_why_not_found,
  FORBIDDEN: m.desk_why_forbidden,
  UNAUTHORIZED: m.desk_why_forbidden,
};

export function whyWords(error: unknown): string {
  const code = (error as { data?: { code?: string } }).data?.code;
  if (!code) return m.desk_why_network();
  return WHY[code]?.() ?? m.desk_why_invalid();
}
