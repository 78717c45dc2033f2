/**
 * A Bluetooth UART head emulated by Chromium itself through the DevTools protocol: requestDevice,
 * discovery, writes and reads go through the real Web Bluetooth stack.
 *
 * The protocol has no "send notification": when the peripheral has something to say, the page is
 * made to read the characteristic, which raises the same event on the same object. Only that
 * trigger is synthetic.
 */
import type { Browser, CDPSession, Page } from '@playwright/test';

export const BLE_ARGS = ['--enable-features=WebBluetooth', '--enable-blink-features=WebBluetooth'];

const SERVICE = '6e400001-b5a3-f393-e0a9-e50e24dcca9e';
const FROM_PHONE = '6e400002-b5a3-f393-e0a9-e50e24dcca9e';
const TO_PHONE = '6e400003-b5a3-f393-e0a9-e50e24dcca9e';
const CLIENT_CONFIG = '00002902-0000-1000-8000-00805f9b34fb';

/** The emulation domain is newer than the typed protocol that playwright ships. */
type Send = (method: string, params?: object) => Promise<Record<string, string>>;
type On = (event: string, handler: (e: Record<string, never>) => void) => void;
const untyped = (session: CDPSession) => ({
  send: session.send.bind(session) as unknown as Send,
  on: session.on.bind(session) as unknown as On,
});

export type Notify = (bytes: Uint8Array) => Promise<void>;

export async function fakeBluetoothUart(
  browser: Browser,
  page: Page,
  options: { name: string; onWrite: (bytes: Uint8Array, notify: Notify) => void },
) {
  const address = '09:09:09:09:09:09';
  const radio = untyped(await browser.newBrowserCDPSession());
  const chooser = untyped(await page.context().newCDPSession(page));
  await page.addInitScript(hookNotifications);
  await radio.send('BluetoothEmulation.enable', { state: 'powered-on', leSupported: true });
  await radio.send('BluetoothEmulation.simulatePreconnectedPeripheral', {
    address,
    name: options.name,
    manufacturerData: [],
    knownServiceUuids: [SERVICE],
  });
  const { serviceId } = await radio.send('BluetoothEmulation.addService', {
    address,
    serviceUuid: SERVICE,
  });
  const { characteristicId: rx } = await radio.send('BluetoothEmulation.addCharacteristic', {
    serviceId,
    characteristicUuid: FROM_PHONE,
    properties: { write: true, writeWithoutResponse: true },
  });
  const { characteristicId: tx } = await radio.send('BluetoothEmulation.addCharacteristic', {
    serviceId,
    characteristicUuid: TO_PHONE,
    properties: { read: true, notify: true },
  });
  await radio.send('BluetoothEmulation.addDescriptor', {
    characteristicId: tx,
    descriptorUuid: CLIENT_CONFIG,
  });

  const waiting: Uint8Array[] = [];
  let last = Promise.resolve<unknown>(undefined);
  const notify: Notify = (bytes) => {
    waiting.push(bytes);
    last = last
      .then(() => page.evaluate((uuid) => window.__bleNotify?.(uuid), TO_PHONE))
      .catch(() => undefined);
    return last as Promise<void>;
  };
  radio.on('BluetoothEmulation.gattOperationReceived', (e: { type?: string }) => {
    void radio.send('BluetoothEmulation.simulateGATTOperationResponse', {
      address,
      type: e.type,
      code: 0,
    });
  });
  radio.on('BluetoothEmulation.characteristicOperationReceived', (raw) => {
    const e = raw as {
      type?: string;
      data?: string;
      writeType?: string;
      characteristicId?: string;
    };
    const isRead = e.type === 'read';
    if (e.writeType !== 'write-without-response') {
      const data = isRead ? Buffer.from(waiting.shift() ?? []).toString('base64') : undefined;
      void radio.send('BluetoothEmulation.simulateCharacteristicOperationResponse', {
        characteristicId: e.characteristicId,
        type: e.type,
        code: 0,
        data,
      });
    }
    if (e.type === 'write' && e.characteristicId === rx) {
      options.onWrite(Buffer.from(e.data ?? '', 'base64'), notify);
    }
  });
  // The prompt is announced twice; a second answer ends the browser.
  const answered = new Set<string>();
  chooser.on('DeviceAccess.deviceRequestPrompted', (raw) => {
    const e = raw as unknown as { id: string; devices: { id: string }[] };
    const device = e.devices[0];
    if (!device || answered.has(e.id)) return;
    answered.add(e.id);
    void chooser.send('DeviceAccess.selectPrompt', { id: e.id, deviceId: device.id });
  });
  await chooser.send('DeviceAccess.enable');
  return {
    notify,
    disconnect: () => radio.send('BluetoothEmulation.simulateGATTDisconnection', { address }),
    close: () => radio.send('BluetoothEmulation.disable'),
  };
}

declare global {
  interface Window {
    __bleNotify?: (uuid: string) => Promise<unknown> | undefined;
  }
}

/** Runs in the page: remembers which characteristics want notifications. */
function hookNotifications(): void {
  const subscribed = new Map<string, BluetoothRemoteGATTCharacteristic>();
  window.__bleNotify = (uuid) => subscribed.get(uuid)?.readValue();
  const { BluetoothRemoteGATTCharacteristic: real } = window as unknown as {
    BluetoothRemoteGATTCharacteristic?: { prototype: BluetoothRemoteGATTCharacteristic };
  };
  const prototype = real?.prototype;
  if (!prototype) return;
  const start = prototype.startNotifications;
  prototype.startNotifications = async function () {
    const result = await start.call(this);
    subscribed.set(this.uuid, this);
    return result;
  };
}
