import { expect, test } from 'vitest';
import { fromHex, toHex } from '#lib/base/bytes.ts';
import { createPrng } from '#lib/base/prng.ts';
import { associationOf, isCiphered, makeAare, makeAarq, makeRelease } from './acse.ts';
import { decodeApdu, encodeApdu, type Apdu } from './apdu.ts';
import { conformanceNames, conformanceOf, readInvoke, writeInvoke } from './fields.ts';
import { SERVICES } from './services.table.ts';

const hex = (text: string): Uint8Array => {
  const bytes = fromHex(text);
  if (!bytes.ok) throw new Error(bytes.error.detail);
  return bytes.value;
};

/** One well-formed APDU of every choice, built from the grammar of IEC 62056-5-3:2017 clause 8. */
const ATTRIBUTE = '0003 0100010800FF 02';
const METHOD = '000F 0000280000FF 01';
const BLOCK = '01 00000002 03 AABBCC';
const SAMPLES: readonly (readonly [type: string, text: string])[] = [
  ['initiate-request', '01 00 00 00 06 5F1F0400 00501F FFFF'],
  ['initiate-request', '01 01 02 ABCD 01 00 01 05 06 5F1F0400 00501F FFFF'],
  ['initiate-response', '08 00 06 5F1F0400 00501D 01F4 0007'],
  ['initiate-response', '08 01 00 06 5F0400 00501D 01F4 0007'],
  ['confirmed-service-error', '0E 01 06 01'],
  ['data-notification', '0F 40000001 00 020112002A'],
  ['data-notification', '0F 00000001 0C 07E90A1403082A1E00FFC480 0600000001'],
  ['data-notification', '0F 00000001 09 0C 07E90A1403082A1E00FFC480 0600000001'],
  ['get-request-normal', `C0 01 C1 ${ATTRIBUTE} 00`],
  ['get-request-normal', `C0 01 C1 ${ATTRIBUTE} 01 02 0204 0600000001 0600000002 120001 120000`],
  ['get-request-next', 'C0 02 C1 00000001'],
  ['get-request-with-list', `C0 03 C1 02 ${ATTRIBUTE} 00 ${ATTRIBUTE} 01 01 00`],
  ['set-request-normal', `C1 01 C1 ${ATTRIBUTE} 00 120001`],
  ['set-request-with-first-datablock', `C1 02 C1 ${ATTRIBUTE} 00 ${BLOCK}`],
  ['set-request-with-datablock', `C1 03 C1 ${BLOCK}`],
  ['set-request-with-list', `C1 04 C1 01 ${ATTRIBUTE} 00 01 120001`],
  ['set-request-with-list-and-first-datablock', `C1 05 C1 01 ${ATTRIBUTE} 00 ${BLOCK}`],
  ['event-notification-request', `C2 00 ${ATTRIBUTE} 00`],
  ['action-request-normal', `C3 01 C1 ${METHOD} 00`],
  ['action-request-normal', `C3 01 C1 ${METHOD} 01 0900`],
  ['action-request-next-pblock', 'C3 02 C1 00000001'],
  ['action-request-with-list', `C3 03 C1 01 ${METHOD} 01 00`],
  ['action-request-with-first-pblock', `C3 04 C1 ${METHOD} ${BLOCK}`],
  ['action-request-with-list-and-first-pblock', `C3 05 C1 01 ${METHOD} ${BLOCK}`],
  ['action-request-with-pblock', `C3 06 C1 ${BLOCK}`],
  ['get-response-normal', 'C4 01 C1 00 0600000001'],
  ['get-response-normal', 'C4 01 C1 01 04'],
  ['get-response-with-block', 'C4 02 C1 00 00000001 00 03 AABBCC'],
  ['get-response-with-block', 'C4 02 C1 FF 00000001 01 0E'],
  ['get-response-with-list', 'C4 03 C1 02 00 120001 01 0B'],
  ['set-response-normal', 'C5 01 C1 00'],
  ['set-response-datablock', 'C5 02 C1 00000001'],
  ['set-response-last-datablock', 'C5 03 C1 00 00000002'],
  ['set-response-last-datablock-with-list', 'C5 04 C1 02 00 03 00000002'],
  ['set-response-with-list', 'C5 05 C1 02 00 03'],
  ['action-response-normal', 'C7 01 C1 00 00'],
  ['action-response-normal', 'C7 01 C1 00 01 00 0900'],
  ['action-response-with-pblock', `C7 02 C1 ${BLOCK}`],
  ['action-response-with-list', 'C7 03 C1 02 00 00 0C 01 01 03'],
  ['action-response-next-pblock', 'C7 04 C1 00000001'],
  ['access-request', `D9 40000001 00 01 01 ${ATTRIBUTE} 01 00`],
  ['access-response', 'DA 40000001 00 00 01 120001 01 01 00'],
  ['general-glo-ciphering', 'DB 08 4B4C540000000001 06 200000000100'],
  ['general-ded-ciphering', 'DC 00 06 200000000100'],
  ['general-ciphering', 'DD 01 01 01 02 01 03 00 00 01 00 01 06 200000000100'],
  ['general-signing', 'DF 01 01 01 02 01 03 00 00 01 00 01 FF'],
  ['general-block-transfer', 'E0 C1 0001 0000 03 AABBCC'],
  ['exception-response', 'D8 01 02'],
  ['exception-response', 'D8 01 06 00000017'],
  ['glo-get-request', 'C8 06 200000000100'],
  ['glo-initiate-request', '21 06 200000000100'],
  ['ded-action-response', 'D7 06 200000000100'],
  ['rlrq', '62 00'],
  ['rlre', '63 03 800100'],
];

