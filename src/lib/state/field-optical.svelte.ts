/**
 * One reading through the optical eye while a person holds the head.
 *
 * It knows the use case `read-optical` and the port that was chosen; the meter's page makes one.
 */
import { judgeReading, type Doubt } from '#lib/field/plausibility.ts';
import { readingBody } from '#lib/field/reading-body.ts';
import type { OpticalResult } from '#lib/field/read-optical.ts';
import { keepAwake } from '#lib/field/wake-lock.ts';
import type { MeterView, Offline } from '#lib/offline/types.ts';
import type { Transport } from '#lib/transport/transport.ts';

export class Optical {
  readonly meter: MeterView;
  transport = $state.raw<Transport | null>(null);
  running = $state(false);
  bytes = $state(0);
  result = $state.raw<OpticalResult | null>(null);
  readonly doubt: Doubt | null = $derived.by(() =>
    this.result?.kind === 'read'
      ? judgeReading(this.meter, this.result.value, this.result.at).doubt
      : null,
  );
  #stop: AbortController | null = null;

  constructor(meter: MeterView) {
    this.meter = meter;
  }

  async start(): Promise<void> {
    const { transport, meter } = this;
    if (!transport || this.running) return;
    this.running = true;
    this.bytes = 0;
    this.result = null;
    this.#stop = new AbortController();
    const sleep = keepAwake();
    try {
      // The codec of optical heads loads when somebody holds one.
      const { readOptical } = await import('#lib/field/read-optical.ts');
      const onBytes = (count: number): void => void (this.bytes = count);
      this.result = await readOptical({ transport, meter, onBytes }, this.#stop.signal);
    } finally {
      sleep();
      this.running = false;
    }
  }

  stop(): void {
    this.#stop?.abort();
  }

  /** Resolves with the event's id. Throws StorageError. */
  async keep(offline: Offline): Promise<string> {
    const { meter, result, doubt } = this;
    if (result?.kind !== 'read') throw new TypeError('keep() needs a reading');
    const { value, raw } = result;
    const source = this.transport?.link ?? 'optical';
    const body = readingBody(meter, { value, source, raw, flags: doubt ? [doubt.code] : [] });
    return (await offline.outbox.capture('reading.captured', body)).id;
  }
}
