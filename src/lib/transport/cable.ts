/**
 * Devices on a cable: the one place that chooses between the browser's Web Serial and our drivers
 * over WebUSB.
 *
 * Web Serial comes first wherever it exists. Chrome on Android had it for Bluetooth alone at first
 * and does not drive every adapter since; there the drivers are offered beside it. On a computer
 * they are not: the system's own driver holds the adapter. lib/field calls it.
 */
import { DeviceError, type Transport } from './transport.ts';
import { hasSerial, knownSerialPorts, requestSerialPort } from './web-serial.ts';
import { hasUsb, knownUsbAdapters, requestUsbAdapter } from './web-usb.ts';

export type CableWay = 'serial' | 'usb';
export type CableTransport = Transport & { readonly kind: string | null };

const isAndroid = (): boolean => /android/i.test(navigator.userAgent);

/** Best first; empty where the browser has neither. */
export function cableWays(): CableWay[] {
  const ways: CableWay[] = hasSerial() ? ['serial'] : [];
  return hasUsb() && (!hasSerial() || isAndroid()) ? [...ways, 'usb'] : ways;
}

/** Adapters allowed before, of every way that is offered. */
export async function knownCables(): Promise<CableTransport[]> {
  const known = { serial: knownSerialPorts, usb: knownUsbAdapters };
  const lists = await Promise.all(
    cableWays().map((way): Promise<CableTransport[]> => known[way]()),
  );
  return lists.flat();
}

/**
 * Shows the browser's chooser, inside a tap; the best way unless one is named. Throws
 * `permission-denied` when the chooser is closed, `unsupported` where there is no way.
 */
export async function requestCable(way = cableWays()[0]): Promise<CableTransport> {
  if (!way) throw new DeviceError('unsupported', 'This browser has neither Web Serial nor WebUSB.');
  return way === 'serial' ? requestSerialPort() : requestUsbAdapter();
}
