import { expect, test } from 'vitest';
import { concatBytes, fromHex } from '#lib/base/bytes.ts';
import { decodeMbus } from '../mbus/decode.ts';
import { encodeLong } from '../mbus/frame.ts';
import { writeTpl } from '../mbus/tpl.ts';
import { encodeTelegram } from '../wmbus/encode.ts';
import { decodeTelegram } from '../wmbus/decode.ts';

const RECORDS = (() => {
  // 49.9926 Hz as a 32-bit real, and power factor 0.5 behind FFh.
  const bytes = fromHex('05FF0B6CF84742' + '05FF0A0000003F');
  if (!bytes.ok) throw new Error(bytes.error.detail);
  return bytes.value;
})();

const meter = (manufacturer: string) => ({ manufacturer, id: '00000123', version: 1, type: 2 });

function wired(manufacturer: string) {
  const head = { ci: 0x72, address: meter(manufacturer), access: 1, status: 0, config: 0 };
  return decodeMbus(encodeLong(8, 1, concatBytes(writeTpl(head), RECORDS))).records;
}

test('VIFs behind FFh are named for the manufacturer that documents them', () => {
  const [frequency, factor] = wired('SEC');
  expect(frequency).toMatchObject({ quantity: 'frequency', unit: 'Hz' });
  expect(frequency!.value.value).toBeCloseTo(49.9926, 3);
  expect(factor).toMatchObject({ quantity: 'power_factor', value: { value: 0.5 } });
  const sender = meter('SEC');
  const radio = encodeTelegram({ format: 'A', sender, ci: 0x7a, access: 1, payload: RECORDS });
  expect(decodeTelegram(radio).records[0]).toMatchObject({ quantity: 'frequency', unit: 'Hz' });
});

test('a remaining battery of one byte is per cent at Axioma and days elsewhere', () => {
  const battery = (manufacturer: string) => {
    const payload = Uint8Array.of(0x01, 0xfd, 0x74, 98);
    const input = { format: 'A', sender: meter(manufacturer), ci: 0x7a, access: 1 } as const;
    return decodeTelegram(encodeTelegram({ ...input, payload })).records[0]?.unit;
  };
  expect([battery('AXI'), battery('KLT')]).toEqual(['%', 'd']);
});

test('another manufacturer’s VIF stays what it is', () => {
  expect(wired('KLT')[0]).toMatchObject({ quantity: 'manufacturer_specific', unit: '' });
});

test('subunit 1 of a Schneider meter counts reactive energy in the VIF of active', () => {
  const bytes = fromHex('040310270000' + '84400310270000');
  const head = { ci: 0x72, address: meter('SEC'), access: 1, status: 0, config: 0 };
  const payload = concatBytes(writeTpl(head), bytes.ok ? bytes.value : RECORDS);
  const { records } = decodeMbus(encodeLong(8, 1, payload));
  expect(records.map(({ quantity, unit }) => [quantity, unit])).toEqual([
    ['energy', 'Wh'],
    ['reactive_energy', 'varh'],
  ]);
});

test('directions of IME are qualifiers: exported energy is no consumption', () => {
  const bytes = fromHex('04FF80843B0A000000' + '04FF80843C0B000000');
  const head = { ci: 0x72, address: meter('IME'), access: 1, status: 0, config: 0 };
  const payload = concatBytes(writeTpl(head), bytes.ok ? bytes.value : RECORDS);
  const { records } = decodeMbus(encodeLong(8, 1, payload));
  expect(records.map(({ qualifiers, value }) => [qualifiers, value.value])).toEqual([
    [['only_positive'], { units: 10n, scale: 1 }],
    [['only_negative'], { units: 11n, scale: 1 }],
  ]);
});
