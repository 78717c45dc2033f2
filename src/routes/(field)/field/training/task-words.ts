/** Words of the practice tasks. Only the page of the training calls it. */
import { m } from '#lib/i18n/paraglide/messages.js';
import type { TrainingTask } from '#lib/state/field-training.svelte.ts';

export const TASK_WORDS: Readonly<
  Record<TrainingTask, { readonly title: () => string; readonly how: () => string }>
> = {
  safety: { title: m.training_t_safety, how: m.training_t_safety_how },
  radio: { title: m.training_t_radio, how: m.training_t_radio_how },
  typed: { title: m.training_t_typed, how: m.training_t_typed_how },
  doubt: { title: m.training_t_doubt, how: m.training_t_doubt_how },
  photo: { title: m.training_t_photo, how: m.training_t_photo_how },
  cannot: { title: m.training_t_cannot, how: m.training_t_cannot_how },
  optical: { title: m.training_t_optical, how: m.training_t_optical_how },
  exchange: { title: m.training_t_exchange, how: m.training_t_exchange_how },
  undo: { title: m.training_t_undo, how: m.training_t_undo_how },
};
