/**
 * USB ids (usb.org vendor list; product ids as the makers document them) and what a person calls the
 * adapter. `kind` is the dongle whose set-up is tried first, where the id leaves no doubt.
 */
export type UsbName = {
  readonly vendor: number;
  readonly product: number | null;
  readonly name: string;
  readonly kind: 'iu891a' | 'cul' | null;
};

/** Source: usb.org vendor ids; product ids from the makers' driver files. */
export const USB_NAMES = [
  // IMST iU891A-XL: Cypress vendor id, USB CDC-ACM (protocols.md section 4).
  { vendor: 0x04b4, product: 0x0003, name: 'IMST iU891A', kind: 'iu891a' },
  // busware CUL, Atmel CDC (culfw documentation).
  { vendor: 0x03eb, product: 0x204b, name: 'CUL', kind: 'cul' },
  { vendor: 0x0403, product: null, name: 'FTDI', kind: null },
  { vendor: 0x10c4, product: null, name: 'CP210x', kind: null },
  { vendor: 0x1a86, product: null, name: 'CH340', kind: null },
  { vendor: 0x067b, product: null, name: 'PL2303', kind: null },
] as const satisfies readonly UsbName[];

export function usbName(info: {
  usbVendorId?: number | undefined;
  usbProductId?: number | undefined;
}): UsbName | undefined {
  return USB_NAMES.find(
    (row) =>
      row.vendor === info.usbVendorId &&
      (row.product === null || row.product === info.usbProductId),
  );
}
