/**
 * The verdict of lib/vee on a reading of this round, with the figures its sentence names.
 *
 * It knows how a row of the round becomes a check; the rules are lib/vee's, the same as on the
 * server. It blocks nothing and knows no words. Keypad, radio and optical use cases call it.
 */
import type { Instant } from '#lib/base/interval.ts';
import type { ReadingFigures, VerdictCode } from '#lib/vee/types.ts';
import { validateReading } from '#lib/vee/validate.ts';
import type { Dial } from './dial.ts';

export type Doubt = { readonly code: VerdictCode; readonly figures: ReadingFigures };

export type MeterPast = Dial & {
  /** Newest first, integers in the register's scale as text (contract/round.ts). */
  readonly history: readonly (readonly [number, string])[];
  readonly usualPerDay: readonly [string, string] | null;
};

export type Judgement = { readonly doubt: Doubt | null; readonly figures: ReadingFigures };

/** `doubt` is null when nothing is odd, or nothing is known to compare with. */
export function judgeReading(meter: MeterPast, value: bigint, at: Instant): Judgement {
  const { verdicts, figures } = validateReading({
    register: meter.register,
    value,
    at,
    digits: meter.digits,
    // The newest value alone, and the range the server sent: exactly what the server judges by.
    history: meter.history.slice(0, 1).map(([then, text]) => [then, BigInt(text)] as const),
    usualPerDay: meter.usualPerDay && [BigInt(meter.usualPerDay[0]), BigInt(meter.usualPerDay[1])],
  });
  const odd = verdicts.find(({ level }) => level !== 'note');
  return { doubt: odd ? { code: odd.code, figures } : null, figures };
}
