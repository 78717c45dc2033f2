/**
 * The mailbox between a device that pushes bytes and a session that pulls them.
 *
 * It knows order and ending, not devices. Bytes that arrive before anybody reads wait here, so that
 * nothing is lost between opening and the first `read()`. Only transports create one.
 */
import type { Chunk, DeviceError, LineFault } from './transport.ts';

/** More than any radio sends in a minute: nobody listening must not fill the phone's memory. */
const MAX_WAITING_CHUNKS = 4096;

export class ChunkQueue {
  #waiting: Chunk[] = [];
  #wake: (() => void) | null = null;
  #ended = false;
  #failure: DeviceError | null = null;
  #reader = 0;
  /** Faults without bytes wait for the next ones. */
  #faults: readonly LineFault[] = [];

  push(bytes: Uint8Array, at: number, faults: readonly LineFault[] = []): void {
    if (this.#ended || this.#failure) return;
    if (faults.length) this.#faults = [...new Set([...this.#faults, ...faults])];
    if (bytes.length === 0) return;
    if (this.#waiting.length >= MAX_WAITING_CHUNKS) this.#waiting.shift();
    this.#waiting.push({ at, bytes, ...(this.#faults.length && { faults: this.#faults }) });
    this.#faults = [];
    this.#rouse();
  }

  /** Orderly end: readers get what is waiting and then stop. */
  end(): void {
    this.#ended = true;
    this.#rouse();
  }

  /** The device went away: readers get what is waiting and then the error. */
  fail(error: DeviceError): void {
    this.#failure ??= error;
    this.#rouse();
  }

  /**
   * Chunks until `end()`; throws the error given to `fail()`. A second reader takes over from the
   * first, whose loop then ends quietly: one device has one listener.
   */
  async *read(): AsyncGenerator<Chunk, void, void> {
    const me = ++this.#reader;
    this.#rouse();
    while (me === this.#reader) {
      const next = this.#waiting.shift();
      if (next) yield next;
      else if (this.#failure) throw this.#failure;
      else if (this.#ended) return;
      else await new Promise<void>((wake) => (this.#wake = wake));
    }
  }

  #rouse(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}
