/**
 * A transport while a session talks over it: opens, sends, and waits for bytes no longer than the
 * session says. Every session of lib/meters gives steps of one shape (send, open with other
 * settings, wait); `runSteps` does what they say.
 *
 * It knows waiting and stopping; it knows no protocol. Throws `DeviceError` when the device fails.
 */
import type { Chunk, SerialSettings, Transport } from '#lib/transport/transport.ts';

/** The person stopped, or the transport was closed. */
export const STOPPED = Symbol('stopped');
export type Stopped = typeof STOPPED;

export type PortNote =
  | { readonly kind: 'sent' | 'received'; readonly bytes: Uint8Array }
  | { readonly kind: 'opened'; readonly settings: SerialSettings };

export type StepEvent =
  | { readonly kind: 'start' | 'reopened' | 'timeout' }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array };

export type SessionStep<T> = {
  readonly send: Uint8Array | null;
  readonly open: SerialSettings | null;
  readonly waitMs: number | null;
  readonly result: T | null;
};

export class Port {
  readonly #transport: Transport;
  readonly #note: (note: PortNote) => void;
  #settings: SerialSettings | null = null;
  #chunks: AsyncIterator<Chunk> | null = null;
  #waiting: Promise<IteratorResult<Chunk>> | null = null;

  constructor(transport: Transport, note: (note: PortNote) => void = () => undefined) {
    this.#transport = transport;
    this.#note = note;
  }

  async open(settings: SerialSettings): Promise<void> {
    this.#note({ kind: 'opened', settings });
    this.#settings = null;
    await this.#transport.open(settings);
    this.#settings = settings;
    this.#chunks ??= this.#transport.read()[Symbol.asyncIterator]();
  }

  /** Opens only where the port is not open like this: re-opening makes some adapters forget. */
  async use(settings: SerialSettings): Promise<void> {
    const now = this.#settings;
    const isSame =
      this.#chunks &&
      now?.baud === settings.baud &&
      now.dataBits === settings.dataBits &&
      now.parity === settings.parity &&
      now.stopBits === settings.stopBits;
    if (!isSame) await this.open(settings);
  }

  async send(bytes: Uint8Array): Promise<void> {
    this.#note({ kind: 'sent', bytes });
    await this.#transport.write(bytes);
  }

  /** The next bytes; null when `waitMs` passed first. A read that is under way is kept. */
  async next(waitMs: number | null, signal: AbortSignal): Promise<Uint8Array | null | Stopped> {
    if (signal.aborted) return STOPPED;
    this.#waiting ??= this.#chunks?.next() ?? null;
    const chunk = await within(this.#waiting, waitMs, signal);
    if (signal.aborted) return STOPPED;
    if (!chunk) return null;
    this.#waiting = null;
    if (chunk.done) {
      this.#chunks = null;
      return STOPPED;
    }
    this.#note({ kind: 'received', bytes: chunk.value.bytes });
    return chunk.value.bytes;
  }

  /** Drops what came before a session begins: late answers belong to nobody. */
  async drain(signal: AbortSignal): Promise<void> {
    while ((await this.next(0, signal)) instanceof Uint8Array);
  }
}

/** The work, or null when `waitMs` passed first or the person stopped. */
async function within<T>(
  work: Promise<T> | null,
  waitMs: number | null,
  signal: AbortSignal,
): Promise<T | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stop = (): void => {};
  const limit = new Promise<null>((end) => {
    stop = () => end(null);
    if (waitMs !== null) timer = setTimeout(stop, waitMs);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await (work ? Promise.race([work, limit]) : limit);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

/** Runs a session to its end; `patience` stretches every waiting time. */
export async function runSteps<T>(
  port: Port,
  step: (event: StepEvent) => SessionStep<T>,
  { signal, patience = 1 }: { readonly signal: AbortSignal; readonly patience?: number },
): Promise<T | Stopped> {
  let event: StepEvent = { kind: 'start' };
  while (!signal.aborted) {
    const said = step(event);
    if (said.result !== null) return said.result;
    if (said.send) await port.send(said.send);
    if (said.open) {
      await port.open(said.open);
      event = { kind: 'reopened' };
      continue;
    }
    const wait = said.waitMs === null ? null : said.waitMs * patience;
    const bytes = await port.next(wait, signal);
    if (bytes === STOPPED) break;
    event = bytes ? { kind: 'bytes', bytes } : { kind: 'timeout' };
  }
  return STOPPED;
}
