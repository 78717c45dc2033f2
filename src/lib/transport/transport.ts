/**
 * A byte pipe to a device: serial port, Bluetooth UART, or a simulated one.
 *
 * It knows nothing about meters; it moves bytes between the phone and the device. Sessions and
 * framers (lib/meters) know nothing about it. Only lib/field may join the two.
 */
import type { Instant } from '#lib/base/interval.ts';

/** What an adapter's own line status reports about bytes of the line. */
export type LineFault = 'overrun' | 'parity' | 'framing' | 'break';

export type Chunk = {
  readonly at: Instant;
  readonly bytes: Uint8Array;
  /** Reported in or before these bytes, by adapters that tell; absent when nothing was. */
  readonly faults?: readonly LineFault[];
};

export type SerialSettings = {
  readonly baud: number;
  readonly dataBits: 7 | 8;
  readonly parity: 'none' | 'even' | 'odd';
  readonly stopBits: 1 | 2;
};

/**
 * Codes of `DeviceError`; every code says who raises it and what the person is told.
 * - `unsupported`: the browser has no such interface. Told: which browser has, and the other ways.
 * - `unfit`: the device has no byte stream, no driver or no such speed. Told: take another one.
 * - `permission-denied`: the person closed the chooser or the policy forbids it. Told: try again.
 * - `busy`: another tab or program holds the port. Told: close it there.
 * - `disconnected`: the cable or the radio link went away. Told: plug in again; nothing is lost.
 * - `timeout`: the device did not answer in the protocol's time. Told: check position and power.
 * - `io`: anything else the operating system reports. Told: unplug, wait two seconds, plug in.
 */
export type DeviceErrorCode =
  'unsupported' | 'unfit' | 'permission-denied' | 'busy' | 'disconnected' | 'timeout' | 'io';

export class DeviceError extends Error {
  override name = 'DeviceError';
  constructor(
    readonly code: DeviceErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

export type TransportStatus = 'closed' | 'opening' | 'open' | 'lost';

export interface Transport {
  /** What a person calls it: "FTDI USB adapter", "Simulated receiver". */
  readonly name: string;
  /** Set where the way of the bytes is worth keeping beside a reading; a cable needs no word. */
  readonly link?: 'bluetooth';
  readonly status: TransportStatus;
  /**
   * Opens, or re-opens with other settings (Web Serial cannot change the speed in place). A reader
   * survives re-opening; after `lost` or `close` a new one is needed.
   */
  open(settings: SerialSettings): Promise<void>;
  write(bytes: Uint8Array): Promise<void>;
  /** Chunks until `close()`; throws `DeviceError('disconnected')` when the device goes away. */
  read(): AsyncIterable<Chunk>;
  close(): Promise<void>;
}
