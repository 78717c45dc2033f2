/**
 * PRIOS of Diehl and Sappel (Izar radio): water meters that send every few seconds, scrambled with
 * a shift register that starts from the sender's address and two keys which all of them share.
 *
 * Facts: the MIT-licensed wireless-mbus-parser; proved by the byte 4Bh that every telegram hides.
 *
 * | CI | period 1 | battery, alarms 1 | alarms 1 | VIF 1 | 4B | total 4 | at due date 4 | day 2 |
 */
import type { Driver, DriverInput } from './driver.ts';

const KEYS = [0x39bc8a10 ^ 0xe66d83f8, 0x51728910 ^ 0xe66d83f8] as const;
/** Scrambled from here on; the first byte is the proof. */
const CLEAR_BYTES = 5;
const PROOF = 0x4b;

const word = (b: Uint8Array, at: number): number =>
  (b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!;

/** Eight steps of the register, whose new bit is the sum of bits 1, 2, 11 and 31. */
function turn(register: number): number {
  for (let i = 0; i < 8; i++) {
    const bit = (register >>> 1) ^ (register >>> 2) ^ (register >>> 11) ^ (register >>> 31);
    register = (register << 1) | (bit & 1);
  }
  return register;
}

function unscramble(key: number, { addressBytes, payload }: DriverInput): Uint8Array {
  const out = payload.slice();
  let register = key ^ word(addressBytes, 0) ^ word(addressBytes, 4) ^ word(payload, 0);
  for (let i = CLEAR_BYTES; i < out.length; i++) {
    register = turn(register);
    out[i]! ^= register & 255;
  }
  return out;
}

/** The clear payload, or null when none of the keys gives the proof. */
export function openPrios(input: DriverInput): Uint8Array | null {
  for (const key of KEYS) {
    const clear = unscramble(key, input);
    if (clear[CLEAR_BYTES] === PROOF) return clear;
  }
  return null;
}

/** Twin of `openPrios`: the payload of a telegram whose clear bytes these are. */
export const sealPrios = (input: DriverInput): Uint8Array => unscramble(KEYS[1], input);

const HALF_YEAR_MONTHS = 6;
const CIS = [0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7];

export const PRIOS: Driver = {
  name: 'prios',
  source: 'ci',
  meters: [{ manufacturer: 'SAP' }, { manufacturer: 'DME' }, { manufacturer: 'HYD' }],
  cis: CIS,
  size: 10,
  open: openPrios,
  fields: [
    { dif: '04', vif: '13', vifAt: 4, at: 6 },
    { dif: '44', vif: '13', vifAt: 4, at: 10 },
    { dif: '42', vif: '6C', at: 14 },
    // Battery left, in half years.
    { dif: '02', vif: 'FDFD02', derive: (b) => Uint8Array.of((b[2]! & 31) * HALF_YEAR_MONTHS, 0) },
    // Alarms: leakage, blocked, backflow, under- and overflow, submerged, fraud.
    { dif: '03', vif: 'FD17', derive: (b) => Uint8Array.of(b[1]! & 0x80, b[2]! & 0xe0, b[3]!) },
  ],
  clause: 'Source: wireless-mbus-parser (MIT), clause PRIOS; telegrams of Izar meters',
};