function read(bytes: Uint8Array): { readonly apdu: Apdu; readonly again: string } {
  const decoded = decodeApdu(bytes);
  if (!decoded.ok) throw new Error(`${toHex(bytes)}: ${decoded.error.detail}`);
  const { apdu, forms } = decoded.value;
  return { apdu, again: toHex(encodeApdu(apdu, forms)) };
}

test.each(SAMPLES)('%s: %s', (type, text) => {
  const bytes = hex(text);
  const { apdu, again } = read(bytes);
  expect(apdu.type).toBe(type);
  expect(again).toBe(toHex(bytes));
});

test('every row of the service table has a sample', () => {
  const seen = new Set(SAMPLES.map(([type]) => type));
  expect(SERVICES.map(({ type }) => type).filter((type) => !seen.has(type))).toEqual([]);
});

test('a cut APDU and one byte too many are faults', () => {
  for (const [type, text] of SAMPLES) {
    const bytes = hex(text);
    for (let n = 0; n < bytes.length; n++) {
      // An exception without its counter is the old form, whole in itself.
      if (type === 'exception-response' && n === 3) continue;
      expect(decodeApdu(bytes.subarray(0, n)).ok, `${text} cut at ${n}`).toBe(false);
    }
    const longer = decodeApdu(Uint8Array.of(...bytes, 0));
    expect(longer.ok ? 'ok' : longer.error.code, text).not.toBe('ok');
  }
});

test.each([
  ['unknown_apdu', 'FF00'],
  ['unsupported_apdu', '0501020100'],
  ['bad_choice', 'C009C100000001'],
  ['bad_choice', 'C401C10700'],
  ['bad_choice', `C001C1${ATTRIBUTE}02`],
  ['bad_choice', '6003 B00100'],
  ['bad_length', '6004 8002 0780 01'],
  ['bad_conformance', '0800065F1F0300501D01F40007'],
  ['unknown_type', 'C401C1000E'],
  ['bad_date_time', '0F000000010107E9'],
])('%s: %s', (code, text) => {
  const decoded = decodeApdu(hex(text));
  expect(decoded.ok ? 'ok' : decoded.error.code).toMatch(
    new RegExp(`${code}|truncated|trailing_bytes`),
  );
});

test('mutated APDUs never throw, and those that decode encode to their own bytes', () => {
  const prng = createPrng(4711);
  let decodedCount = 0;
  for (let i = 0; i < 6000; i++) {
    const bytes = hex(prng.pick(SAMPLES)[1]).slice();
    for (let k = prng.int(1, 3); k > 0; k--) {
      bytes[prng.int(0, bytes.length)] = prng.int(0, 256);
    }
    const decoded = decodeApdu(bytes);
    if (!decoded.ok) continue;
    decodedCount++;
    const again = encodeApdu(decoded.value.apdu, decoded.value.forms);
    expect(toHex(again)).toBe(toHex(bytes));
  }
  expect(decodedCount).toBeGreaterThan(1000);
});

test('invoke id and conformance are taken apart and put together', () => {
  for (let v = 0; v < 256; v++) {
    if ((v & 0x30) === 0) expect(writeInvoke(readInvoke(v))).toBe(v);
  }
  const names = ['get', 'set', 'action', 'selective-access', 'block-transfer-with-get-or-read'];
  const field = conformanceOf(names);
  expect([...conformanceNames(field)].sort()).toEqual([...names].sort());
});

test('an association is built and read again', () => {
  const userInformation = hex('01000000065F1F040000501FFFFF');
  const title = hex('4B4C540000000001');
  const aarq = makeAarq({
    context: 3,
    mechanism: 5,
    systemTitle: title,
    authenticationValue: hex('0102030405060708'),
    userInformation,
  });
  const seen = read(encodeApdu(aarq)).apdu;
  expect(seen).toEqual(aarq);
  const association = associationOf(aarq);
  expect(isCiphered(association.context)).toBe(true);
  expect(association).toMatchObject({ mechanism: 5, systemTitle: title, userInformation });

  const aare = makeAare({
    context: 1,
    mechanism: null,
    systemTitle: null,
    authenticationValue: null,
    userInformation: hex('0800065F1F040000501D01F40007'),
    result: 1,
    diagnostic: 13,
  });
  expect(read(encodeApdu(aare)).apdu).toEqual(aare);
  expect(associationOf(aare)).toMatchObject({ result: 1, diagnostic: 13, mechanism: null });
  expect(toHex(encodeApdu(makeRelease('rlrq', null)))).toBe('6203800100');
});

// DLMS UA 1000-2, worked example of an AARQ with low level security (password 12345678).
test('the AARQ of the Green Book', () => {
  const text =
    '6036A1090607608574050801018A0207808B0760857405080201AC0A80083132333435363738' +
    'BE10040E01000000065F1F0400007E1F04B0';
  const { apdu, again } = read(hex(text));
  expect(again).toBe(text);
  expect('parts' in apdu && associationOf(apdu)).toMatchObject({
    context: 1,
    mechanism: 1,
    authenticationValue: hex('3132333435363738'),
  });
});
