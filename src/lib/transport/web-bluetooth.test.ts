import { concatBytes } from '#lib/base/bytes.ts';
import { BLE_UARTS, type BleUart } from './ble-uart.table.ts';
import { describe, expect, test } from 'vitest';
import { takeBytes, transportConformance } from './transport.conformance.ts';
import { WebBluetoothTransport } from './web-bluetooth.ts';

/**
 * A Bluetooth LE peripheral for tests: real event targets, the size limit of a write, and the trap
 * of listeners that outlive a connection.
 */
class FakeCharacteristic extends EventTarget {
  value: DataView | null = null;
  notifying = false;
  /** How many functions hear this characteristic: one, or bytes come twice. */
  listeners = 0;
  constructor(
    readonly owner: FakeBleDevice,
    readonly uuid: string,
  ) {
    super();
  }
  get properties() {
    return { writeWithoutResponse: this.owner.withoutResponse };
  }
  override addEventListener(...args: Parameters<EventTarget['addEventListener']>): void {
    this.listeners++;
    super.addEventListener(...args);
  }
  override removeEventListener(...args: Parameters<EventTarget['removeEventListener']>): void {
    this.listeners--;
    super.removeEventListener(...args);
  }
  async startNotifications(): Promise<this> {
    await this.owner.operation();
    this.notifying = true;
    return this;
  }
  async stopNotifications(): Promise<this> {
    await this.owner.operation();
    this.notifying = false;
    return this;
  }
  async writeValueWithoutResponse(part: Uint8Array): Promise<void> {
    if (!this.owner.withoutResponse) throw new DOMException('Not permitted', 'NotSupportedError');
    await this.#write(part);
  }
  async writeValueWithResponse(part: Uint8Array): Promise<void> {
    await this.#write(part);
  }
  async #write(part: Uint8Array): Promise<void> {
    if (part.length > 20) throw new DOMException('Too long for this link.', 'InvalidStateError');
    this.owner.writes++;
    await this.owner.operation();
    this.owner.received = concatBytes(this.owner.received, part);
  }
}

class FakeBleDevice extends EventTarget {
  received: Uint8Array = new Uint8Array(0);
  busy = false;
  connected = false;
  withoutResponse = true;
  /** The radio takes an operation and never reports its end. */
  hangs = false;
  writes = 0;
  connects = 0;
  readonly name: string;
  readonly #uart: BleUart;
  /** Kept across connections, as browsers do: old listeners stay unless they are removed. */
  readonly #chars = new Map<string, FakeCharacteristic>();

  constructor(uart: BleUart = BLE_UARTS[0], name = 'Head-7') {
    super();
    this.#uart = uart;
    this.name = name;
  }

