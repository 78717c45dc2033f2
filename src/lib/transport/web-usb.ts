/**
 * USB serial adapters without the browser's Web Serial: our own drivers over WebUSB, for phones
 * whose Chrome offers WebUSB only.
 *
 * It opens, claims, sends what a driver of usb/ computes, and pumps bytes. It knows no chip. Speed
 * and parity change in place, without closing, so that a head keeps its power. cable.ts calls it;
 * `requestUsbAdapter` must run inside a tap.
 */
import { ChunkQueue } from './chunk-queue.ts';
import { toDeviceError } from './device-error.ts';
import { DeviceError, type Chunk, type SerialSettings } from './transport.ts';
import type { Transport, TransportStatus } from './transport.ts';
import { USB_ADAPTERS, usbAdapter } from './usb/adapters.table.ts';
import { bitsPerCharacter, type ControlOut, type LineSetup } from './usb/chip.ts';
import { CDC_CLASS, usbLayout, type UsbLayout } from './usb/layout.ts';

/** Packets of one endpoint that a transfer may bring: a busy receiver fits. */
const READ_AHEAD = 8;
/** Transfers fail now and then on phones though the device is there; more in a row is a loss. */
const MAX_FAILED_TRANSFERS = 3;

type UsbLike = Pick<USB, 'getDevices' | 'addEventListener' | 'removeEventListener'>;

export const hasUsb = (): boolean => 'usb' in navigator;

/** Adapters the person allowed before: no chooser, no tap needed. Empty where unsupported. */
export async function knownUsbAdapters(): Promise<WebUsbTransport[]> {
  if (!hasUsb()) return [];
  const devices = await navigator.usb.getDevices().catch(() => []);
  return devices
    .filter((device) => usbLayout(device) !== null)
    .map((device) => new WebUsbTransport(device, navigator.usb));
}

/** What the chooser lists: every adapter that has a driver, and every device of the class. */
export const usbFilters = (): USBDeviceFilter[] => [
  ...USB_ADAPTERS.filter(({ driver }) => driver !== null).map(
    ({ vendor, product }): USBDeviceFilter =>
      product === null ? { vendorId: vendor } : { vendorId: vendor, productId: product },
  ),
  { classCode: CDC_CLASS },
];

/** Shows the browser's chooser. Throws `permission-denied` when it is closed, or `unsupported`. */
export async function requestUsbAdapter(): Promise<WebUsbTransport> {
  if (!hasUsb()) throw new DeviceError('unsupported', 'This browser has no WebUSB.');
  try {
    const device = await navigator.usb.requestDevice({ filters: usbFilters() });
    return new WebUsbTransport(device, navigator.usb);
  } catch (cause) {
    throw toDeviceError(cause);
  }
}

/** A device while it is open. */
type Port = { readonly device: USBDevice; readonly layout: UsbLayout; answer: Uint8Array | null };

export class WebUsbTransport implements Transport {
  readonly name: string;
  /** The dongle this adapter surely is, by its USB id; null when any may be behind it. */
  readonly kind: string | null;
  readonly #usb: UsbLike;
  #device: USBDevice;
  #status: TransportStatus = 'closed';
  #queue = new ChunkQueue();
  #port: Port | null = null;
  #line: LineSetup | null = null;
  #settings: SerialSettings | null = null;
  #pump: Promise<void> = Promise.resolve();
  /** Openings, changes and writes, one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  /** An opening that began before a `close` does not outlive it. */
  #closings = 0;
  /** When the last character written will have left the line. */
  #clearAt = 0;

  constructor(device: USBDevice, usb: UsbLike) {
    this.#device = device;
    this.#usb = usb;
    const ids = { usbVendorId: device.vendorId, usbProductId: device.productId };
    const known = usbAdapter(ids);
    this.name = `USB ${known?.name ?? device.productName ?? ''}`.trim();
    this.kind = known?.kind ?? null;
  }

  get status(): TransportStatus {
    return this.#status;
  }

