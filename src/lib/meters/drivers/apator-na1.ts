/**
 * Apator NA-1 and its kin (version 14h): water meters that seal one block of their own layout with
 * the meter's key, AES-128 in CBC mode with the vector of security mode 5.
 *
 * | CI | access 1 | ? 1 | sealed 16 |; in clear:
 * | 2F | total bits 0 to 3 1 | total bits 4 to 27 3 | ? 8 | 00 00 | flag 1 |
 */
import { aesCbcDecrypt } from '../crypto/aes.ts';
import { mode5Iv } from '../mbus/security.ts';
import type { Driver, DriverInput } from './driver.ts';

const [ACCESS, SEALED, END] = [1, 3, 19];
const FILLER = 0x2f;

/** The filler in front and 23 bits of nought at the end prove the key. */
function unlock({ addressBytes, payload }: DriverInput, key: Uint8Array): Uint8Array | null {
  const iv = mode5Iv(addressBytes, payload[ACCESS]!);
  const clear = aesCbcDecrypt(key, iv, payload.subarray(SEALED, END));
  const isProved = clear[0] === FILLER && !clear[13] && !clear[14] && !(clear[15]! & 0x7f);
  return isProved ? clear : null;
}

/** Litres: the lowest four bits stand apart from the others. */
const total = (b: Uint8Array): Uint8Array =>
  Uint8Array.of(
    (b[1]! & 15) | (b[2]! << 4),
    (b[2]! >> 4) | (b[3]! << 4),
    (b[3]! >> 4) | (b[4]! << 4),
    b[4]! >> 4,
  );

export const APATOR_NA1: Driver = {
  name: 'apator-na1',
  source: 'ci',
  meters: [{ manufacturer: 'APA', versions: [0x14], types: [0x07] }],
  cis: [0xa0, 0xa1],
  size: END,
  unlock,
  fields: [{ dif: '04', vif: '13', derive: total }],
  clause: 'Source: telegrams of version 14h whose keys and dials are known',
};
