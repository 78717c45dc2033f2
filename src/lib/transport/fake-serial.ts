/**
 * A serial port for tests with the browser's own streams and its strictness: locked streams cannot
 * be closed, a lost port errors its reader, another speed needs another opening. Tests only.
 */
import { concatBytes } from '#lib/base/bytes.ts';

export class FakeSerialPort extends EventTarget {
  readable: ReadableStream<Uint8Array> | null = null;
  writable: WritableStream<Uint8Array> | null = null;
  received: Uint8Array = new Uint8Array(0);
  readonly openings: SerialOptions[] = [];
  #control: ReadableStreamDefaultController<Uint8Array> | null = null;
  #open = false;

  getInfo(): SerialPortInfo {
    return { usbVendorId: 0x0403, usbProductId: 0x6001 };
  }

  async open(options: SerialOptions): Promise<void> {
    if (this.#open) throw new DOMException('The port is already open.', 'InvalidStateError');
    if (!options.baudRate) throw new TypeError('baudRate is required');
    this.openings.push(options);
    this.#open = true;
    this.#offerReadable();
    this.writable = new WritableStream<Uint8Array>({
      write: (chunk) => {
        this.received = concatBytes(this.received, chunk);
      },
    });
  }

  async close(): Promise<void> {
    if (this.readable?.locked || this.writable?.locked) {
      throw new TypeError('Cannot close a port with a locked stream');
    }
    this.#open = false;
    this.readable = this.writable = null;
  }

  emit(bytes: Uint8Array): void {
    this.#control?.enqueue(bytes.slice());
  }

  /** As when noise breaks a parity bit: this stream ends in an error, and a fresh one follows. */
  breakParity(): void {
    const old = this.#control;
    this.#offerReadable();
    old?.error(new DOMException('Parity error', 'ParityError'));
  }

  unplug(): void {
    const old = this.#control;
    this.readable = null;
    this.#control = null;
    old?.error(new DOMException('The device has been lost.', 'NetworkError'));
    this.dispatchEvent(new Event('disconnect'));
  }

  #offerReadable(): void {
    this.readable = new ReadableStream<Uint8Array>({
      start: (control) => {
        this.#control = control;
      },
      cancel: () => {
        this.#control = null;
      },
    });
  }
}
