/**
 * Choosing a device: ports allowed before, the ways this browser has, and why a way failed. Knows
 * the use case `choose-device`; the picker makes one.
 */
import {
  chooseCollector,
  chooseDevice,
  chooseSimulated,
  deviceWays,
  knownDevices,
} from '#lib/field/choose-device.ts';
import { DONGLE_KINDS } from '#lib/field/dongle-choices.ts';
import type { DeviceUse, DeviceWay } from '#lib/field/choose-device.ts';
import { CONSOLE_DEVICES, type ConsoleDevice } from '#lib/field/console/types.ts';
import type { MeterView } from '#lib/offline/types.ts';
import type { Transport } from '#lib/transport/transport.ts';

export type { ConsoleDevice, DeviceUse, DeviceWay };
export const dongleKinds = DONGLE_KINDS;
export const consoleDevices = CONSOLE_DEVICES;

/** Whether this browser can talk to a receiver at all: iPhones and Firefox cannot (X21). */
export const canListen = (): boolean =>
  deviceWays('receiver').some(
    ({ way, available }) => available && way !== 'simulated' && way !== 'file',
  );

export class DeviceChooser {
  readonly use: DeviceUse;
  readonly ways: readonly { readonly way: DeviceWay; readonly available: boolean }[];
  known = $state.raw<readonly Transport[]>([]);
  /** Code of a DeviceError. */
  failed = $state<string | null>(null);

  constructor(use: DeviceUse) {
    this.use = use;
    this.ways = deviceWays(use);
  }

  async look(): Promise<void> {
    this.known = await knownDevices();
  }

  /** Inside a tap. Null when the chooser was closed or failed: see `failed`. */
  async pick(
    way: DeviceWay,
    wanted: {
      name: string;
      meters: readonly MeterView[];
      keys: (() => Promise<ReadonlyMap<number, Uint8Array>>) | null;
      file: File | null;
    },
  ): Promise<Transport | null> {
    this.failed = null;
    const { name, meters, file } = wanted;
    const use = this.use === 'console' ? 'head' : this.use;
    try {
      // Browser choosers need the tap: keys are opened only where no chooser follows.
      const keys = way === 'simulated' && wanted.keys ? await wanted.keys() : null;
      return await chooseDevice(way, { name, world: { use, meters, keys }, file });
    } catch (error) {
      this.failed = (error as { code?: string }).code ?? 'io';
      return null;
    }
  }

  /** One of the console's own devices; null when it failed: see `failed`. */
  async pickSimulated(name: string, device: ConsoleDevice) {
    this.failed = null;
    try {
      return await chooseSimulated(name, device);
    } catch (error) {
      this.failed = (error as { code?: string }).code ?? 'io';
      return null;
    }
  }

  /** A practice collector with the meters of the round among `total`; null when it failed. */
  async pickCollector(
    name: string,
    house: { readonly meters: readonly MeterView[]; readonly total: number },
  ): Promise<Transport | null> {
    this.failed = null;
    try {
      return await chooseCollector(name, house);
    } catch (error) {
      this.failed = (error as { code?: string }).code ?? 'io';
      return null;
    }
  }
}
