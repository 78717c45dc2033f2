/**
 * Serial ports of the browser (Web Serial).
 *
 * It knows how to open, re-open and lose a port. It knows no protocol: echoes, answers and pauses
 * are the session's matter. cable.ts calls it; `requestSerialPort` must run inside a tap.
 */
import { ChunkQueue } from './chunk-queue.ts';
import { toDeviceError } from './device-error.ts';
import { DeviceError, type Chunk, type SerialSettings } from './transport.ts';
import type { Transport, TransportStatus } from './transport.ts';
import { usbAdapter } from './usb/adapters.table.ts';

/** One poll of a busy dongle fits; larger buffers only delay the first byte on slow adapters. */
const BUFFER_BYTES = 4096;
/** A wedged adapter must not keep the port for ever when its output cannot drain. */
const DRAIN_LIMIT_MS = 500;

export const hasSerial = (): boolean => 'serial' in navigator;

/** Ports the person allowed before: no chooser, no tap needed. Empty where unsupported. */
export async function knownSerialPorts(): Promise<WebSerialTransport[]> {
  if (!hasSerial()) return [];
  const ports = await navigator.serial.getPorts().catch(() => []);
  return ports.map((port) => new WebSerialTransport(port));
}

/** Shows the browser's chooser. Throws `permission-denied` when it is closed, or `unsupported`. */
export async function requestSerialPort(): Promise<WebSerialTransport> {
  if (!hasSerial()) throw new DeviceError('unsupported', 'This browser has no Web Serial.');
  try {
    // No filter: an unknown adapter that works is better than an empty list.
    return new WebSerialTransport(await navigator.serial.requestPort());
  } catch (cause) {
    throw toDeviceError(cause);
  }
}

export class WebSerialTransport implements Transport {
  readonly name: string;
  /** The dongle this port surely is, by its USB id; null when any may be behind the adapter. */
  readonly kind: string | null;
  #status: TransportStatus = 'closed';
  #queue = new ChunkQueue();
  #pump: Promise<void> = Promise.resolve();
  #reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  #writes: Promise<void> = Promise.resolve();
  #tidying: Promise<void> = Promise.resolve();
  #stopping = false;
  readonly #port: SerialPort;

  constructor(port: SerialPort) {
    this.#port = port;
    const known = usbAdapter(port.getInfo());
    this.name = known ? `USB ${known.name}` : 'USB';
    this.kind = known?.kind ?? null;
    port.addEventListener?.('disconnect', () => this.#lose('The port was unplugged.'));
  }

  get status(): TransportStatus {
    return this.#status;
  }

  async open(settings: SerialSettings): Promise<void> {
    if (this.#status === 'open') await this.#release(true);
    else this.#queue = new ChunkQueue();
    await this.#tidying;
    this.#status = 'opening';
    try {
      await this.#port.open({
        baudRate: settings.baud,
        dataBits: settings.dataBits,
        parity: settings.parity,
        stopBits: settings.stopBits,
        bufferSize: BUFFER_BYTES,
      });
    } catch (cause) {
      this.#status = 'closed';
      throw toDeviceError(cause, true);
    }
    // Optical heads take their power from these two lines; closing the port drops them.
    await this.#port.setSignals?.({ dataTerminalReady: true, requestToSend: true }).catch(() => {});
    this.#stopping = false;
    this.#status = 'open';
    this.#pump = this.#run();
  }

  write(bytes: Uint8Array): Promise<void> {
    const done = this.#writes.then(() => this.#send(bytes));
    this.#writes = done.catch(() => {});
    return done;
  }

  read(): AsyncIterable<Chunk> {
    return this.#queue.read();
  }

  async close(): Promise<void> {
    if (this.#status === 'open') await this.#release(false);
    this.#status = 'closed';
    this.#queue.end();
  }

  async #send(bytes: Uint8Array): Promise<void> {
    const writable = this.#port.writable;
    if (this.#status !== 'open' || !writable) {
      throw new DeviceError('disconnected', 'The port is not open.');
    }
    const writer = writable.getWriter();
    try {
      await writer.write(bytes as Uint8Array<ArrayBuffer>);
    } catch (cause) {
      throw toDeviceError(cause);
    } finally {
      writer.releaseLock();
    }
  }

  /** Parity and framing errors end one stream, and the port offers the next; loss offers none. */
  async #run(): Promise<void> {
    let usable = true;
    while (usable && !this.#stopping && this.#port.readable) {
      const reader = this.#port.readable.getReader() as ReadableStreamDefaultReader<Uint8Array>;
      this.#reader = reader;
      try {
        usable = await this.#drainInto(reader);
      } catch (cause) {
        usable = toDeviceError(cause).code !== 'disconnected';
      } finally {
        reader.releaseLock();
        this.#reader = null;
      }
    }
    if (!this.#stopping) this.#lose('The port stopped delivering.');
  }

  /** False: the stream has ended for good. Throws what the stream throws. */
  async #drainInto(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<false> {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return false;
      this.#queue.push(value, Date.now());
    }
  }

  /** Both streams must be unlocked before `close()`; output drains first when `drain` is set. */
  async #release(drain: boolean): Promise<void> {
    this.#stopping = true;
    await this.#writes;
    await this.#reader?.cancel().catch(() => {});
    await this.#pump;
    if (drain && this.#port.writable) {
      // The sink's own close waits until the last bit has left (Web Serial clause 4.6).
      const drained = this.#port.writable.close().catch(() => {});
      await Promise.race([drained, new Promise((end) => setTimeout(end, DRAIN_LIMIT_MS))]);
    }
    await this.#port.close().catch(() => {});
  }

  #lose(why: string): void {
    if (this.#status !== 'open' || this.#stopping) return;
    this.#status = 'lost';
    this.#queue.fail(new DeviceError('disconnected', why));
    // A port that is gone still counts as open until it is closed; plugging in again needs that.
    const pump = this.#pump;
    this.#tidying = pump.then(() => this.#port.close()).catch(() => {});
  }
}
