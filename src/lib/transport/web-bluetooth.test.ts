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
  readonly properties = { writeWithoutResponse: true };
  constructor(
    readonly owner: FakeBleDevice,
    readonly uuid: string,
  ) {
    super();
  }
  async startNotifications(): Promise<this> {
    this.notifying = true;
    return this;
  }
  async stopNotifications(): Promise<this> {
    this.notifying = false;
    return this;
  }
  async writeValueWithoutResponse(part: Uint8Array): Promise<void> {
    if (this.owner.busy) {
      throw new DOMException('GATT operation already in progress.', 'NetworkError');
    }
    if (part.length > 20) throw new DOMException('Too long for this link.', 'InvalidStateError');
    this.owner.busy = true;
    await new Promise((later) => setTimeout(later, 1));
    this.owner.busy = false;
    this.owner.received = concatBytes(this.owner.received, part);
  }
}

class FakeBleDevice extends EventTarget {
  received: Uint8Array = new Uint8Array(0);
  busy = false;
  connected = false;
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

  emit(bytes: Uint8Array): void {
    const rx = this.#characteristic(this.#uart.notify);
    if (!rx.notifying) return;
    rx.value = new DataView(bytes.slice().buffer);
    rx.dispatchEvent(new Event('characteristicvaluechanged'));
  }

  drop(): void {
    this.connected = false;
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

  test('a device without a byte stream is unsupported and let go', async () => {
    const { transport, device } = rig({ ...BLE_UARTS[0], service: 'something-else' });
    await expect(transport.open(SLOW)).rejects.toMatchObject({ code: 'unsupported' });
    expect(device.connected).toBe(false);
  });
});
