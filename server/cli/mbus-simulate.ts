/**
 * A server that stands for a TCP converter with a wired M-Bus behind it. Knows sockets and the
 * clock; the simulated bus (`sim/devices`) knows neither. Called by `simulate.ts` and tests.
 */
import { createServer, type Server } from 'node:net';
import { createPrng } from '#lib/base/prng.ts';
import { PRACTICE_SLAVES } from '#lib/sim/devices/practice.ts';
import { createWiredBus, type BusFault, type SlaveSpec } from '#lib/sim/devices/wired-bus.ts';

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
