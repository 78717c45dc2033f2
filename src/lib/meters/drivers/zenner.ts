/**
 * Zenner water meters of version 0Bh: an ordinary header, then a manufacturer's block with the
 * volumes in 256ths of a litre.
 *
 * | status 4 | at due date 4 | total 4 |
 */
import type { Driver } from './driver.ts';

/** 1/256 l is 390625 hundred-millionths of a litre: VIF 10h with a factor of 10^-5. */
const STEP = 390_625n;

function volume(b: Uint8Array, at: number): Uint8Array {
  const view = new DataView(b.buffer, b.byteOffset + at, 4);
  const out = new DataView(new ArrayBuffer(8));
  out.setBigUint64(0, BigInt(view.getUint32(0, true)) * STEP, true);
  return new Uint8Array(out.buffer);
}

/** VIF 10h is a millilitre; two corrections by 10^-3 and 10^-2 make it 10^-5 of that. */
const VOLUME = '90F374';

export const ZENNER: Driver = {
  name: 'zenner-water',
  source: 'block',
  meters: [{ manufacturer: 'ZRI', versions: [0x0b] }],
  size: 12,
  fields: [
    { dif: '07', vif: VOLUME, derive: (b) => volume(b, 8) },
    { dif: '47', vif: VOLUME, derive: (b) => volume(b, 4) },
    { dif: '04', vif: 'FD17', at: 0 },
  ],
  clause: 'Source: telegrams of Zenner version 0Bh; due-date value and total in the same unit',
};
