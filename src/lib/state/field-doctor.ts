/**
 * The key doctor's chain: five links from the air to the value, and the first that is broken.
 *
 * It knows causes of the radio book and their place; it knows no words. The doctor's screen and the
 * tests call it.
 */
import type { RadioTrace, TroubleCause } from '#lib/field/radio-book.ts';

export const DOCTOR_STEPS = ['heard', 'frame', 'meter', 'key', 'value'] as const;
export type DoctorStep = (typeof DOCTOR_STEPS)[number];
export type LinkState = 'passed' | 'broken' | 'waiting';

const BREAKS_AT: Readonly<Record<TroubleCause, DoctorStep>> = {
  corrupt: 'frame',
  incomplete: 'frame',
  'other-meter': 'meter',
  'no-key': 'key',
  'wrong-key': 'key',
  'unknown-mode': 'key',
  'unknown-format': 'value',
  'no-register': 'value',
};

/** The broken link; null when all hold. */
export const brokenStep = ({ cause }: Pick<RadioTrace, 'cause'>): DoctorStep | null =>
  cause && BREAKS_AT[cause];

/**
 * Each link in order; everything behind the first broken one waits for it. A meter that was not
 * heard breaks nothing: all its links wait.
 */
export function doctorChain(trace: RadioTrace | null): { step: DoctorStep; state: LinkState }[] {
  const broken = trace && brokenStep(trace);
  const at = broken ? DOCTOR_STEPS.indexOf(broken) : trace ? DOCTOR_STEPS.length : 0;
  return DOCTOR_STEPS.map((step, i) => {
    if (i < at) return { step, state: 'passed' };
    return { step, state: i === at && broken ? 'broken' : 'waiting' };
  });
}

/** A key helps only where a key is missing or wrong. */
export const isKeyAskable = (cause: TroubleCause | null): boolean =>
  cause === 'wrong-key' || cause === 'no-key';
