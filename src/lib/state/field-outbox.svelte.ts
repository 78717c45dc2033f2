/**
 * The end of the day: what was captured, what the server signed for, and whether that can be
 * proved. It knows outbox and receipts of lib/offline; the outbox page makes one.
 */
import { DAY_MS } from '#lib/base/interval.ts';
import type { Offline, OutboxItem } from '#lib/offline/types.ts';
import type { ReceiptSummary } from '#lib/offline/types-device.ts';
import { LiveState } from './field-live.svelte.ts';

/** One line of the paper: when the first record of a round was captured, and how many came in. */
export type ReceiptLine = { readonly at: number; readonly roundId: number; readonly count: number };

export type Verdict = { readonly valid: number; readonly invalid: readonly string[] };

const LIMIT = 5000;

export class FieldOutbox {
  readonly #offline: Offline;
  readonly #items: LiveState<readonly OutboxItem[]>;
  readonly #summary: LiveState<ReceiptSummary | null>;
  verdict = $state.raw<Verdict | null>(null);
  verifying = $state(false);
  readonly items: readonly OutboxItem[] = $derived.by(() => this.#items.current);
  readonly summary: ReceiptSummary | null = $derived.by(() => this.#summary.current);
  readonly totals = $derived.by(() => ({
    captured: this.summary?.captured ?? 0,
    received: this.summary?.received ?? 0,
  }));
  /** The receipt is of one day, as its totals are; older records stay in the list below it. */
  readonly #today: readonly OutboxItem[] = $derived.by(() => {
    const since = Date.now() - DAY_MS;
    return this.items.filter(({ event }) => Date.parse(event.at.wall) >= since);
  });
  readonly lines: readonly ReceiptLine[] = $derived.by(() => linesOf(this.#today));
  readonly photoCount = $derived.by(() => this.#today.filter(hasPhoto).length);

  constructor(offline: Offline) {
    this.#offline = offline;
    this.#items = new LiveState(offline.outbox.list(LIMIT), []);
    this.#summary = new LiveState<ReceiptSummary | null>(offline.receipts.summary(), null);
  }

  get known(): boolean {
    return this.#summary.known;
  }

  /** Checks every signature on this phone; needs no network. */
  async verify(): Promise<void> {
    this.verifying = true;
    try {
      this.verdict = await this.#offline.receipts.verify();
    } finally {
      this.verifying = false;
    }
  }

  close(): void {
    this.#items.close();
    this.#summary.close();
  }
}

const hasPhoto = ({ event, state }: OutboxItem): boolean =>
  state !== 'unsent' && Array.isArray(event.body['photos']) && event.body['photos'].length > 0;

function linesOf(items: readonly OutboxItem[]): ReceiptLine[] {
  const lines: { at: number; roundId: number; count: number }[] = [];
  for (const { event, state } of items) {
    const roundId = event.body['roundId'];
    if (state === 'unsent' || typeof roundId !== 'number') continue;
    const at = Date.parse(event.at.wall);
    const line = lines.find((row) => row.roundId === roundId);
    if (!line) lines.push({ at, roundId, count: 1 });
    else {
      line.count++;
      line.at = Math.min(line.at, at);
    }
  }
  return lines.sort((a, b) => a.at - b.at);
}
