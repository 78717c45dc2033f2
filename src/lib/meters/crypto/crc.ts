/**
 * The 16-bit CRCs of metering. Knows no frame; called by the framers and codecs of `meters/`.
 * Each walks a 256-entry table that is built once from its polynomial.
 */

/** Table of a CRC that shifts towards the most significant bit. */
function forwardTable(polynomial: number): Uint16Array {
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let crc = byte << 8;
    for (let i = 0; i < 8; i++) crc = crc & 0x8000 ? (crc << 1) ^ polynomial : crc << 1;
    return crc;
  });
}

/** Table of a CRC that shifts towards the least significant bit; `polynomial` is reversed. */
function reflectedTable(polynomial: number): Uint16Array {
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    return crc;
  });
}

const EN13757 = forwardTable(0x3d65);
const X25 = reflectedTable(0x8408);
const ARC = reflectedTable(0xa001);

/**
 * EN 13757-4 clause 11.3.5: polynomial 3D65h, start 0, result inverted. Of `bytes[from, to)`.
 * Sent most significant byte first on the radio link.
 */
export function crcEn13757(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let crc = 0;
  for (let i = from; i < to; i++) crc = (crc << 8) ^ EN13757[((crc >>> 8) ^ bytes[i]!) & 255]!;
  return ~crc & 0xffff;
}

/** ISO/IEC 13239 (HDLC, X.25): polynomial 1021h reflected, start FFFFh, result inverted. */
export function crcX25(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let crc = 0xffff;
  for (let i = from; i < to; i++) crc = (crc >>> 8) ^ X25[(crc ^ bytes[i]!) & 255]!;
  return ~crc & 0xffff;
}

/** CRC-16/ARC: polynomial 8005h reflected, start 0 (DSMR P1 telegrams). */
export function crcArc(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let crc = 0;
  for (let i = from; i < to; i++) crc = (crc >>> 8) ^ ARC[(crc ^ bytes[i]!) & 255]!;
  return crc;
}

/** CRC-16/MODBUS: as ARC, start FFFFh (MODBUS over Serial Line V1.02 clause 6.2.2). */
export function crcModbus(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let crc = 0xffff;
  for (let i = from; i < to; i++) crc = (crc >>> 8) ^ ARC[(crc ^ bytes[i]!) & 255]!;
  return crc;
}

/** CRC-16/Kermit: as X.25 without start value and inversion; some SML meters send it instead. */
export function crcKermit(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let crc = 0;
  for (let i = from; i < to; i++) crc = (crc >>> 8) ^ X25[(crc ^ bytes[i]!) & 255]!;
  return crc;
}
