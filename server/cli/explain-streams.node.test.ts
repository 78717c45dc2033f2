import { expect, test } from 'vitest';
import { fromLatin1, toHex } from '#lib/base/bytes.ts';
import { encodeData } from '#lib/meters/iec62056-21/message.ts';
import { explainArguments } from './decode-explain.ts';
import { SIMULATED_DEVICES } from './simulate-streams.table.ts';

function explain(args: readonly string[]): { code: number; text: string } {
  const lines: string[] = [];
  const code = explainArguments(args, (line) => lines.push(line));
  return { code, text: lines.join('\n') };
}

const AT = Date.UTC(2026, 0, 15, 12);
const pushOf = (name: string): Uint8Array =>
  SIMULATED_DEVICES.find((row) => row.name === name)!
    .make(1, AT)
    .push!.next(AT);

test.each([
  ['p1', /P1 telegram, check sum right.*manufacturer.*Registers\s+1-0:1\.8\.1/s],
  ['p1-3', /P1 telegram, check sum absent.*Registers/s],
  ['sml', /SML file: whole.*get-list-response.*objName\s+1-0:1\.8\.0\*255.*Registers/s],
  ['iec-d', /IEC 62056-21 data, block check right.*manufacturer\s+KLT.*Registers/s],
])('%s is explained', (name, expected) => {
  const { code, text } = explain([toHex(pushOf(name))]);
  expect(text).toMatch(expected);
  expect(code).toBe(0);
});

test('an encrypted P1 telegram needs its key', () => {
  const hex = toHex(pushOf('p1-sealed'));
  expect(explain([hex])).toMatchObject({ code: 1 });
  expect(explain([hex]).text).toMatch(/needs --key.*invocation_counter/s);
  const opened = explain([hex, '--key', '00'.repeat(16)]);
  expect(opened.text).toMatch(/opened.*Inside\nP1 telegram, check sum right/s);
  // A key that does not open it shows nothing of it.
  expect(explain([hex, '--key', '11'.repeat(16)]).text).not.toMatch(/P1|1-0:1\.8/);
});

test.each([
  ['11030400030011DBFE', /Modbus rtu, response.*function\s+\S.*registers 3 17.*crc\s+right/s],
  ['000100000006110300010002', /Modbus tcp, request.*transaction\s+1.*count 2/s],
])('Modbus %s', (hex, expected) => {
  expect(explain([hex]).text).toMatch(expected);
});

test('damage is said aloud and ends with another exit code', () => {
  const p1 = pushOf('p1');
  p1[40]! ^= 1;
  expect(explain([toHex(p1)])).toMatchObject({ code: 1 });
  expect(explain([toHex(p1)]).text).toMatch(/do not trust/);
  const block = encodeData('1.8.0(1*kWh)\r\n!\r\n');
  block[block.length - 1]! ^= 1;
  expect(explain([toHex(block)])).toMatchObject({ code: 1 });
  expect(explain([toHex(fromLatin1('/?!\r\n'))]).text).toMatch(/IEC 62056-21 request/);
});