  get gatt(): unknown {
    const service = { getCharacteristic: async (uuid: string) => this.#characteristic(uuid) };
    return {
      connected: this.connected,
      connect: async () => {
        this.connects++;
        await this.operation();
        this.connected = true;
        return {
          getPrimaryService: async (uuid: string) => {
            if (uuid === this.#uart.service) return service;
            throw new DOMException('No such service.', 'NotFoundError');
          },
        };
      },
      disconnect: () => {
        this.connected = false;
      },
    };
  }

  /** One operation at a time, as the stack demands; a lost link fails the one in hand. */
  async operation(): Promise<void> {
    if (this.busy) throw new DOMException('GATT operation already in progress.', 'NetworkError');
    const isUp = this.connected;
    this.busy = true;
    await new Promise((later) => setTimeout(later, 1));
    if (this.hangs) await new Promise(() => {});
    this.busy = false;
    if (isUp && !this.connected) throw new DOMException('GATT Server is gone.', 'NetworkError');
  }

  get listeners(): number {
    return this.#characteristic(this.#uart.notify).listeners;
  }

  emit(bytes: Uint8Array): void {
    const rx = this.#characteristic(this.#uart.notify);
    if (!rx.notifying) return;
    rx.value = new DataView(bytes.slice().buffer);
    rx.dispatchEvent(new Event('characteristicvaluechanged'));
  }

  drop(): void {
    this.connected = false;
    this.#characteristic(this.#uart.notify).notifying = false;
    this.dispatchEvent(new Event('gattserverdisconnected'));
  }

  #characteristic(uuid: string): FakeCharacteristic {
    const known = this.#chars.get(uuid) ?? new FakeCharacteristic(this, uuid);
    this.#chars.set(uuid, known);
    return known;
  }
}

const SLOW = { baud: 300, dataBits: 7, parity: 'even', stopBits: 1 } as const;

function rig(uart?: BleUart) {
  const device = new FakeBleDevice(uart);
  return {
    device,
    transport: new WebBluetoothTransport(device as unknown as BluetoothDevice),
    emit: (bytes: Uint8Array) => device.emit(bytes),
    received: () => device.received,
    lose: () => device.drop(),
  };
}

describe('Bluetooth UART', () => {
  transportConformance(() => rig());

  test.each(BLE_UARTS.map((uart) => [uart.name, uart] as const))('finds %s', async (_, uart) => {
    const { transport, device } = rig(uart);
    await transport.open(SLOW);
    await transport.write(Uint8Array.of(1, 2, 3));
    expect(device.received).toEqual(Uint8Array.of(1, 2, 3));
    device.emit(Uint8Array.of(4));
    expect(await takeBytes(transport.read(), 1)).toEqual(Uint8Array.of(4));
    await transport.close();
  });

  test('heads that acknowledge every write are written so', async () => {
    const { transport, device } = rig(BLE_UARTS[1]);
    device.withoutResponse = false;
    await transport.open(SLOW);
    await transport.write(new Uint8Array(41).fill(7));
    expect(device.received).toEqual(new Uint8Array(41).fill(7));
    expect(device.writes).toBe(3);
    await transport.close();
  });

  test('one listener after every reconnect, none after closing', async () => {
    const { transport, device } = rig();
    for (let round = 0; round < 3; round++) {
      await transport.open(SLOW);
      expect(device.listeners).toBe(1);
      device.drop();
      expect(transport.status).toBe('lost');
    }
    await transport.open(SLOW);
    device.emit(Uint8Array.of(1));
    device.emit(Uint8Array.of(2));
    expect(await takeBytes(transport.read(), 2)).toEqual(Uint8Array.of(1, 2));
    await transport.close();
    expect(device.listeners).toBe(0);
  });

  test('two openings at once connect once', async () => {
    const { transport, device } = rig();
    await Promise.all([transport.open(SLOW), transport.open(SLOW)]);
    expect([device.connects, device.listeners]).toEqual([1, 1]);
    await transport.close();
  });

  test.each([false, true])('a link lost in a write ends it (radio hangs: %s)', async (hangs) => {
    const { transport, device } = rig();
    await transport.open(SLOW);
    device.hangs = hangs;
    const failed = expect(transport.write(new Uint8Array(100))).rejects;
    const queued = expect(transport.write(Uint8Array.of(9))).rejects;
    await new Promise((later) => setTimeout(later, 0));
    device.drop();
    await failed.toMatchObject({ name: 'DeviceError', code: 'disconnected' });
    await queued.toMatchObject({ name: 'DeviceError', code: 'disconnected' });
    expect(device.writes).toBe(1);
  });

  test('the rest of a broken write never reaches the next link', async () => {
    const { transport, device } = rig();
    await transport.open(SLOW);
    const broken = transport.write(new Uint8Array(60).fill(1)).catch(() => {});
    await new Promise((later) => setTimeout(later, 0));
    device.drop();
    await broken;
    await new Promise((later) => setTimeout(later, 5));
    device.received = new Uint8Array(0);
    await transport.open(SLOW);
    await transport.write(Uint8Array.of(2));
    expect(device.received).toEqual(Uint8Array.of(2));
    await transport.close();
  });

  test('closing in a write waits for the operation in hand', async () => {
    const { transport, device } = rig();
    await transport.open(SLOW);
    const broken = expect(transport.write(new Uint8Array(60))).rejects;
    await new Promise((later) => setTimeout(later, 0));
    await transport.close();
    await broken.toMatchObject({ code: 'disconnected' });
    expect([device.connected, device.listeners, device.busy]).toEqual([false, 0, false]);
  });

  test('a link lost while opening is disconnected, not unfit', async () => {
    const { transport, device } = rig();
    device.hangs = true;
    const failed = expect(transport.open(SLOW)).rejects;
    await new Promise((later) => setTimeout(later, 3));
    device.drop();
    await failed.toMatchObject({ code: 'disconnected' });
    expect(transport.status).toBe('closed');
    device.hangs = device.busy = false;
    await transport.open(SLOW);
    expect(device.listeners).toBe(1);
    await transport.close();
  });

  test('a device without a byte stream is unfit and let go', async () => {
    const { transport, device } = rig({ ...BLE_UARTS[0], service: 'something-else' });
    await expect(transport.open(SLOW)).rejects.toMatchObject({ code: 'unfit' });
    expect(device.connected).toBe(false);
  });
});
