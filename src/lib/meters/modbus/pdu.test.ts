import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '#lib/base/bytes.ts';
import { createPrng } from '#lib/base/prng.ts';
import { decodePdu, encodePdu, type Direction, type PduFields } from './pdu.ts';

const hex = (text: string): Uint8Array => {
  const bytes = fromHex(text);
  if (!bytes.ok) throw new Error(bytes.error.detail);
  return bytes.value;
};

const record = (fileNumber: number | null, recordNumber: number | null, data: string) => ({
  fileNumber,
  recordNumber,
  recordLength: data.length / 4,
  data: hex(data),
});

/** Examples of the clauses of MODBUS Application Protocol V1.1b3, by hand from their fields. */
const CASES: readonly (readonly [string, Direction, number, PduFields])[] = [
  ['01 0013 0013', 'request', 1, { address: 19, count: 19 }],
  ['02 01 05', 'response', 2, { bits: [true, false, true, false, false, false, false, false] }],
  ['03 006B 0003', 'request', 3, { address: 107, count: 3 }],
  ['03 06 022B 0000 0064', 'response', 3, { registers: [555, 0, 100] }],
  ['04 02 000A', 'response', 4, { registers: [10] }],
  ['05 00AC FF00', 'request', 5, { address: 172, bits: [true] }],
  ['06 0001 0003', 'response', 6, { address: 1, registers: [3] }],
  ['07', 'request', 7, {}],
  ['07 6D', 'response', 7, { status: 0x6d }],
  ['08 0000 A537', 'request', 8, { subFunction: 0, data: hex('A537') }],
  ['0B FFFF 0108', 'response', 11, { status: 0xffff, eventCount: 264 }],
  [
    '0C 08 0000 0108 0121 20 00',
    'response',
    12,
    { status: 0, eventCount: 264, messageCount: 289, events: [32, 0] },
  ],
  ['0F 0013 0003 01 05', 'request', 15, { address: 19, count: 3, bits: [true, false, true] }],
  ['10 0001 0002 04 000A 0102', 'request', 16, { address: 1, count: 2, registers: [10, 258] }],
  ['10 0001 0002', 'response', 16, { address: 1, count: 2 }],
  ['11 03 4B4C FF', 'response', 17, { serverId: hex('4B4C'), runIndicator: 255 }],
  [
    '14 0E 06 0004 0001 0002 06 0003 0009 0002',
    'request',
    20,
    {
      records: [
        { ...record(4, 1, ''), recordLength: 2 },
        { ...record(3, 9, ''), recordLength: 2 },
      ],
    },
  ],
  ['14 06 05 06 0DFE 0020', 'response', 20, { records: [record(null, null, '0DFE0020')] }],
  ['15 0B 06 0004 0007 0002 06AF 04BE', 'request', 21, { records: [record(4, 7, '06AF04BE')] }],
  ['16 0004 00F2 0025', 'response', 22, { address: 4, andMask: 0xf2, orMask: 0x25 }],
  [
    '17 0003 0006 000E 0001 02 00FF',
    'request',
    23,
    { readAddress: 3, readCount: 6, writeAddress: 14, writeCount: 1, writeRegisters: [255] },
  ],
  ['18 0006 0002 01B8 1284', 'response', 24, { count: 2, registers: [440, 4740] }],
  ['2B 0E 01 00', 'request', 43, { readCode: 1, objectId: 0 }],
  [
    '2B 0E 01 01 00 00 01 00 02 4B4C',
    'response',
    43,
    {
      readCode: 1,
      conformity: 1,
      moreFollows: 0,
      nextObjectId: 0,
      objects: [{ id: 0, value: hex('4B4C') }],
    },
  ],
  ['83 02', 'response', 3, { exceptionCode: 2 }],
];

describe('functions', () => {
  test.each(CASES)('%s (%s) is read and written', (text, direction, functionCode, fields) => {
    const pdu = { functionCode, direction, fields };
    expect(decodePdu(hex(text), direction)).toEqual({ ok: true, value: pdu });
    const written = encodePdu(pdu);
    expect(written.ok && toHex(written.value)).toBe(toHex(hex(text)));
  });

  test.each(CASES)('%s (%s) is refused when cut or longer', (text, direction) => {
    const bytes = hex(text);
    for (let end = 0; end < bytes.length; end++) {
      const cut = decodePdu(bytes.subarray(0, end), direction);
      // The data of diagnostics have no length of their own.
      if (bytes[0] === 8 && end >= 3) continue;
      expect(cut.ok, `cut at ${end}`).toBe(false);
    }
    const longer = decodePdu(Uint8Array.from([...bytes, 0]), direction);
    if (bytes[0] !== 8) expect(longer).toMatchObject({ ok: false, error: { code: 'bad_pdu' } });
  });
});

test.each([
  ['05 0001 1234', 'request', 'bad_pdu'],
  ['10 0001 0002 02 0001', 'request', 'bad_pdu'],
  ['2B 0D 00', 'request', 'bad_pdu'],
  ['14 02 01 07', 'response', 'bad_pdu'],
  ['83 02', 'request', 'unsupported_function'],
  ['64', 'request', 'unsupported_function'],
] as const)('%s (%s) is %s', (text, direction, code) => {
  expect(decodePdu(hex(text), direction)).toMatchObject({ ok: false, error: { code } });
});

test.each([
  [{ functionCode: 3, direction: 'request', fields: { address: 1 } }],
  [{ functionCode: 3, direction: 'request', fields: { address: 70_000, count: 1 } }],
  [{ functionCode: 6, direction: 'request', fields: { address: 1, registers: [] } }],
  [{ functionCode: 3, direction: 'response', fields: { registers: new Array(127).fill(0) } }],
  [{ functionCode: 99, direction: 'request', fields: {} }],
] as const)('%o cannot be written', (pdu) => {
  expect(encodePdu(pdu).ok).toBe(false);
});

test('random bytes never throw, and what is read is written back', () => {
  const prng = createPrng(502);
  let read = 0;
  for (let i = 0; i < 4000; i++) {
    const [text, direction] = prng.pick(CASES);
    const bytes = prng.chance(0.3) ? prng.bytes(prng.int(1, 40)) : hex(text);
    bytes[prng.int(0, bytes.length)]! ^= 1 << prng.int(0, 8);
    const pdu = decodePdu(bytes, direction);
    if (!pdu.ok) continue;
    read++;
    const again = encodePdu(pdu.value);
    // Padding bits and the two readings of a queue's byte count are not kept.
    const lossy = [15, 24].includes(pdu.value.functionCode);
    expect(again.ok).toBe(true);
    if (again.ok && !lossy) expect(toHex(again.value)).toBe(toHex(bytes));
  }
  expect(read).toBeGreaterThan(500);
});
