/** Words of reading_origin.source that name a way a value was taken. */
import { SOURCES, type Source } from '#lib/domain/reading.ts';

export const isSource = (word: string): word is Source =>
  (SOURCES as readonly string[]).includes(word);
