/**
 * A serial port for Chromium without hardware: real ReadableStream and WritableStream, the user
 * gesture rule, the filter rule and the locked-stream errors of the Web Serial draft. The other end
 * is a device written in Node. Only `navigator.serial` itself is replaced; the app's transport,
 * framers and sessions run as they are.
 */
import type { Page } from '@playwright/test';

export type FakeDevice = { write(bytes: Uint8Array): void; close?(): void; open?(o: Opened): void };
export type Opened = { baudRate: number; dataBits?: number; parity?: string };
export type Emit = (bytes: Uint8Array) => Promise<void>;

export async function fakeSerial(page: Page, device: (emit: Emit) => FakeDevice, usb = FTDI) {
  let current: FakeDevice | undefined;
  const opened: Opened[] = [];
  const emit: Emit = (bytes) =>
    page.evaluate((list) => window.__serialEmit?.(list), [...bytes]).catch(() => undefined);
  await page.exposeFunction('__serialOpen', (options: Opened) => {
    opened.push(options);
    current ??= device(emit);
    current.open?.(options);
  });
  await page.exposeFunction('__serialWrite', (list: number[]) => {
    current?.write(Uint8Array.from(list));
  });
  await page.exposeFunction('__serialClose', () => current?.close?.());
  await page.addInitScript(installFakeSerial, usb);
  return { opened, emit };
}

export const FTDI = { usbVendorId: 0x0403, usbProductId: 0x6001 };

declare global {
  interface Window {
    __serialEmit?: (bytes: number[]) => void;
    __serialOpen(options: Opened): Promise<void>;
    __serialWrite(bytes: number[]): Promise<void>;
    __serialClose(): Promise<void>;
  }
}

/** Runs in the page before any script of the app. */
function installFakeSerial(usb: { usbVendorId: number; usbProductId: number }): void {
  let controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  window.__serialEmit = (list) => {
    try {
      controller?.enqueue(new Uint8Array(list));
    } catch {
      // A closed stream drops bytes, as a closed port does.
    }
  };
  class FakePort extends EventTarget {
    readable: ReadableStream<Uint8Array> | null = null;
    writable: WritableStream<Uint8Array> | null = null;
    connected = true;
    getInfo() {
      return usb;
    }
    async open(options: Opened) {
      if (this.readable) throw new DOMException('The port is already open.', 'InvalidStateError');
      if (!options?.baudRate) throw new TypeError("Required member 'baudRate' is undefined.");
      await window.__serialOpen({ ...options });
      this.readable = new ReadableStream<Uint8Array>({
        start: (c) => {
          controller = c;
        },
        cancel: () => {
          controller = null;
        },
      });
      this.writable = new WritableStream<Uint8Array>({
        write: (chunk) => window.__serialWrite([...chunk]),
      });
    }
    async setSignals() {}
    async getSignals() {
      return {
        dataCarrierDetect: true,
        clearToSend: true,
        ringIndicator: false,
        dataSetReady: true,
      };
    }
    async forget() {}
    async close() {
      if (this.readable?.locked || this.writable?.locked) {
        throw new TypeError('Cannot close a port whose streams are locked.');
      }
      this.readable = this.writable = null;
      controller = null;
      await window.__serialClose();
    }
  }
  const port = new FakePort();
  // A granted port stays granted after a reload, as in Chromium.
  const KEY = 'fake-serial-granted';
  type Filter = { usbVendorId?: number };
  const serial = Object.assign(new EventTarget(), {
    getPorts: async () => (localStorage.getItem(KEY) ? [port] : []),
    requestPort: async ({ filters }: { filters?: Filter[] } = {}) => {
      if (!navigator.userActivation.isActive) {
        throw new DOMException('Must be handling a user gesture.', 'SecurityError');
      }
      if (
        filters?.length &&
        !filters.some((f) => (f.usbVendorId ?? usb.usbVendorId) === usb.usbVendorId)
      ) {
        throw new DOMException('No port selected by the user.', 'NotFoundError');
      }
      localStorage.setItem(KEY, '1');
      return port;
    },
  });
  Object.defineProperty(navigator, 'serial', { value: serial, configurable: true });
}
