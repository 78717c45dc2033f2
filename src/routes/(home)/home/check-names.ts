/** Verdict codes of lib/vee in the resident's words. The proof page and the receipt call it. */
import { m } from '#lib/i18n/paraglide/messages.js';

const NAME: Readonly<Record<string, () => string>> = {
  equal: m.home_check_equal,
  lower: m.home_check_lower,
  'too-high': m.home_check_high,
  'too-low': m.home_check_low,
  rollover: m.home_check_rollover,
  replaced: m.home_check_replaced,
  impossible: m.home_check_high,
  negative: m.home_check_lower,
  'beyond-dial': m.home_check_beyond,
  clock: m.home_check_clock,
};

export const checkName = (code: string): string =>
  NAME[code]?.() ?? m.home_check_other({ code });
