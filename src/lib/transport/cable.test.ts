import { afterEach, describe, expect, test, vi } from 'vitest';
import { SimCh34x, SimCp210x } from '../../../tests/support/usb-chips.ts';
import { SimUsb } from '../../../tests/support/usb-device.ts';
import { cableWays, knownCables, requestCable } from './cable.ts';
import { usbFilters } from './web-usb.ts';

const ANDROID = 'Mozilla/5.0 (Linux; Android 10; K) Chrome/148.0.0.0 Mobile Safari/537.36';
const DESKTOP = 'Mozilla/5.0 (X11; Linux x86_64) Chrome/148.0.0.0 Safari/537.36';
const serialPort = { getInfo: () => ({ usbVendorId: 0x0403, usbProductId: 0x6001 }) };
const serial = { getPorts: async () => [serialPort], requestPort: async () => serialPort };

const browser = (userAgent: string, offers: object): void => {
  vi.stubGlobal('navigator', { userAgent, ...offers });
};
afterEach(() => void vi.unstubAllGlobals());

describe('ways to a device on a cable', () => {
  test.each([
    ['a computer with both', DESKTOP, { serial, usb: {} }, ['serial']],
    ['a computer with WebUSB alone', DESKTOP, { usb: {} }, ['usb']],
    ['a phone with WebUSB alone', ANDROID, { usb: {} }, ['usb']],
    ['a phone with both', ANDROID, { serial, usb: {} }, ['serial', 'usb']],
    ['Web Serial alone', DESKTOP, { serial }, ['serial']],
    ['neither', ANDROID, {}, []],
  ])('%s', (_name, userAgent, offers, ways) => {
    browser(userAgent, offers);
    expect(cableWays()).toEqual(ways);
  });

  test('adapters allowed before come from every way that is offered', async () => {
    const usb = new SimUsb(() => new SimCh34x());
    browser(ANDROID, { serial, usb });
    expect((await knownCables()).map(({ name }) => name)).toEqual(['USB FTDI', 'USB CH340']);
    browser(DESKTOP, { serial, usb });
    expect((await knownCables()).map(({ name }) => name)).toEqual(['USB FTDI']);
    browser(ANDROID, {});
    expect(await knownCables()).toEqual([]);
  });

  test('the chooser of a phone lists the adapters that have a driver', async () => {
    const sim = new SimUsb(() => new SimCp210x());
    const requestDevice = vi.fn(async () => sim.usbDevice);
    browser(ANDROID, { usb: Object.assign(sim, { requestDevice }) });
    const cable = await requestCable();
    expect(cable).toMatchObject({ name: 'USB CP210x', kind: null, status: 'closed' });
    expect(requestDevice).toHaveBeenCalledWith({ filters: usbFilters() });
    expect(usbFilters()).toContainEqual({ vendorId: 0x0403 });
    expect(usbFilters()).toContainEqual({ vendorId: 0x1a86, productId: 0x7523 });
    expect(usbFilters()).toContainEqual({ classCode: 2 });
    expect(usbFilters()).not.toContainEqual({ vendorId: 0x067b });
  });

  test('a closed chooser is permission-denied, no way at all unsupported', async () => {
    const closed = () => Promise.reject(new DOMException('No device selected.', 'NotFoundError'));
    browser(ANDROID, { usb: { requestDevice: closed } });
    await expect(requestCable()).rejects.toMatchObject({ code: 'permission-denied' });
    browser(ANDROID, {});
    await expect(requestCable()).rejects.toMatchObject({ code: 'unsupported' });
  });
});
