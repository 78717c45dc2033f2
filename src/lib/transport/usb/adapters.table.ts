/**
 * USB ids (usb.org vendor list; product ids as the makers document them): what a person calls the
 * adapter, and which driver of this folder it needs where the browser brings none. `kind` is the
 * dongle whose set-up is tried first, where the id leaves no doubt. The first row that fits counts.
 */
export type UsbDriverName = 'ftdi' | 'cp210x' | 'ch34x' | 'cdc-acm';

export type UsbAdapter = {
  readonly vendor: number;
  /** Null: every product of the vendor that has bulk endpoints. */
  readonly product: number | null;
  readonly name: string;
  readonly kind: 'iu891a' | 'im871a' | 'cul' | null;
  /** Null: only the browser's own Web Serial knows this chip. */
  readonly driver: UsbDriverName | null;
};

/** Source: usb.org vendor ids; product ids from the makers' driver files. */
export const USB_ADAPTERS = [
  // IMST iU891A-XL: Cypress vendor id, USB CDC-ACM.
  { vendor: 0x04b4, product: 0x0003, name: 'IMST iU891A', kind: 'iu891a', driver: 'cdc-acm' },
  // IMST iM871A-USB: a CP2102 with IMST's own product id.
  { vendor: 0x10c4, product: 0x87ed, name: 'IMST iM871A', kind: 'im871a', driver: 'cp210x' },
  // busware CUL, Atmel CDC (culfw documentation).
  { vendor: 0x03eb, product: 0x204b, name: 'CUL', kind: 'cul', driver: 'cdc-acm' },
  { vendor: 0x0403, product: null, name: 'FTDI', kind: null, driver: 'ftdi' },
  { vendor: 0x10c4, product: null, name: 'CP210x', kind: null, driver: 'cp210x' },
  { vendor: 0x1a86, product: 0x7523, name: 'CH340', kind: null, driver: 'ch34x' },
  { vendor: 0x1a86, product: 0x7522, name: 'CH340', kind: null, driver: 'ch34x' },
  { vendor: 0x1a86, product: 0x5523, name: 'CH341', kind: null, driver: 'ch34x' },
  { vendor: 0x4348, product: 0x5523, name: 'CH341', kind: null, driver: 'ch34x' },
  // CH343, CH9102 and their family are CDC-ACM devices.
  { vendor: 0x1a86, product: null, name: 'CH343', kind: null, driver: 'cdc-acm' },
  { vendor: 0x067b, product: null, name: 'PL2303', kind: null, driver: null },
] as const satisfies readonly UsbAdapter[];

export function usbAdapter(info: {
  usbVendorId?: number | undefined;
  usbProductId?: number | undefined;
}): UsbAdapter | undefined {
  return USB_ADAPTERS.find(
    (row) =>
      row.vendor === info.usbVendorId &&
      (row.product === null || row.product === info.usbProductId),
  );
}
