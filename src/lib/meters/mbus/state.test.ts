import { expect, test } from 'vitest';
import { fromHex } from '#lib/base/bytes.ts';
import { decodeTelegram } from '../wmbus/decode.ts';
import { encodeTelegram } from '../wmbus/encode.ts';
import { hasErrorFlags, METER_REPORTS, reportsOfStatus, type MeterReport } from './state.ts';

test.each<[number, MeterReport[]]>([
  [0x00, []],
  [0x01, []],
  [0x02, ['application-error']],
  [0x03, ['alarm']],
  [0x04, ['battery-low']],
  [0x0c, ['battery-low', 'permanent-error']],
  [0x10, ['temporary-error']],
  [0x20, ['maker-status']],
  [0xff, ['alarm', 'battery-low', 'permanent-error', 'temporary-error', 'maker-status']],
])('status %i says %j', (status, reports) => {
  expect(reportsOfStatus(status)).toEqual(reports);
});

test('every status has words of the list only', () => {
  for (let status = 0; status < 256; status++) {
    for (const word of reportsOfStatus(status)) expect(METER_REPORTS).toContain(word);
  }
});

const flagsOf = (hex: string): boolean => {
  const payload = fromHex(hex);
  if (!payload.ok) throw new Error(payload.error.detail);
  const sender = { manufacturer: 'KLT', id: '12345678', version: 1, type: 7 };
  const plain = {
    format: 'stripped',
    sender,
    ci: 0x7a,
    access: 1,
    payload: payload.value,
  } as const;
  return hasErrorFlags(decodeTelegram(encodeTelegram(plain)).records);
};

test('error flags count when a present one is set', () => {
  expect(flagsOf('02FD170000')).toBe(false);
  expect(flagsOf('02FD170100')).toBe(true);
  // Storage 1: what was wrong at the key date.
  expect(flagsOf('42FD170100')).toBe(false);
  expect(flagsOf('0C1345230100')).toBe(false);
});
