/**
 * Apator: the water meter module APT-WMBUS-NA (version 05h), which sends numbered registers in its
 * own block, and the heat cost allocator E.ITN (version 04h), which sends one fixed row of fields.
 *
 * Water, behind DIF 0Fh; each register is its number and as many bytes as the number says:
 * | time 4 | status 3 | register, bytes | register, bytes | … | FFh … |
 *
 * Allocator, behind the CI byte, or behind a second header of the same CI further back:
 * | season start 2 | status 1 | last season 2 | ? 2 | now 2 | day 2 | room then 2 | room 2 |
 */
import type { Driver, DriverField } from './driver.ts';

const WATER_CLAUSE = 'Source: telegrams of version 05h, whose dials are known; no other register';
const ALLOCATOR_CLAUSE = 'Source: telegrams of version 04h, values and days of both seasons known';

const REGISTERS_AT = 7;
const TOTAL = 0x10;

/** Bytes behind a register number; null for numbers that no known telegram carries. */
function sizeOf(register: number): number | null {
  if (register === TOTAL || register === 0x42) return 4;
  if (register === 0x41 || register === 0x43) return 2;
  if (register === 0x44) return 3;
  return register >= 0x80 && register <= 0x87 ? 10 : null;
}

/** Data of the register with the total; null when an unknown register stands in front of it. */
function total(b: Uint8Array): Uint8Array | null {
  for (let at = REGISTERS_AT; at < b.length;) {
    const size = sizeOf(b[at]!);
    if (size === null || at + 1 + size > b.length) return null;
    if (b[at] === TOTAL) return b.subarray(at + 1, at + 1 + size);
    at += 1 + size;
  }
  return null;
}

export const APATOR_WATER: Driver = {
  name: 'apator-water',
  source: 'block',
  meters: [{ manufacturer: 'APA', versions: [0x05], types: [0x07] }],
  size: REGISTERS_AT + 5,
  fields: [{ dif: '04', vif: '13', derive: total }],
  clause: WATER_CLAUSE,
};

/** 1/256 K is 390625 hundred-millionths: VIF 64h is 10^-3, corrected by 10^-3 and 10^-2. */
const STEP = 390_625;
const TEMPERATURE = 'E4F374';

/** Day 5 bits, month 4 bits, year 7 bits, to the bits of type G. */
function dayOf(b: Uint8Array, at: number): Uint8Array {
  const n = b[at]! | (b[at + 1]! << 8);
  const year = n >> 9;
  return Uint8Array.of((n & 31) | ((year & 7) << 5), ((n >> 5) & 15) | ((year & 0x78) << 1));
}

function room(b: Uint8Array, at: number): Uint8Array {
  const n = ((((b[at + 1]! << 8) | b[at]!) << 16) >> 16) * STEP;
  const out = new DataView(new ArrayBuffer(8));
  out.setBigInt64(0, BigInt(n), true);
  return new Uint8Array(out.buffer);
}

/** The row whose first byte stands at `at` of the payload. */
const allocatorFields = (at: number): readonly DriverField[] => [
  { dif: '02', vif: '6E', at: at + 7 },
  { dif: '02', vif: '6C', derive: (b) => dayOf(b, at + 9) },
  { dif: '42', vif: '6E', at: at + 3 },
  { dif: '07', vif: TEMPERATURE, derive: (b) => room(b, at + 13), qualifier: 'average' },
  { dif: '47', vif: TEMPERATURE, derive: (b) => room(b, at + 11), qualifier: 'average' },
];

export const APATOR_ALLOCATOR: Driver = {
  name: 'apator-allocator',
  source: 'ci',
  meters: [
    { manufacturer: 'APA', versions: [0x04], types: [0x08] },
    { manufacturer: 'APT', versions: [0x04], types: [0x08] },
  ],
  cis: [0xa0],
  size: 16,
  fields: allocatorFields(1),
  clause: ALLOCATOR_CLAUSE,
};

/** CI B6h, a count of bytes, so many bytes of unknown meaning, then the same from CI A0h on. */
const PREFIX = 16;
const isPrefixed = (b: Uint8Array): boolean => b[1] === PREFIX - 2 && b[PREFIX] === 0xa0;

export const APATOR_ALLOCATOR_PREFIXED: Driver = {
  ...APATOR_ALLOCATOR,
  name: 'apator-allocator-prefixed',
  cis: [0xb6],
  size: PREFIX + 16,
  open: ({ payload }) => (isPrefixed(payload) ? payload : null),
  fields: allocatorFields(PREFIX + 1),
};
