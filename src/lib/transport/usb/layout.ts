/**
 * Which interfaces and endpoints of a USB device carry the bytes, and which driver speaks to it.
 * Reads descriptors only; ../web-usb.ts opens what is found here.
 */
import { usbAdapter, type UsbDriverName } from './adapters.table.ts';
import { cdcAcm } from './cdc-acm.ts';
import { ch34x } from './ch34x.ts';
import type { ChipFacts, UsbChip } from './chip.ts';
import { cp210x } from './cp210x.ts';
import { ftdi } from './ftdi.ts';

/** USB class codes (usb.org): communications, and its data interface. */
export const CDC_CLASS = 2;
const CDC_DATA_CLASS = 10;

const DRIVERS: Readonly<Record<UsbDriverName, (facts: ChipFacts) => UsbChip>> = {
  ftdi,
  cp210x,
  ch34x,
  'cdc-acm': cdcAcm,
};

export type UsbLayout = {
  readonly chip: UsbChip;
  readonly configuration: number;
  /** Interfaces to claim, the controlling one first. */
  readonly interfaces: readonly number[];
  readonly inEndpoint: number;
  readonly outEndpoint: number;
  readonly endpointBytes: number;
};

/** Null when the device is no serial adapter that a driver of ours knows. */
export function usbLayout(device: USBDevice): UsbLayout | null {
  const configuration = device.configuration ?? device.configurations[0];
  if (!configuration) return null;
  const { interfaces } = configuration;
  const ofClass = (code: number): USBInterface | undefined =>
    interfaces.find(({ alternates }) => alternates[0]?.interfaceClass === code);
  const name = driverName(device, ofClass(CDC_CLASS) !== undefined);
  if (!name) return null;
  const isClass = name === 'cdc-acm';
  const data = (isClass ? ofClass(CDC_DATA_CLASS) : undefined) ?? interfaces.find(hasBulk);
  const input = data && bulk(data, 'in');
  const output = data && bulk(data, 'out');
  if (!data || !input || !output) return null;
  const control = (isClass ? ofClass(CDC_CLASS) : undefined) ?? data;
  const endpointBytes = input['packetSize'];
  const facts: ChipFacts = {
    release: releaseOf(device),
    interfaceCount: interfaces.length,
    dataInterface: data.interfaceNumber,
    controlInterface: control.interfaceNumber,
    endpointBytes,
  };
  return {
    chip: DRIVERS[name](facts),
    configuration: configuration.configurationValue,
    interfaces: [...new Set([control.interfaceNumber, data.interfaceNumber])],
    inEndpoint: input.endpointNumber,
    outEndpoint: output.endpointNumber,
    endpointBytes,
  };
}

/** The table knows best; an unknown id may still be a device of the class. */
function driverName(device: USBDevice, isCdc: boolean): UsbDriverName | null {
  const ids = { usbVendorId: device.vendorId, usbProductId: device.productId };
  return usbAdapter(ids)?.driver ?? (isCdc ? 'cdc-acm' : null);
}

/** `bcdDevice` as it stands in the descriptor. */
const releaseOf = (device: USBDevice): number =>
  (device.deviceVersionMajor << 8) |
  (device.deviceVersionMinor << 4) |
  device.deviceVersionSubminor;

const bulk = ({ alternates }: USBInterface, direction: USBDirection): USBEndpoint | undefined =>
  alternates[0]?.endpoints.find(
    (endpoint) => endpoint.type === 'bulk' && endpoint.direction === direction,
  );

const hasBulk = (one: USBInterface): boolean => !!bulk(one, 'in') && !!bulk(one, 'out');
