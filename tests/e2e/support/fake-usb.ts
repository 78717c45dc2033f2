/**
 * WebUSB for Chromium without hardware: `navigator.usb` of the page is a thin pass to a simulated
 * chip in Node, which is as strict as the browser and reads the same control requests as the metal.
 * The app's layout, driver and transport run as they are.
 */
import type { Page } from '@playwright/test';
import type { SimUsbDevice } from '../../support/usb-device.ts';

type Answer = { ok?: unknown; bytes?: number[]; fails?: { name: string; message: string } };

/** `isAlone`: the browser has no Web Serial, as Chrome on Android for many years. */
export async function fakeUsb(page: Page, device: SimUsbDevice, isAlone = true): Promise<void> {
  const target = device as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
  await page.exposeFunction('__usb', async (method: string, args: unknown[]): Promise<Answer> => {
    try {
      const given = args.map((arg) => (Array.isArray(arg) ? Uint8Array.from(arg) : arg));
      const result = (await target[method]!(...given)) as { data?: DataView } | undefined;
      const { data, ...rest } = result ?? {};
      if (!data) return { ok: rest };
      return { ok: rest, bytes: [...new Uint8Array(data.buffer)] };
    } catch (cause) {
      const { name, message } = cause as DOMException;
      return { fails: { name, message } };
    }
  });
  const { vendorId, productId, configurations } = device;
  const { deviceVersionMajor, deviceVersionMinor, deviceVersionSubminor } = device;
  await page.addInitScript(installFakeUsb, {
    isAlone,
    facts: {
      ...{ vendorId, productId, configurations },
      ...{ deviceVersionMajor, deviceVersionMinor, deviceVersionSubminor },
    },
  });
}

declare global {
  interface Window {
    __usb(method: string, args: unknown[]): Promise<Answer>;
  }
}

/** Runs in the page before any script of the app. */
function installFakeUsb({ isAlone, facts }: { isAlone: boolean; facts: object }): void {
  const plain = (arg: unknown): unknown =>
    ArrayBuffer.isView(arg) ? [...new Uint8Array(arg.buffer, arg.byteOffset, arg.byteLength)] : arg;
  const device: Record<string, unknown> = { ...facts, opened: false, configuration: null };
  const pass = (method: string, then = (): void => {}): void => {
    device[method] = async (...args: unknown[]) => {
      const answer = await window.__usb(method, args.map(plain));
      if (answer.fails) throw new DOMException(answer.fails.message, answer.fails.name);
      then();
      const data = answer.bytes && new DataView(Uint8Array.from(answer.bytes).buffer);
      return { ...(answer.ok as object), data };
    };
  };
  pass('open', () => (device['opened'] = true));
  pass('close', () => (device['opened'] = false));
  pass('selectConfiguration', () => {
    device['configuration'] = (device['configurations'] as unknown[])[0];
  });
  for (const method of ['claimInterface', 'releaseInterface', 'clearHalt']) pass(method);
  for (const method of ['controlTransferOut', 'controlTransferIn']) pass(method);
  for (const method of ['transferOut', 'transferIn']) pass(method);
  let isGranted = false;
  const usb = Object.assign(new EventTarget(), {
    getDevices: async () => (isGranted ? [device] : []),
    requestDevice: async ({ filters }: USBDeviceRequestOptions) => {
      if (!navigator.userActivation.isActive) {
        throw new DOMException('Must be handling a user gesture.', 'SecurityError');
      }
      const fits = filters.some(
        ({ vendorId, productId }) =>
          vendorId === device['vendorId'] && [undefined, device['productId']].includes(productId),
      );
      if (!fits) throw new DOMException('No device selected.', 'NotFoundError');
      isGranted = true;
      return device;
    },
  });
  Object.defineProperty(navigator, 'usb', { value: usb, configurable: true });
  if (isAlone) delete (Navigator.prototype as { serial?: Serial }).serial;
}
