/**
 * A recorded byte stream as a device: a capture file from another program, or a test's vectors.
 *
 * It knows when to hand out which bytes. What is written to it is kept in `written` and answered by
 * nobody, like a receiver that only listens. lib/field and tests call it.
 */
import { fromHex, toLatin1 } from '#lib/base/bytes.ts';
import { ChunkQueue } from './chunk-queue.ts';
import { DeviceError, type Chunk, type SerialSettings } from './transport.ts';
import type { Transport, TransportStatus } from './transport.ts';

export type ReplayStep = { readonly afterMs: number; readonly bytes: Uint8Array };

/** What an adapter hands over at once; small enough that frames arrive in pieces, as in life. */
const PIECE_BYTES = 48;
const PIECE_PAUSE_MS = 15;

/**
 * Reads a capture: hex text (any line length) or the raw bytes of a dongle. Text of a CUL is text
 * but not hex, so it stays as it is.
 */
export function readCapture(file: Uint8Array): ReplayStep[] {
  const text = toLatin1(file.subarray(0, 1 << 20));
  const hex = /^[0-9a-fA-F\s:]+$/.test(text) ? fromHex(text) : null;
  const bytes = hex?.ok && hex.value.length ? hex.value : file;
  const steps: ReplayStep[] = [];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    steps.push({ afterMs: PIECE_PAUSE_MS, bytes: bytes.slice(at, at + PIECE_BYTES) });
  }
  return steps;
}

export class ReplayTransport implements Transport {
  readonly written: Uint8Array[] = [];
  readonly opened: SerialSettings[] = [];
  #status: TransportStatus = 'closed';
  #queue = new ChunkQueue();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #next = 0;

  /** `thenLost`: after the last piece the device goes away instead of falling silent. */
  constructor(
    readonly name: string,
    readonly steps: readonly ReplayStep[],
    readonly options: { readonly thenLost?: boolean } = {},
  ) {}

  get status(): TransportStatus {
    return this.#status;
  }

  async open(settings: SerialSettings): Promise<void> {
    if (this.#status !== 'open') this.#queue = new ChunkQueue();
    this.opened.push(settings);
    this.#status = 'open';
    this.#schedule();
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#status !== 'open') throw new DeviceError('disconnected', 'The replay is closed.');
    this.written.push(bytes.slice());
  }

  read(): AsyncIterable<Chunk> {
    return this.#queue.read();
  }

  async close(): Promise<void> {
    this.#stopTimer();
    this.#status = 'closed';
    this.#queue.end();
  }

  #schedule(): void {
    this.#stopTimer();
    const step = this.steps[this.#next];
    if (step) this.#timer = setTimeout(() => this.#deliver(step), step.afterMs);
    else if (this.options.thenLost) this.#lose();
  }

  #deliver(step: ReplayStep): void {
    this.#next++;
    this.#queue.push(step.bytes, Date.now());
    this.#schedule();
  }

  #lose(): void {
    this.#status = 'lost';
    this.#queue.fail(new DeviceError('disconnected', 'The recording ended with a lost device.'));
  }

  #stopTimer(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
