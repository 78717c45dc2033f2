/**
 * What the server thinks of a value, kept beside it for ever (reading_origin.verdicts).
 *
 * It joins the verdicts of lib/vee with those only the server can give, after it has decoded the
 * raw bytes again, and says which values a person must look at before they count.
 */
import type { Source } from '#lib/domain/reading.ts';
import type { Verdict as VeeVerdict } from '#lib/vee/validate.ts';

export type Verdict = {
  /** A code of lib/vee, or `phone-differs`, `other-meter`, `undecodable`, `no-register`. */
  readonly rule: string;
  /** `refuse` and `doubt` need a look, `note` does not. */
  readonly verdict: 'refuse' | 'doubt' | 'note';
  readonly detail: string;
};

/** Values that a person wrote down: their doubts are about eyes and thumbs. */
const BY_HAND: readonly Source[] = ['photo', 'typed', 'resident', 'self-install', 'exchange'];
/** Doubts that make a value wrong wherever it came from, unless the meter itself said it. */
const IMPOSSIBLE: readonly string[] = ['lower', 'replaced', 'impossible', 'clock'];
/** The raw bytes do not support the value. */
const UNPROVEN: readonly string[] = ['undecodable', 'other-meter', 'no-register'];

export const fromVee = ({ code, level }: VeeVerdict): Verdict => ({
  rule: code,
  verdict: level,
  detail: '',
});

export type Judged = {
  readonly verdicts: readonly Verdict[];
  readonly source: Source;
  /** The value was decoded here from the bytes of the meter. */
  readonly decoded: boolean;
  readonly confirmed: boolean;
};

/** The verdict that puts a value into quarantine; null when it counts. */
export function quarantineOf({ verdicts, source, decoded, confirmed }: Judged): Verdict | null {
  const hard = verdicts.find((v) => v.verdict === 'refuse' || UNPROVEN.includes(v.rule));
  if (hard) return hard;
  // What the meter itself said stays, however odd: hiding it would hide a leak.
  if (confirmed || decoded) return null;
  const doubts = verdicts.filter((v) => v.verdict === 'doubt');
  const byHand = BY_HAND.includes(source);
  return doubts.find((v) => byHand || IMPOSSIBLE.includes(v.rule)) ?? null;
}
