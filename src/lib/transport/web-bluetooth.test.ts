import { describe, expect, test } from 'vitest';
import { BLE_UARTS, type BleUart } from './ble-uart.table.ts';
import { FakeBleDevice } from './fake-bluetooth.ts';
import { takeBytes, transportConformance } from './transport.conformance.ts';
import { WebBluetoothTransport } from './web-bluetooth.ts';

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
