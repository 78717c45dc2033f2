/**
 * A byte pipe over a serial port of this computer: optical heads, M-Bus converters, RS-485.
 *
 * It knows the operating system's ports and nothing of meters. The package that opens them has a
 * native part, therefore it is loaded at the first `open`: commands that talk over TCP work where
 * it cannot be loaded. server/cli calls it.
 */
import type { SerialPort } from 'serialport';
import { ChunkQueue } from '#lib/transport/chunk-queue.ts';
import { DeviceError, type DeviceErrorCode } from '#lib/transport/transport.ts';
import type { Chunk, SerialSettings, Transport } from '#lib/transport/transport.ts';
import type { TransportStatus } from '#lib/transport/transport.ts';

type Library = { readonly SerialPort: typeof SerialPort };

export type SerialPortOptions = {
  /** How the package is loaded; a test has one that cannot be. */
  readonly load?: () => Promise<Library>;
};

/** How often an open port is asked whether it still is there. */
const ALIVE_MS = 500;

/** What a system says of a port that went away; that it cannot tell a speed is no reason. */
const GONE = /input\/output error|no such device|not configured|bad file descriptor|EIO|ENXIO/i;

type Words = readonly [pattern: RegExp, code: DeviceErrorCode, advice: string];

/** What the systems say, in our words; the first that fits. Windows calls a held port "denied". */
const WORDS: readonly Words[] = [
  [
    /cannot lock|busy|temporarily unavailable|access( is)? denied|unknown error code 31/i,
    'busy',
    'Another program holds the port: close it there.',
  ],
  [
    /permission denied|not permitted|EACCES/i,
    'permission-denied',
    'Your user may not open it: on Linux add it to the group dialout and sign in again.',
  ],
  [
    /no such (file|device)|file not found|cannot find|ENXIO|ENOENT/i,
    'disconnected',
    'There is no such port: plug the adapter in and check its name.',
  ],
  [
    /inappropriate ioctl|invalid argument|baud|not a terminal/i,
    'unfit',
    'It is no serial port, or cannot have this speed.',
  ],
];

/** Names that mean a serial port: /dev/ttyUSB0, /dev/cu.usbserial-1, COM3, \\.\COM12. */
export const isSerialName = (text: string): boolean =>
  /^(\/[^\s:]+|(\\\\\.\\)?COM\d+)$/i.test(text);

export class SerialPortTransport implements Transport {
  readonly name: string;
  readonly #path: string;
  readonly #load: NonNullable<SerialPortOptions['load']>;
  #status: TransportStatus = 'closed';
  #queue = new ChunkQueue();
  #port: SerialPort | null = null;
  #settings: SerialSettings | null = null;
  /** Opening and closing follow each other; none begins in the middle of another. */
  #last: Promise<void> = Promise.resolve();

  constructor(path: string, options: SerialPortOptions = {}) {
    this.#path = path;
    this.#load = options.load ?? (() => import('serialport'));
    this.name = `Serial port ${path}`;
  }

  get status(): TransportStatus {
    return this.#status;
  }

  open(settings: SerialSettings): Promise<void> {
    return this.#after(() => this.#change(settings));
  }

  /** Resolves when the system has taken the bytes. Throws `disconnected`. */
  write(bytes: Uint8Array): Promise<void> {
    const port = this.#port;
    if (this.#status !== 'open' || !port) {
      return Promise.reject(new DeviceError('disconnected', 'The port is not open.'));
    }
    // Copied: the port may send after the caller has filled the buffer anew.
    return called((done) => port.write(Buffer.from(bytes), done)).catch((cause: unknown) => {
      this.#lose(port, cause);
      throw new DeviceError('disconnected', wordsOf(cause), { cause });
    });
  }

  read(): AsyncIterable<Chunk> {
    return this.#queue.read();
  }

