/**
 * The ways to a device that this browser offers, and the opening of a chooser for each.
 *
 * It knows transports; it knows no page. Choosers must run inside a tap, therefore the page calls
 * this from its click handler.
 */
import { cableWays, knownCables, requestCable, type CableWay } from '#lib/transport/cable.ts';
import { ReplayTransport, readCapture } from '#lib/transport/replay.ts';
import {
  openConsoleDevice,
  openSimulated,
  openSimulatedCollector,
} from '#lib/transport/simulated.ts';
import type { SimulatedWorld } from '#lib/transport/simulated.ts';
import { DeviceError, type Transport } from '#lib/transport/transport.ts';
import { hasBluetooth, requestBleUart } from '#lib/transport/web-bluetooth.ts';

import type { ConsoleDevice } from './console/types.ts';

export type DeviceUse = SimulatedWorld['use'] | 'console';
export type DeviceWay = CableWay | 'bluetooth' | 'simulated' | 'file';

/** A browser without any cable still shows that there could be one. */
export function deviceWays(use: DeviceUse): { way: DeviceWay; available: boolean }[] {
  const cables = cableWays();
  const ways: { way: DeviceWay; available: boolean }[] = [
    ...(cables.length ? cables : (['serial'] as const)).map((way) => ({
      way,
      available: cables.length > 0,
    })),
    { way: 'bluetooth', available: hasBluetooth() },
    { way: 'simulated', available: true },
  ];
  // A recording of a dialogue answers nobody; only a receiver's can be played.
  return use === 'receiver' ? [...ways, { way: 'file', available: true }] : ways;
}

export const knownDevices = (): Promise<Transport[]> => knownCables();

/** Throws DeviceError: `unsupported`, `permission-denied` when the chooser was closed. */
export async function chooseDevice(
  way: DeviceWay,
  wanted: { name: string; world: SimulatedWorld; file: File | null },
): Promise<Transport> {
  if (way === 'serial' || way === 'usb') return requestCable(way);
  if (way === 'bluetooth') return requestBleUart();
  if (way === 'file') {
    if (!wanted.file) throw new DeviceError('permission-denied', 'No file was chosen.');
    const bytes = new Uint8Array(await wanted.file.arrayBuffer());
    return new ReplayTransport(wanted.name, readCapture(bytes));
  }
  return openSimulated(wanted.name, wanted.world);
}

/** What the console imitates; a concentrator's passwords are told to the person who practises. */
export const chooseSimulated = (name: string, device: ConsoleDevice) =>
  openConsoleDevice(name, device);

/** A collector to practise with: the meters of the round, and neighbours up to `total`. */
export const chooseCollector = (
  name: string,
  house: { readonly meters: SimulatedWorld['meters']; readonly total: number },
): Promise<Transport> => openSimulatedCollector(name, { ...house, baud: PRACTICE_BAUD });

const PRACTICE_BAUD = 115_200;
