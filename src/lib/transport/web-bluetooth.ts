/**
 * Byte stream over a Bluetooth LE "UART" head or receiver (Web Bluetooth).
 *
 * It knows services, notifications and the 20 bytes that fit every link. It cannot change a baud
 * rate: such heads find the speed themselves, so `open` with other settings keeps the link.
 * lib/field calls it; `requestBleUart` must run inside a tap.
 */
import { BLE_UARTS, type BleUart } from './ble-uart.table.ts';
import { ChunkQueue } from './chunk-queue.ts';
import { toDeviceError } from './device-error.ts';
import { DeviceError, type Chunk, type SerialSettings } from './transport.ts';
import type { Transport, TransportStatus } from './transport.ts';

/** ATT_MTU 23 less 3 bytes of header: fits without negotiation (Core spec. vol. 3 part G 5.2.1). */
const MAX_WRITE_BYTES = 20;

export const hasBluetooth = (): boolean => 'bluetooth' in navigator;

/** Shows the browser's chooser. Throws `unsupported` or `permission-denied`. */
export async function requestBleUart(): Promise<WebBluetoothTransport> {
  if (!hasBluetooth()) throw new DeviceError('unsupported', 'This browser has no Web Bluetooth.');
  const filters = BLE_UARTS.map(({ service, namePrefix }): BluetoothLEScanFilter =>
    namePrefix ? { namePrefix } : { services: [service] },
  );
  try {
    const device = await navigator.bluetooth.requestDevice({
      filters,
      optionalServices: BLE_UARTS.map(({ service }) => service),
    });
    return new WebBluetoothTransport(device);
  } catch (cause) {
    throw toDeviceError(cause);
  }
}

export class WebBluetoothTransport implements Transport {
  readonly name: string;
  readonly link = 'bluetooth';
  readonly #device: BluetoothDevice;
  #status: TransportStatus = 'closed';
  #queue = new ChunkQueue();
  #tx: BluetoothRemoteGATTCharacteristic | null = null;
  #rx: BluetoothRemoteGATTCharacteristic | null = null;
  /** GATT allows one operation at a time, and messages must not mix: whole writes queue here. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(device: BluetoothDevice) {
    this.#device = device;
    this.name = device.name || 'Bluetooth';
  }

  get status(): TransportStatus {
    return this.#status;
  }

  async open(_settings: SerialSettings): Promise<void> {
    if (this.#status === 'open') return;
    this.#status = 'opening';
    this.#queue = new ChunkQueue();
    try {
      await this.#connect();
      this.#status = 'open';
    } catch (cause) {
      await this.#disconnect();
      this.#status = 'closed';
      throw toDeviceError(cause);
    }
  }

  write(bytes: Uint8Array): Promise<void> {
    const done = this.#turn.then(async () => {
      for (let at = 0; at < bytes.length; at += MAX_WRITE_BYTES) {
        await this.#send(bytes.slice(at, at + MAX_WRITE_BYTES));
      }
    });
    this.#turn = done.catch(() => {});
    return done;
  }

  read(): AsyncIterable<Chunk> {
    return this.#queue.read();
  }

  async close(): Promise<void> {
    this.#status = 'closed';
    await this.#disconnect();
    this.#queue.end();
  }

  async #connect(): Promise<void> {
    const gatt = this.#device.gatt;
    if (!gatt) throw new DeviceError('io', 'The device has no GATT server.');
    const server = await gatt.connect();
    this.#device.addEventListener('gattserverdisconnected', this.#onGone);
    const { kind, service } = await findUart(server);
    this.#tx = await service.getCharacteristic(kind.write);
    this.#rx = await service.getCharacteristic(kind.notify);
    this.#rx.addEventListener('characteristicvaluechanged', this.#onValue);
    await this.#rx.startNotifications();
  }

  /** Without this, a listener of the last connection keeps receiving and every byte comes twice. */
  async #disconnect(): Promise<void> {
    this.#device.removeEventListener('gattserverdisconnected', this.#onGone);
    this.#rx?.removeEventListener('characteristicvaluechanged', this.#onValue);
    if (this.#device.gatt?.connected) {
      await this.#rx?.stopNotifications().catch(() => {});
      this.#device.gatt.disconnect();
    }
    this.#rx = this.#tx = null;
  }

  async #send(part: Uint8Array<ArrayBuffer>): Promise<void> {
    const tx = this.#tx;
    if (!tx || this.#status !== 'open') {
      throw new DeviceError('disconnected', 'The Bluetooth link is down.');
    }
    try {
      if (tx.properties.writeWithoutResponse) await tx.writeValueWithoutResponse(part);
      else await tx.writeValueWithResponse(part);
    } catch (cause) {
      throw toDeviceError(cause);
    }
  }

  readonly #onValue = (event: Event): void => {
    const view = (event.target as BluetoothRemoteGATTCharacteristic).value;
    if (!view) return;
    // The view may be reused by the browser: copy before anybody waits.
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
    this.#queue.push(bytes, Date.now());
  };

  readonly #onGone = (): void => {
    if (this.#status !== 'open') return;
    this.#status = 'lost';
    this.#queue.fail(new DeviceError('disconnected', 'The Bluetooth link was lost.'));
    void this.#disconnect();
  };
}

async function findUart(
  server: BluetoothRemoteGATTServer,
): Promise<{ kind: BleUart; service: BluetoothRemoteGATTService }> {
  for (const kind of BLE_UARTS) {
    const service = await server.getPrimaryService(kind.service).catch(() => null);
    if (service) return { kind, service };
  }
  throw new DeviceError('unsupported', 'The device offers none of the known byte-stream services.');
}