  close(): Promise<void> {
    return this.#after(async () => {
      const port = this.#port;
      this.#port = null;
      this.#status = 'closed';
      if (port?.isOpen) {
        // The lines feed the head; a pseudo-terminal has none, which is no reason to stay open.
        await called((done) => port.set({ dtr: false, rts: false }, done)).catch(() => {});
        await called((done) => port.close(done)).catch(() => {});
      }
      this.#queue.end();
    });
  }

  #after(work: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #change(settings: SerialSettings): Promise<void> {
    const port = this.#status === 'open' ? this.#port : null;
    if (!port) return this.#openNew(settings, new ChunkQueue());
    const before = this.#settings;
    if (before && JSON.stringify({ ...before, ...settings }) === JSON.stringify(before)) return;
    // IEC 62056-21 6.4: the acknowledgement leaves at the old speed.
    await called((done) => port.drain(done)).catch(() => {});
    const isSpeedAlone =
      before?.dataBits === settings.dataBits &&
      before.parity === settings.parity &&
      before.stopBits === settings.stopBits;
    if (isSpeedAlone) {
      await called((done) => port.update({ baudRate: settings.baud }, done)).catch(failOpen);
      this.#settings = settings;
      return;
    }
    this.#port = null;
    await called((done) => port.close(done)).catch(() => {});
    return this.#openNew(settings, this.#queue);
  }

  /** A port whose chunks go into `queue`: the one of before keeps its reader. */
  async #openNew(settings: SerialSettings, queue: ChunkQueue): Promise<void> {
    this.#status = 'opening';
    this.#queue = queue;
    const { baud: baudRate, dataBits, parity, stopBits } = settings;
    try {
      const { SerialPort } = await this.#load().catch(failLoad);
      const port = new SerialPort({
        path: this.#path,
        ...{ baudRate, dataBits, parity, stopBits },
        // A head that is fed by DTR would fall asleep between two speeds.
        hupcl: false,
        autoOpen: false,
      });
      this.#listen(port, queue);
      await called((done) => port.open(done)).catch(failOpen);
      this.#port = port;
    } catch (cause) {
      this.#status = 'closed';
      queue.end();
      throw cause;
    }
    this.#settings = settings;
    this.#status = 'open';
    this.#watch(this.#port);
  }

  /**
   * Tells the loss that reading does not: where the cable is pulled while a read is about to begin,
   * POSIX gives it an end of file, and the package reads on for ever.
   */
  #watch(port: SerialPort): void {
    const timer = setInterval(() => {
      if (this.#port !== port || !port.port) return clearInterval(timer);
      port.port.getBaudRate().catch((cause: unknown) => {
        if (!GONE.test(wordsOf(cause)) || this.#port !== port) return;
        this.#lose(port, cause);
        // Also ends the reading that goes on.
        port.close(() => {});
      });
    }, ALIVE_MS);
    timer.unref();
  }

  #listen(port: SerialPort, queue: ChunkQueue): void {
    const lose = (cause: unknown): void => this.#lose(port, cause);
    port.on('data', (bytes: Buffer) => queue.push(Uint8Array.from(bytes), Date.now()));
    port.on('error', lose);
    port.on('close', lose);
  }

  #lose(port: SerialPort, cause: unknown): void {
    if (this.#port !== port) return;
    this.#port = null;
    this.#status = 'lost';
    this.#queue.fail(new DeviceError('disconnected', wordsOf(cause), { cause }));
  }
}

/** A call whose last argument is a callback, as a promise. */
function called(call: (done: (error?: Error | null) => void) => unknown): Promise<void> {
  return new Promise((done, failed) => {
    call((error) => (error ? failed(error) : done()));
  });
}

const wordsOf = (cause: unknown): string =>
  cause instanceof Error ? cause.message : 'The port went away.';

function failOpen(cause: unknown): never {
  const detail = wordsOf(cause);
  const [, code, advice] = WORDS.find(([pattern]) => pattern.test(detail)) ?? [null, 'io', ''];
  throw new DeviceError(code as DeviceErrorCode, `${advice} (${detail})`.trim(), { cause });
}

function failLoad(cause: unknown): never {
  const detail =
    'Serial ports cannot be opened here: the package "serialport" is not installed or has no ' +
    'part for this system. Run "npm install", or use a TCP converter (host:port).';
  throw new DeviceError('unsupported', detail, { cause });
}
