/** Words of the hand-over: from codes of lib/state/field-rescue to sentences. */
import { m } from '#lib/i18n/paraglide/messages.js';
import type { RescueTrouble } from '#lib/state/save-copy.ts';

const WORDS: Readonly<Record<RescueTrouble, readonly [title: () => string, how: () => string]>> = {
  'nothing-unsent': [m.rescue_nothing, m.rescue_nothing_how],
  'no-org-key': [m.rescue_no_key, m.rescue_no_key_how],
  'too-many': [m.rescue_too_many, m.rescue_too_many_how],
  'no-camera': [m.rescue_no_camera, m.rescue_no_camera_how],
  torn: [m.rescue_torn, m.rescue_torn_how],
  'not-kilter': [m.rescue_not_ours, m.rescue_not_ours_how],
  failed: [m.rescue_failed, m.rescue_failed_how],
};

export function rescueWords(trouble: RescueTrouble): { title: string; text: string } {
  const [title, how] = WORDS[trouble];
  return { title: title(), text: how() };
}
