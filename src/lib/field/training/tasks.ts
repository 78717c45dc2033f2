/** The tasks of a practice round and which of them are done, told by what was captured. Pure. */
import type { FieldEvent } from '#lib/contract/fieldsync.ts';

export const TRAINING_TASKS = [
  'safety',
  'radio',
  'typed',
  'doubt',
  'photo',
  'cannot',
  'optical',
  'exchange',
  'undo',
] as const;
export type TrainingTask = (typeof TRAINING_TASKS)[number];

type Told = Pick<FieldEvent, 'type' | 'body'>;
const isReading = (
  { type, body }: Told,
  fits: (body: Readonly<Record<string, unknown>>) => boolean,
): boolean => type === 'reading.captured' && fits(body);
const has = (list: unknown): boolean => Array.isArray(list) && list.length > 0;

const DONE: Readonly<Record<TrainingTask, (event: Told) => boolean>> = {
  safety: ({ type }) => type === 'safety.confirmed',
  radio: (event) => isReading(event, ({ source }) => source === 'radio'),
  typed: (event) => isReading(event, ({ source }) => source === 'typed' || source === 'photo'),
  doubt: (event) => isReading(event, ({ flags }) => has(flags)),
  photo: (event) => isReading(event, ({ photos }) => has(photos)),
  cannot: ({ type }) => type === 'access.failed',
  optical: (event) => isReading(event, ({ source }) => source === 'optical'),
  exchange: ({ type }) => type === 'meter.exchanged',
  undo: ({ type }) => type === 'reading.voided',
};

/** A task that was done once stays done: taking a reading back is one of them. */
export const tasksDone = (events: readonly Told[]): ReadonlySet<TrainingTask> =>
  new Set(TRAINING_TASKS.filter((task) => events.some(DONE[task])));
