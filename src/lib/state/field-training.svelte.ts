/**
 * Practice: a round that exists nowhere, on a storage that sends nowhere, with its tasks.
 *
 * It knows the practice storage (lib/offline) and the round and tasks (lib/field); it swaps
 * FieldApp's storage, so that every screen works as on a real day. It knows no words but the two
 * names it is given. The page of the training makes one.
 */
import { trainingRound, TRAINING_ID, type TrainingNames } from '#lib/field/training/round.ts';
import { tasksDone, TRAINING_TASKS, type TrainingTask } from '#lib/field/training/tasks.ts';
import { dropTraining, openTraining } from '#lib/offline/training.ts';
import type { OutboxItem } from '#lib/offline/types.ts';
import type { FieldApp } from './field-app.svelte.ts';
import { LiveState } from './field-live.svelte.ts';

export { TRAINING_ID, TRAINING_TASKS };
export type { TrainingTask };

const EVERY_EVENT = 500;

/** Opens the practice storage in the place of the real one. Throws StorageError, LockError. */
export async function startTraining(app: FieldApp, names: TrainingNames): Promise<void> {
  const userId = app.who?.userId ?? '';
  app.lendStorage(await openTraining(userId, () => trainingRound(Date.now(), names)));
}

/** Back to the real storage; nothing of the practice stays. */
export async function endTraining(app: FieldApp): Promise<void> {
  const practice = app.returnStorage();
  practice?.close();
  await dropTraining(app.who?.userId ?? '');
}

export class TrainingTasks {
  readonly #items: LiveState<readonly OutboxItem[]>;
  readonly done: ReadonlySet<TrainingTask> = $derived.by(() =>
    tasksDone(this.#items.current.map(({ event }) => event)),
  );

  constructor(app: FieldApp) {
    const outbox = app.offline?.outbox;
    const nothing = { subscribe: () => () => {} };
    this.#items = new LiveState(outbox?.list(EVERY_EVENT) ?? nothing, []);
  }

  close(): void {
    this.#items.close();
  }
}
