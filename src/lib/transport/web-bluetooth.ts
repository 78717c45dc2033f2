/**
 * Byte stream over a Bluetooth LE "UART" head or receiver (Web Bluetooth).
 *
 * It knows services, notifications and the 20 bytes that fit every link. It cannot change a baud
 * rate: such heads find the speed themselves, so `open` with other settings keeps the link. A write
 * that meets the end of the link ends in `disconnected`; what is left of it never reaches the next
 * link, where the device would take it for the beginning of something else.
 * lib/field calls it; `requestBleUart` must run inside a tap.
 */
import { BLE_UARTS, type BleUart } from './ble-uart.table.ts';
import { ChunkQueue } from './chunk-queue.ts';
import { toDeviceError } from './device-error.ts';
import { DeviceError, type Chunk, type SerialSettings } from './transport.ts';
import type { Transport, TransportStatus } from './transport.ts';

/** ATT_MTU 23 less 3 bytes of header: fits without negotiation (Core spec. vol. 3 part G 5.2.1). */
const MAX_WRITE_BYTES = 20;
/** An operation that the radio never finishes must not keep the head for ever. */
const SETTLE_LIMIT_MS = 500;

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

/** One connection from `connect()` to its end; nothing of it serves the next one. */
type Link = {
  tx: BluetoothRemoteGATTCharacteristic | null;
  rx: BluetoothRemoteGATTCharacteristic | null;
  /** Rejects with `disconnected` when the link goes away or is closed; resolves never. */
  readonly ended: Promise<never>;
  readonly end: (error: DeviceError) => void;
};

function newLink(): Link {
  let end: Link['end'] = () => {};
  const ended = new Promise<never>((_, reject) => (end = reject));
  // Somebody waits for it only while an operation runs.
  ended.catch(() => {});
  return { tx: null, rx: null, ended, end };
}

export class WebBluetoothTransport implements Transport {
  readonly name: string;
  readonly link = 'bluetooth';
  readonly #device: BluetoothDevice;
  #status: TransportStatus = 'closed';
  #queue = new ChunkQueue();
  #link: Link | null = null;
  #opening: Promise<void> | null = null;
  /** GATT allows one operation at a time, and messages must not mix: whole writes queue here. */
  #turn: Promise<unknown> = Promise.resolve();
  /** The operation the radio has in hand, also when its writer no longer waits. */
  #inHand: Promise<unknown> = Promise.resolve();

  constructor(device: BluetoothDevice) {
    this.#device = device;
    this.name = device.name || 'Bluetooth';
  }

  get status(): TransportStatus {
    return this.#status;
  }

  /** Two calls at once share one connection: each would add its own listeners. */
  async open(_settings: SerialSettings): Promise<void> {
    if (this.#status === 'open') return;
    this.#opening ??= this.#connect().finally(() => (this.#opening = null));
    return this.#opening;
  }

  write(bytes: Uint8Array): Promise<void> {
    const link = this.#status === 'open' ? this.#link : null;
    const done = this.#turn.then(async () => {
      for (let at = 0; at < bytes.length; at += MAX_WRITE_BYTES) {
        await this.#send(link, bytes.slice(at, at + MAX_WRITE_BYTES));
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
    await this.#letGo(new DeviceError('disconnected', 'The Bluetooth link was closed.'));
    this.#queue.end();
  }

  async #connect(): Promise<void> {
    this.#status = 'opening';
    this.#queue = new ChunkQueue();
    const link = newLink();
    this.#link = link;
    try {
      await this.#subscribe(link);
      if (this.#link !== link) throw new DeviceError('disconnected', 'Closed while opening.');
      this.#status = 'open';
    } catch (cause) {
      if (this.#link === link) {
        await this.#letGo(new DeviceError('disconnected', 'The Bluetooth link did not open.'));
        this.#status = 'closed';
      }
      throw toDeviceError(cause);
    }
  }

  async #subscribe(link: Link): Promise<void> {
    const gatt = this.#device.gatt;
    if (!gatt) throw new DeviceError('io', 'The device has no GATT server.');
    this.#device.addEventListener('gattserverdisconnected', this.#onGone);
    const server = await this.#during(link, () => gatt.connect());
    const { kind, service } = await this.#during(link, () => findUart(server));
    link.tx = await this.#during(link, () => service.getCharacteristic(kind.write));
    const rx = await this.#during(link, () => service.getCharacteristic(kind.notify));
    link.rx = rx;
    rx.addEventListener('characteristicvaluechanged', this.#onValue);
    await this.#during(link, () => rx.startNotifications());
  }

  /** Runs one GATT operation; the end of the link ends the waiting, whatever the browser does. */
  #during<T>(link: Link, operation: () => Promise<T>): Promise<T> {
    const running = operation();
    this.#inHand = running.catch(() => {});
    return Promise.race([running, link.ended]);
  }

  /**
   * Without this, a listener of the last connection keeps receiving and every byte comes twice.
   * The operation in hand comes first: GATT refuses a second one beside it.
   */
  async #letGo(why: DeviceError): Promise<void> {
    const link = this.#link;
    this.#link = null;
    if (!link) return;
    link.end(why);
    this.#device.removeEventListener('gattserverdisconnected', this.#onGone);
    link.rx?.removeEventListener('characteristicvaluechanged', this.#onValue);
    const gatt = this.#device.gatt;
    if (!gatt?.connected) return;
    await settled(this.#inHand);
    if (link.rx) await settled(link.rx.stopNotifications());
    gatt.disconnect();
  }

  async #send(link: Link | null, part: Uint8Array<ArrayBuffer>): Promise<void> {
    const tx = link?.tx;
    if (!link || !tx || link !== this.#link) {
      throw new DeviceError('disconnected', 'The Bluetooth link is down.');
    }
    const withoutResponse = tx.properties.writeWithoutResponse;
    try {
      await this.#during(link, () =>
        withoutResponse ? tx.writeValueWithoutResponse(part) : tx.writeValueWithResponse(part),
      );
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
    const gone = new DeviceError('disconnected', 'The Bluetooth link was lost.');
    // While opening, the operation in hand ends with this error and `open` tidies up.
    if (this.#status !== 'open') return this.#link?.end(gone);
    this.#status = 'lost';
    this.#queue.fail(gone);
    void this.#letGo(gone);
  };
}

/** Waits for `work` to end in any way, but not for ever. */
async function settled(work: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise((end) => (timer = setTimeout(end, SETTLE_LIMIT_MS)));
  await Promise.race([work.catch(() => {}), limit]);
  clearTimeout(timer);
}

/** The first byte stream of the table that the device has; a lost link is not a missing one. */
async function findUart(
  server: BluetoothRemoteGATTServer,
): Promise<{ kind: BleUart; service: BluetoothRemoteGATTService }> {
  for (const kind of BLE_UARTS) {
    const service = await server.getPrimaryService(kind.service).catch((cause: unknown) => {
      if ((cause as { name?: string }).name === 'NotFoundError') return null;
      throw cause;
    });
    if (service) return { kind, service };
  }
  throw new DeviceError('unfit', 'The device offers none of the known byte-stream services.');
}
