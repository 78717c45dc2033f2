/** Words of the key doctor: what each link of the chain says in each of its states. */
import { formatNumber } from '#lib/i18n/format.ts';
import { m } from '#lib/i18n/paraglide/messages.js';
import type { DoctorStep, LinkState } from '#lib/state/field-doctor.ts';
import type { RadioTrace, TroubleCause } from '#lib/field/radio-book.ts';

export type LinkWords = { readonly title: string; readonly text: string };

const PASSED: Readonly<Record<DoctorStep, () => string>> = {
  heard: m.field_doc_heard,
  frame: m.field_doc_frame,
  meter: m.field_doc_meter,
  key: m.field_doc_key,
  value: m.field_doc_value,
};

/** A broken link is named by what is wrong with it; nothing else tells the five cases apart. */
const BROKEN: Readonly<Record<TroubleCause, (trace: RadioTrace) => LinkWords>> = {
  corrupt: () => ({ title: m.field_doc_frame_broken(), text: m.field_doc_frame_bad() }),
  incomplete: () => ({ title: m.field_doc_frame_broken(), text: m.field_doc_frame_part() }),
  'other-meter': () => ({ title: m.field_doc_meter_other(), text: m.field_doc_meter_maker() }),
  'no-key': () => ({ title: m.field_doc_key_none(), text: m.field_doc_key_none_detail() }),
  'wrong-key': () => ({ title: m.field_doc_key_bad(), text: m.field_doc_key_proof() }),
  'unknown-mode': ({ mode }) => ({
    title: m.field_doc_key_mode(),
    text: m.field_doc_key_mode_detail({ mode: String(mode ?? '?') }),
  }),
  'unknown-format': () => ({
    title: m.field_doc_value_format(),
    text: m.field_doc_value_unknown(),
  }),
  'no-register': () => ({ title: m.field_doc_value_missing(), text: m.field_doc_value_unknown() }),
};

function passedText(step: DoctorStep, trace: RadioTrace, serial: string): string {
  const dbm = trace.rssiDbm === null ? '' : `${formatNumber(trace.rssiDbm)}\u00a0dBm`;
  switch (step) {
    case 'heard':
      return m.field_doc_heard_detail({ dbm, n: trace.count }).replace(/^, /, '');
    case 'frame':
      return m.field_doc_frame_ok();
    case 'meter':
      return m.field_doc_meter_detail({ serial });
    case 'key':
      return trace.mode === 0 ? m.field_doc_key_clear() : m.field_doc_key_ok();
    case 'value':
      return m.field_doc_value_read();
  }
}

/** Only the value says what it waits for; a list of five waits would hide the broken link. */
function waitingText(step: DoctorStep, cause: TroubleCause | null): string {
  if (step !== 'value' || cause === null) return '';
  if (cause === 'wrong-key' || cause === 'no-key') return m.field_doc_value_waits();
  return cause === 'corrupt' || cause === 'incomplete' ? m.field_doc_value_later() : '';
}

export function linkWords(
  { step, state }: { step: DoctorStep; state: LinkState },
  trace: RadioTrace | null,
  serial: string,
): LinkWords {
  if (trace?.cause && state === 'broken') return BROKEN[trace.cause](trace);
  const title = PASSED[step]();
  if (trace && state === 'passed') return { title, text: passedText(step, trace, serial) };
  return { title, text: waitingText(step, trace?.cause ?? null) };
}
