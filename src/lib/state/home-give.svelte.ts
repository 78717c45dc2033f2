/**
 * A resident's own reading while it is typed: the drum's digits, and whether they can be true.
 *
 * It knows one meter and its past; it knows no words and no network. The page of R11 makes one by
 * `createGive` each time a meter is chosen, and hands it to home-outbox.svelte.ts.
 */
import type { ReadingCaptured } from '#lib/contract/fieldsync.ts';
import type { HomeMeter } from '#lib/contract/home-life.ts';
import {
  dialCells,
  digitsOfValue,
  doubtfulCell,
  registerText,
  valueOfDigits,
} from '#lib/field/dial.ts';
import { judgeReading, type Judgement } from '#lib/field/plausibility.ts';
import type { Photo } from '#lib/field/photo.ts';

class Give {
  readonly meter: HomeMeter;
  typed = $state('');
  photo = $state.raw<Photo | null>(null);

  constructor(meter: HomeMeter) {
    this.meter = meter;
  }

  get cells(): number {
    return dialCells(this.meter);
  }

  /** The last reading's digits; empty where there is none. */
  get before(): string {
    const last = this.meter.last;
    return last ? digitsOfValue(this.meter, BigInt(last.value)) : '';
  }

  /** Decimals may be left out; the whole digits may not. */
  get complete(): boolean {
    return this.typed.length >= this.meter.digits;
  }

  get value(): bigint {
    return valueOfDigits(this.meter, this.typed);
  }

  /** Asked once the whole digits stand; null before. */
  judgeAt(at: number): Judgement | null {
    if (!this.complete) return null;
    const { history, usualPerDay } = this.meter;
    const past = {
      ...this.meter,
      history: history.map(([since, value]) => [since, String(value)] as const),
      usualPerDay: usualPerDay && ([String(usualPerDay[0]), String(usualPerDay[1])] as const),
    };
    return judgeReading(past, this.value, at);
  }

  /** Cells to look at again, from the left. */
  doubtful(judgement: Judgement | null): number[] {
    const code = judgement?.doubt?.code;
    if (!code || code === 'equal' || code === 'clock') return [];
    const cell = doubtfulCell(this.before, this.typed);
    return cell < 0 ? [] : [cell];
  }

  press(digit: string): void {
    if (this.typed.length < this.cells) this.typed += digit;
  }
  erase(): void {
    this.typed = this.typed.slice(0, -1);
  }
  clear(): void {
    this.typed = '';
  }

  restart(): void {
    this.typed = '';
    this.photo = null;
  }

  /** Compressed and without the phone's own notes in it. Throws PhotoError for no picture. */
  async take(picture: Blob): Promise<void> {
    const { takePhoto } = await import('#lib/field/photo.ts');
    this.photo = await takePhoto(picture);
  }

  /** The event's body; `photos` are the names under which this phone keeps the pictures. */
  body(at: number, photos: string[]): ReadingCaptured {
    const doubt = this.judgeAt(at)?.doubt;
    const { meterId, register } = this.meter;
    return {
      roundId: null,
      meterId,
      register,
      value: registerText(register, this.value),
      source: 'resident',
      raw: null,
      flags: doubt ? [doubt.code] : [],
      confirmed: Boolean(doubt),
      photos,
    };
  }
}

export type { Give, Judgement };
export const createGive = (meter: HomeMeter): Give => new Give(meter);
