/**
 * A reading being typed: digits, what is odd about it, the photographs taken for it.
 *
 * It knows the dial and plausibility; it blocks nothing. The meter's page makes one per meter.
 */
import { dialCells, digitsOfValue, doubtfulCell, valueOfDigits } from '#lib/field/dial.ts';
import { judgeReading, type Judgement } from '#lib/field/plausibility.ts';
import { readingBody } from '#lib/field/reading-body.ts';
import type { MeterView, Offline } from '#lib/offline/types.ts';

export class Typing {
  readonly meter: MeterView;
  typed = $state('');
  photos = $state.raw<readonly string[]>([]);
  readonly before: string;
  /** Whole cells are there: the figure can be judged and kept. */
  readonly complete: boolean = $derived.by(() => this.typed.length >= this.meter.digits);
  readonly value: bigint | null = $derived.by(() =>
    this.complete ? valueOfDigits(this.meter, this.typed) : null,
  );
  readonly judgement: Judgement | null = $derived.by(() =>
    this.value === null ? null : judgeReading(this.meter, this.value, Date.now()),
  );
  /** Decimals not yet typed count as nought: a doubt that only they make comes too early. */
  readonly doubt: Judgement['doubt'] = $derived.by(() => {
    const unfinished = this.typed.length < dialCells(this.meter);
    if (unfinished && this.before.startsWith(this.typed)) return null;
    return this.judgement?.doubt ?? null;
  });
  /** The first cell that makes the doubt, marked amber; empty when there is none. */
  readonly doubtful: readonly number[] = $derived.by(() => {
    const cell = this.doubt ? doubtfulCell(this.before, this.typed) : -1;
    return cell >= 0 ? [cell] : [];
  });

  constructor(meter: MeterView) {
    this.meter = meter;
    const last = meter.history[0];
    this.before = last ? digitsOfValue(meter, BigInt(last[1])) : '';
  }

  digit(digit: string): void {
    if (this.typed.length < dialCells(this.meter)) this.typed += digit;
  }

  delete(): void {
    this.typed = this.typed.slice(0, -1);
  }

  clear(): void {
    this.typed = '';
  }

  /** Resolves with the event's id once it is safe on the phone. Throws StorageError. */
  async keep(offline: Offline, confirmed: boolean): Promise<string> {
    const { meter, value } = this;
    if (value === null) throw new TypeError('keep() needs a complete figure');
    const flags = this.doubt ? [this.doubt.code] : [];
    const { photos } = this;
    const body = readingBody(meter, { value, source: 'typed', flags, confirmed, photos });
    const event = await offline.outbox.capture('reading.captured', body);
    return event.id;
  }
}
