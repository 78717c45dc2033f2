/**
 * A wired M-Bus behind a TCP converter, from both ends: running a bus script over a socket, and a
 * server that stands for a converter with simulated meters. Knows sockets and the clock; the
 * scripts (`meters/mbus`) and the simulated bus (`sim/devices`) know neither. Called by
 * `read-bus.ts`, `simulate-bus.ts` and tests.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { must } from '#lib/base/assert.ts';
import { concatBytes } from '#lib/base/bytes.ts';
import { decimal } from '#lib/base/decimal.ts';
import { createPrng } from '#lib/base/prng.ts';
import { makeRecord } from '#lib/meters/mbus/build.ts';
import { createBusRun, type BusEvent, type BusScript } from '#lib/meters/mbus/line.ts';
import { encodeRecords } from '#lib/meters/mbus/records.ts';
import { createWiredBus, type BusFault, type SlaveSpec } from '#lib/sim/devices/wired-bus.ts';

/** Bytes of a socket, one piece after the other; null when `waitMs` passed without any. */
class Arrivals {
  #pieces: Uint8Array[] = [];
  #wake: (() => void) | null = null;
  #closed = false;

  constructor(socket: Socket) {
    socket.on('data', (piece: Uint8Array) => {
      this.#pieces.push(Uint8Array.from(piece));
      this.#wake?.();
    });
    socket.on('close', () => {
      this.#closed = true;
      this.#wake?.();
    });
    // `close` follows every error and ends the wait; what went wrong is told as a closed line.
    socket.on('error', () => {});
  }

  async next(waitMs: number): Promise<Uint8Array | null> {
    if (!this.#pieces.length && !this.#closed) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, waitMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = null;
    }
    const piece = this.#pieces.shift();
    if (!piece && this.#closed) throw new Error('The converter closed the connection.');
    return piece ?? null;
  }
}

/** Runs `script` over a connected socket. The converter keeps its own speed: `open` is done. */
export async function runOverTcp<T>(script: BusScript<T>, socket: Socket): Promise<T> {
  const arrivals = new Arrivals(socket);
  const run = createBusRun(script);
  let event: BusEvent = { kind: 'start' };
  for (;;) {
    const { result, send, open, waitMs } = run.step(event);
    if (result !== null) return result;
    if (send) socket.write(send);
    if (open) {
      event = { kind: 'reopened' };
      continue;
    }
    const bytes = await arrivals.next(must(waitMs, 'only opening waits without limit'));
    event = bytes ? { kind: 'bytes', bytes } : { kind: 'timeout' };
  }
}

const volume = (litres: number): Uint8Array => {
  const made = makeRecord({ quantity: 'volume', unit: 'm3', value: decimal(litres, -3) });
  return encodeRecords({ records: [must(made.ok ? made.value : null, 'a record of volume')] });
};
/** DIF 1Fh: another telegram follows. */
const more = (records: Uint8Array): Uint8Array => concatBytes(records, Uint8Array.of(0x1f));

/** Three water meters of Kilter's own; the last one needs two telegrams. */
export const PRACTICE_SLAVES: readonly SlaveSpec[] = [1, 2, 3].map((address) => ({
  address,
  device: { manufacturer: 'KLT', id: `1000000${address}`, version: 1, type: 7 },
  baud: 2400,
  delay: address - 1,
  telegrams: address === 3 ? [more(volume(3001)), volume(2990)] : [volume(1000 * address + 1)],
}));

const POLL_MS = 5;

export type BusServerOptions = {
  readonly slaves?: readonly SlaveSpec[];
  readonly echo?: boolean;
  readonly seed?: number;
  /** Faults of each exchange, counted from 0. */
  readonly faultsAt?: (exchange: number) => readonly BusFault[];
};

/** A converter on TCP: each connection is a bus of its own, so that testers do not disturb. */
export function createBusServer(options: BusServerOptions = {}): Server {
  const { slaves = PRACTICE_SLAVES, echo = true, seed = 1, faultsAt = () => [] } = options;
  return createServer((socket) => {
    const bus = createWiredBus({ slaves, echo, prng: createPrng(seed), faultsAt });
    bus.open({ baud: 2400 });
    socket.on('data', (bytes: Uint8Array) => bus.write(Uint8Array.from(bytes), Date.now()));
    const timer = setInterval(() => {
      for (let due = bus.poll(Date.now()); due; due = bus.poll(Date.now())) {
        socket.write(due.bytes);
      }
    }, POLL_MS);
    socket.on('close', () => clearInterval(timer));
    socket.on('error', () => socket.destroy());
  });
}
