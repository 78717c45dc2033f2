/** Every valid external telegram, decoded and encoded again, is the telegram that was sent. */
import { describe, expect, test } from 'vitest';
import { toHex } from '#lib/base/bytes.ts';
import { areVectorsHere, loadMeterCases, vectorFiles } from './support/meter-cases.ts';
import { tripsOf } from './support/round-trip.ts';

/**
 * The least that must be checked of each file: cases and parts of them. What is not checked is no
 * valid telegram, carries fillers or a receiver's time, or has a form that no standard fixes.
 */
const LEAST: Readonly<Record<string, readonly [cases: number, parts: number]>> = {
  mbus: [101, 184],
  mbus_records: [59, 59],
  wmbus: [292, 388],
  wmbus_frame: [6, 7],
  dongle: [14, 65],
  dlms_apdu: [59, 59],
  dlms_data: [59, 59],
  dlms_security: [3, 3],
  dlms_push: [60, 105],
  hdlc: [24, 25],
  sml: [35, 318],
  dsmr: [15, 15],
  iec62056_21: [27, 27],
  modbus: [180, 319],
};

if (!areVectorsHere()) console.log('Skipped: the external vectors are not on this machine.');

describe.skipIf(!areVectorsHere())('encode(decode(x)) = x', () => {
  test('every file of the vectors is covered', () => {
    expect([...vectorFiles()].sort()).toEqual(Object.keys(LEAST).sort());
  });

  test.each(Object.entries(LEAST))('%s: at least %j', (file, [leastCases, leastParts]) => {
    let cases = 0;
    let parts = 0;
    for (const one of loadMeterCases(file)) {
      const trips = tripsOf(one);
      for (const { part, sent, again } of trips) {
        expect(toHex(again), `${one.id}: ${part}`).toBe(toHex(sent));
      }
      cases += trips.length > 0 ? 1 : 0;
      parts += trips.length;
    }
    console.log(`round trip ${file}: ${cases} cases, ${parts} parts`);
    expect(cases).toBeGreaterThanOrEqual(leastCases);
    expect(parts).toBeGreaterThanOrEqual(leastParts);
  });
});
