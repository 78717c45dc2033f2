/**
 * A device that exists only in this page: the virtual meters of lib/sim behind the same interface
 * as a real port, so that anyone can try the whole job without hardware.
 *
 * It knows how to give a pure simulation its clock. It does not know what is simulated. lib/field
 * calls it; lib/sim is loaded only when somebody chooses a simulated device.
 */
import { toHex } from '#lib/base/bytes.ts';
import type { Instant } from '#lib/base/interval.ts';
import type { ConsoleKind } from '#lib/sim/devices/console-devices.ts';
import type { PulseModuleOptions } from '#lib/sim/devices/pulse-module.ts';
import { ChunkQueue } from './chunk-queue.ts';
import { DeviceError, type Chunk, type SerialSettings } from './transport.ts';
import type { Transport, TransportStatus } from './transport.ts';

/** What a simulation must offer: pure, without timers; time comes in with every call. */
export type VirtualDevice = {
  /** The port was opened, or re-opened with another speed. */
  open?(settings: SerialSettings, at: Instant): void;
  /** Bytes from the phone. */
  write(bytes: Uint8Array, at: Instant): void;
  /** Pieces the device has sent since the last call, up to `at`. */
  poll(at: Instant): readonly Uint8Array[];
  /** When the next piece will be sent; null: not before somebody writes. Absent: ask again. */
  nextAt?(): Instant | null;
};

/** What a simulated device imitates: meters of a round and, for radio, their keys. */
export type SimulatedWorld = {
  readonly use: 'receiver' | 'head';
  readonly meters: readonly {
    readonly meterId: number;
    readonly serial: string;
    readonly radioId: string | null;
    readonly manufacturer: string | null;
    readonly register: number;
    readonly decimals: number;
    readonly hasKey: boolean;
    /** Newest first: instant and integer in the register's scale. */
    readonly history: readonly (readonly [number, string])[];
    readonly usualPerDay: readonly [string, string] | null;
  }[];
  readonly keys: ReadonlyMap<number, Uint8Array> | null;
};

/** The simulations load only here, when somebody chooses one. */
export async function openSimulated(
  name: string,
  { use, meters, keys }: SimulatedWorld,
): Promise<SimulatedTransport> {
  const startAt = Date.now();
  if (use === 'receiver') {
    const { createRoundReceiver } = await import('#lib/sim/devices/round-receiver.ts');
    return new SimulatedTransport(name, createRoundReceiver({ meters, keys, startAt }));
  }
  const { createOpticalMeter } = await import('#lib/sim/devices/optical-meter.ts');
  const meter = meters[0];
  if (!meter) throw new DeviceError('unsupported', 'A simulated head needs a meter to read.');
  return new SimulatedTransport(name, createOpticalMeter({ meter, startAt }));
}

const PASSWORD_BYTES = 6;
const newPassword = (): string =>
  `t-${toHex(crypto.getRandomValues(new Uint8Array(PASSWORD_BYTES)))}`;

/**
 * A device for the meter console: the concentrator, a meter of each protocol. Its passwords are
 * made at this moment and told to the person: even a practice device has none that is known before.
 */
export async function openConsoleDevice(name: string, kind: ConsoleKind) {
  const { createConsoleDevice } = await import('#lib/sim/devices/console-devices.ts');
  const passwords = { configurator: newPassword(), administrator: newPassword() };
  const device = createConsoleDevice(kind, { seed: 1, at: Date.now(), passwords });
  const transport: Transport = new SimulatedTransport(name, device);
  return { transport, passwords: kind === 'emis951' ? passwords : null };
}

/**
 * A collector of the house: the meters of `world` under their own serials, growing on from their
 * last known value, and neighbours up to `total`. `baud` is the speed of its line.
 */
export async function openSimulatedCollector(
  name: string,
  {
    meters,
    total,
    baud,
  }: Pick<SimulatedWorld, 'meters'> & { readonly total: number; readonly baud: number },
): Promise<Transport> {
  const { createPracticeCollector } = await import('#lib/sim/devices/practice-collector.ts');
  const at = Date.now();
  const device = createPracticeCollector({ meters, total, baud, at });
  return new SimulatedTransport(name, device);
}

/** Short enough that an answer within 200 ms is not noticeably late. */
const POLL_MS = 20;

export class SimulatedTransport implements Transport {
  #status: TransportStatus = 'closed';
  #queue = new ChunkQueue();
  #timer: ReturnType<typeof setInterval> | null = null;
  #waking: ReturnType<typeof setTimeout> | undefined;
  readonly #device: VirtualDevice;

  constructor(
    readonly name: string,
    device: VirtualDevice,
  ) {
    this.#device = device;
  }

  get status(): TransportStatus {
    return this.#status;
  }

  async open(settings: SerialSettings): Promise<void> {
    if (this.#status !== 'open') this.#queue = new ChunkQueue();
    this.#device.open?.(settings, Date.now());
    this.#status = 'open';
    this.#timer ??= this.#device.nextAt ? null : setInterval(() => this.#poll(), POLL_MS);
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#status !== 'open') throw new DeviceError('disconnected', 'The device is closed.');
    this.#device.write(bytes.slice(), Date.now());
    this.#wake();
  }

  read(): AsyncIterable<Chunk> {
    return this.#queue.read();
  }

  async close(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    clearTimeout(this.#waking);
    this.#timer = null;
    this.#status = 'closed';
    this.#queue.end();
  }

  #poll(): void {
    const at = Date.now();
    for (const bytes of this.#device.poll(at)) this.#queue.push(bytes, at);
  }

  /** Hundreds of meters behind one device cannot each wait for the next look of a clock. */
  #wake(): void {
    clearTimeout(this.#waking);
    const at = this.#device.nextAt?.() ?? null;
    if (at === null || this.#status !== 'open') return;
    this.#waking = setTimeout(
      () => {
        this.#poll();
        this.#wake();
      },
      Math.max(0, at - Date.now()),
    );
  }
}

/** A pulse module with its taps and dial, and the receiver that hears it (a tenant’s wizard). */
export async function openSimulatedModule(name: string, options: PulseModuleOptions) {
  const { createPulseReceiver } = await import('#lib/sim/devices/pulse-receiver.ts');
  const receiver = createPulseReceiver(options);
  return { transport: new SimulatedTransport(name, receiver), module: receiver.module };
}