  open(settings: SerialSettings): Promise<void> {
    const closings = this.#closings;
    return this.#inTurn(() =>
      this.#status === 'open' ? this.#change(settings) : this.#start(settings, closings),
    );
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#inTurn(() => this.#send(bytes));
  }

  read(): AsyncIterable<Chunk> {
    return this.#queue.read();
  }

  async close(): Promise<void> {
    const port = this.#port;
    this.#closings++;
    this.#status = 'closed';
    this.#port = null;
    this.#usb.removeEventListener('disconnect', this.#onDisconnect);
    if (port) await release(port);
    await this.#pump;
    this.#queue.end();
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  async #start(settings: SerialSettings, closings: number): Promise<void> {
    if (this.#status === 'lost') await this.#findAgain();
    this.#status = 'opening';
    this.#queue = new ChunkQueue();
    const layout = usbLayout(this.#device);
    if (!layout) {
      this.#status = 'closed';
      throw new DeviceError('unfit', 'No driver of ours knows this USB device.');
    }
    const port: Port = { device: this.#device, layout, answer: null };
    try {
      await claim(port);
      await this.#tell(port, settings, false);
      if (this.#closings !== closings) {
        throw new DeviceError('disconnected', 'Closed while opening.');
      }
    } catch (cause) {
      this.#status = 'closed';
      await release(port);
      throw openingError(cause);
    }
    this.#port = port;
    this.#status = 'open';
    this.#clearAt = 0;
    this.#usb.addEventListener('disconnect', this.#onDisconnect);
    this.#pump = this.#run(port);
  }

  /** What was written must have left at the old speed: the chip would send it at the new one. */
  async #change(settings: SerialSettings): Promise<void> {
    const leaving = this.#clearAt - Date.now();
    if (leaving > 0) await new Promise((later) => setTimeout(later, leaving));
    const port = this.#port;
    if (!port) throw new DeviceError('disconnected', 'The adapter is not open.');
    try {
      await this.#tell(port, settings, true);
    } catch (cause) {
      throw toDeviceError(cause);
    }
  }

  async #tell(port: Port, settings: SerialSettings, isOpen: boolean): Promise<void> {
    const line = port.layout.chip.setUp(settings, port.answer, isOpen);
    if (!line.ok) throw new DeviceError('unfit', line.error.detail);
    for (const request of line.value.requests) await order(port.device, request);
    this.#line = line.value;
    this.#settings = settings;
  }

  async #send(bytes: Uint8Array): Promise<void> {
    const [port, line, settings] = [this.#port, this.#line, this.#settings];
    if (this.#status !== 'open' || !port || !line || !settings) {
      throw new DeviceError('disconnected', 'The adapter is not open.');
    }
    try {
      const data = line.pack(bytes) as Uint8Array<ArrayBuffer>;
      const { status } = await port.device.transferOut(port.layout.outEndpoint, data);
      if (status !== 'ok') throw new DeviceError('io', `The adapter answered ${status}.`);
    } catch (cause) {
      throw toDeviceError(cause);
    }
    const lineMs = (bytes.length * bitsPerCharacter(settings) * 1000) / settings.baud;
    this.#clearAt = Math.max(this.#clearAt, Date.now()) + lineMs;
  }

  async #run(port: Port): Promise<void> {
    const { inEndpoint, endpointBytes } = port.layout;
    let failed = 0;
    while (this.#port === port) {
      try {
        const result = await port.device.transferIn(inEndpoint, endpointBytes * READ_AHEAD);
        // Closed while the transfer ran: what it brought belongs to nobody.
        if (this.#port !== port) return;
        failed = 0;
        this.#take(result);
        if (result.status === 'stall') await port.device.clearHalt('in', inEndpoint);
      } catch (cause) {
        if (this.#port !== port) return;
        if (!port.device.opened || ++failed > MAX_FAILED_TRANSFERS) {
          return this.#lose(toDeviceError(cause).message);
        }
        await port.device.clearHalt('in', inEndpoint).catch(() => {});
      }
    }
  }

  #take({ data, status }: USBInTransferResult): void {
    const view = data && new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const { bytes, faults } = this.#line!.unpack(view?.slice() ?? new Uint8Array(0));
    this.#queue.push(bytes, Date.now(), status === 'babble' ? [...faults, 'overrun'] : faults);
  }

  readonly #onDisconnect = (event: USBConnectionEvent): void => {
    if (event.device === this.#port?.device) this.#lose('The adapter was unplugged.');
  };

  #lose(why: string): void {
    const port = this.#port;
    if (!port) return;
    this.#port = null;
    this.#status = 'lost';
    this.#usb.removeEventListener('disconnect', this.#onDisconnect);
    this.#queue.fail(new DeviceError('disconnected', why));
    void port.device.close().catch(() => {});
  }

  /** Plugged in again, an adapter is a new device to the browser. */
  async #findAgain(): Promise<void> {
    const { vendorId, productId, serialNumber } = this.#device;
    const devices = await this.#usb.getDevices().catch(() => []);
    this.#device =
      devices.find(
        (device) =>
          device.vendorId === vendorId &&
          device.productId === productId &&
          device.serialNumber === serialNumber,
      ) ?? this.#device;
  }
}

async function order(device: USBDevice, { data, ...setup }: ControlOut): Promise<void> {
  const { status } = await device.controlTransferOut(setup, data as Uint8Array<ArrayBuffer>);
  if (status !== 'ok') throw new DeviceError('io', `The adapter answered ${status} to its set-up.`);
}

async function claim(port: Port): Promise<void> {
  const { device, layout } = port;
  await device.open();
  if (device.configuration === null) await device.selectConfiguration(layout.configuration);
  for (const number of layout.interfaces) await device.claimInterface(number);
  const { question } = layout.chip;
  if (!question) return;
  const { length, ...setup } = question;
  const { data } = await device.controlTransferIn(setup, length);
  port.answer = data ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice() : null;
}

/** As far as it goes: a device that is gone has nothing to release. */
async function release({ device, layout }: Port): Promise<void> {
  if (!device.opened) return;
  try {
    for (const request of layout.chip.stop) await order(device, request);
    for (const number of layout.interfaces) await device.releaseInterface(number);
  } catch {
    // Closing below gives everything back in any case.
  }
  await device.close().catch(() => {});
}

/** "Access denied" while opening means that a system driver or another program holds it. */
function openingError(cause: unknown): DeviceError {
  const name = (cause as { name?: string }).name;
  const text = cause instanceof Error ? cause.message : String(cause);
  if (name === 'SecurityError') return new DeviceError('busy', text, { cause });
  if (name === 'NotFoundError') return new DeviceError('disconnected', text, { cause });
  return toDeviceError(cause, true);
}
