/**
 * Lets a session talk over a byte pipe: does what its steps say (send, open, wait) and tells it
 * what happened. Knows the pipe's interface and the clock; the sessions know neither. Called by
 * the reading commands.
 */
import { must } from '#lib/base/assert.ts';
import {
  DeviceError,
  type Chunk,
  type SerialSettings,
  type Transport,
} from '#lib/transport/transport.ts';

export type TalkEvent =
  | { readonly kind: 'start' | 'reopened' | 'timeout' }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array };

export type TalkStep<T> = {
  readonly send: Uint8Array | null;
  readonly open?: SerialSettings | null;
  /** Null while the port opens, and at the end. */
  readonly waitMs: number | null;
  /** Null while the session goes on. */
  readonly result: T | null;
};

/** Chunks of the pipe for one that waits with a limit. */
class Inbox {
  #pieces: Uint8Array[] = [];
  #wake = (): void => {};
  #end: Error | null = null;

  constructor(chunks: AsyncIterable<Chunk>) {
    void this.#collect(chunks);
  }

  async #collect(chunks: AsyncIterable<Chunk>): Promise<void> {
    try {
      for await (const { bytes } of chunks) {
        this.#pieces.push(bytes);
        this.#wake();
      }
      this.#end = new DeviceError('disconnected', 'The connection was closed.');
    } catch (cause) {
      this.#end = cause as Error;
    }
    this.#wake();
  }

  /** The next piece; null when `waitMs` passed without any. Throws when the pipe has ended. */
  async next(waitMs: number): Promise<Uint8Array | null> {
    if (!this.#pieces.length && !this.#end) {
      await new Promise<void>((done) => {
        const timer = setTimeout(done, waitMs);
        this.#wake = () => (clearTimeout(timer), done());
      });
    }
    const piece = this.#pieces.shift();
    if (!piece && this.#end) throw this.#end;
    return piece ?? null;
  }
}

/**
 * Runs `session` until it has a result and closes the pipe. With `settings` the pipe is opened
 * first, for sessions that open nothing. Throws `DeviceError` of the pipe.
 */
export async function talk<T>(
  transport: Transport,
  session: (event: TalkEvent) => TalkStep<T>,
  settings: SerialSettings | null = null,
): Promise<T> {
  try {
    const pipe: { inbox: Inbox | null } = { inbox: null };
    const open = async (wanted: SerialSettings): Promise<void> => {
      await transport.open(wanted);
      pipe.inbox ??= new Inbox(transport.read());
    };
    if (settings) await open(settings);
    let event: TalkEvent = { kind: 'start' };
    for (;;) {
      const step = session(event);
      if (step.send?.length) await transport.write(step.send);
      if (step.result !== null) return step.result;
      if (step.open) {
        await open(step.open);
        event = { kind: 'reopened' };
        continue;
      }
      const waitMs = must(step.waitMs, 'only opening waits without limit');
      const bytes = await must(pipe.inbox, 'the pipe is open').next(waitMs);
      event = bytes ? { kind: 'bytes', bytes } : { kind: 'timeout' };
    }
  } finally {
    await transport.close();
  }
}
