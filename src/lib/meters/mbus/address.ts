/**
 * Addresses of meters: manufacturer letters and the two byte orders in which M-Bus sends them
 * (EN 13757-7:2018 clause 7.5). Knows no frame; called by the wired and wireless decoders.
 */
import { toHex } from '#lib/base/bytes.ts';
import type { DeviceAddress } from '../telegram.ts';

/** FLAG id: three letters of five bits each, `A` = 1 (EN 13757-7:2018 clause 7.5.2). */
export function decodeManufacturer(word: number): string {
  const letter = (shift: number): number => 64 + ((word >> shift) & 31);
  return String.fromCharCode(letter(10), letter(5), letter(0));
}

/** Twin of `decodeManufacturer`; letters outside `@`..`_` are cut to five bits. */
export function encodeManufacturer(text: string): number {
  let word = 0;
  for (let i = 0; i < 3; i++) word = (word << 5) | ((text.charCodeAt(i) - 64) & 31);
  return word;
}

const idText = (b: Uint8Array, at: number): string =>
  toHex(Uint8Array.of(b[at + 3]!, b[at + 2]!, b[at + 1]!, b[at]!));

/** Reads manufacturer, id, version, type: the order of the radio link layer, 8 bytes at `at`. */
export function readLinkAddress(b: Uint8Array, at: number): DeviceAddress {
  return {
    manufacturer: decodeManufacturer(b[at]! | (b[at + 1]! << 8)),
    id: idText(b, at + 2),
    version: b[at + 6]!,
    type: b[at + 7]!,
  };
}

/**
 * The eight bytes of an address in link order, as initial vectors need them. Twin of
 * `readLinkAddress`; `id` is eight hex digits.
 */
export function writeLinkAddress(address: DeviceAddress): Uint8Array {
  const word = encodeManufacturer(address.manufacturer);
  const id = parseInt(address.id, 16);
  return Uint8Array.of(
    word,
    word >> 8,
    id,
    id >>> 8,
    id >>> 16,
    id >>> 24,
    address.version,
    address.type,
  );
}

/** From id, manufacturer, version, type (order of the transport layer) to link order, and back. */
export const toLinkOrder = (b: Uint8Array): Uint8Array =>
  Uint8Array.of(b[4]!, b[5]!, b[0]!, b[1]!, b[2]!, b[3]!, b[6]!, b[7]!);
export const toTransportOrder = (b: Uint8Array): Uint8Array =>
  Uint8Array.of(b[2]!, b[3]!, b[4]!, b[5]!, b[0]!, b[1]!, b[6]!, b[7]!);
