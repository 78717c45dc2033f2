import { describe, expect, test } from 'vitest';
import {
  logText,
  metersSheet,
  profileSheet,
  readSet,
  setChanges,
  toCsv,
  toSet,
  toXlsx,
  valuesSheet,
  xlsxRows,
} from './export.ts';
import type { CommandEntry, ParameterValue } from './types.ts';

const AT = Date.UTC(2026, 10, 20, 20, 40);
const parameter = (name: string, text: string, more: Partial<ParameterValue> = {}) => ({
  ...{ name, group: 'server', isWritable: true, editor: 'text' as const, unit: '', problem: '' },
  text,
  ...more,
});

describe('tables', () => {
  const table = {
    ref: { code: '98.2.0', name: 'daily', capacity: 89 },
    serial: '1',
    columns: [{ code: '1-0:1.8.0', unit: 'Wh' }],
    rows: [
      { at: AT, time: '', cells: ['12345678901234567.5'] },
      { at: null, time: '2026-11-21 ??:??', cells: [null] },
    ],
  };
  const sheet = profileSheet(table, { name: 'Daily', time: 'Time' });

  test('a profile keeps exact decimals, instants and gaps', () => {
    expect(sheet.head).toEqual(['Time', '1-0:1.8.0, Wh']);
    expect(toCsv(sheet)).toBe(
      '\ufeffTime,"1-0:1.8.0, Wh"\r\n' +
        '2026-11-20T20:40:00.000Z,12345678901234567.5\r\n' +
        '2026-11-21 ??:??,\r\n',
    );
    // A spreadsheet would round it; text loses nothing.
    expect(xlsxRows(sheet)[1]![1]).toMatchObject({ value: '12345678901234567.5', type: String });
  });

  test('what looks like a formula stays text', () => {
    const evil = { name: 'x', head: ['a'], rows: [['=1+1'], ['say "hi"'], [{ decimal: '-5' }]] };
    expect(toCsv(evil)).toBe('\ufeffa\r\n\'=1+1\r\n"say ""hi"""\r\n-5\r\n');
  });

  test('values keep what the device said beside the canonical one', () => {
    const value = { code: 'x', text: '12', unit: 'l', quantity: 'volume', time: null };
    const readout = {
      identity: { serial: '1', manufacturer: '', model: '' },
      values: [{ ...value, canonical: '0.012 m3' }],
      profiles: [],
      neighbours: [],
      raw: new Uint8Array(0),
    };
    const head = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
    const { rows } = valuesSheet(readout, { name: 'v', head, quantity: (word) => `q:${word}` });
    expect(rows).toEqual([['x', 'q:volume', { decimal: '12' }, 'l', '0.012 m3', null]]);
  });

  test('meters keep both times and the number of failures', () => {
    const meter = { number: 4, serial: '70000004', isOnLine: true, isBlackListed: false };
    const rest = { lastSuccessAt: AT, lastFailureAt: null, failures: 2, parent: 0, level: 1 };
    const head = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
    const made = metersSheet([{ ...meter, ...rest }], { name: 'm', head, state: () => 'on' });
    expect(toCsv(made)).toContain('4,70000004,on,2026-11-20T20:40:00.000Z,,2\r\n');
  });

  test('the spreadsheet is a zip with the figures in it', async () => {
    const blob = await toXlsx([{ ...sheet, name: 'a/b:c' }]);
    const bytes = new Uint8Array(await blob.arrayBuffer());
    expect([...bytes.subarray(0, 2)]).toEqual([0x50, 0x4b]);
    expect(bytes.length).toBeGreaterThan(1000);
  });
});

describe('the set', () => {
  const values = [
    parameter('apn', 'internet'),
    parameter('main_server_address', '10.0.0.1'),
    parameter('modem_password', 'secret!', { editor: 'secret' }),
    parameter('serial_number', '95100042'),
    parameter('clock', '2026-11-20T20:40:00Z', { editor: 'clock' }),
    parameter('firmware', '1', { isWritable: false, editor: 'none' }),
    parameter('heartbeat', '', { problem: 'object-unavailable' }),
  ];

  test('carries what can be written, no secret, no number, no time', () => {
    const set = toSet(values);
    expect(set.parameters).toEqual({ apn: 'internet', main_server_address: '10.0.0.1' });
    expect(JSON.stringify(set)).not.toContain('secret!');
  });

  test('comes back from its file and says what would change', () => {
    const text = `\ufeff${JSON.stringify(toSet(values))}`;
    const back = readSet(text);
    expect(back).toEqual({ ok: true, value: toSet(values) });
    const next = [parameter('apn', 'other'), parameter('main_server_address', '10.0.0.1')];
    expect(setChanges(toSet(values), next)).toEqual({
      changes: [{ name: 'apn', now: 'other', then: 'internet' }],
      same: ['main_server_address'],
    });
  });

  test.each([
    'no json',
    'null',
    '[]',
    '{"format":"kilter-set/2","model":"emis951","parameters":{"apn":"x"}}',
    '{"format":"kilter-set/1","model":"emis951","parameters":{}}',
    '{"format":"kilter-set/1","model":"emis951","parameters":{"apn":5}}',
    '{"format":"kilter-set/1","model":"emis951","parameters":["apn"]}',
  ])('refuses %s', (text) => {
    expect(readSet(text)).toMatchObject({ ok: false, error: { code: 'bad_set' } });
  });
});

test('the log lists commands and their frames in the order of time', () => {
  const entry: CommandEntry = {
    ...{ id: 1, name: 'read', target: '5', startedAt: AT, endedAt: AT + 840, status: 'failed' },
    ...{ code: 'no_answer', detail: 'Nothing came in time.' },
    notes: [
      { at: AT, kind: 'opened', settings: { baud: 300, dataBits: 7, parity: 'even', stopBits: 1 } },
      { at: AT + 5, kind: 'sent', bytes: Uint8Array.from({ length: 17 }, (_, i) => i) },
      { at: AT + 9, kind: 'received', bytes: Uint8Array.of(0xe5) },
    ],
  };
  const text = logText([entry], { command: (name) => `c:${name}`, status: (one) => `s:${one}` });
  expect(text.split('\n')).toEqual([
    '2026-11-20T20:40:00.000Z  c:read  5  s:failed  840 ms  no_answer',
    '    Nothing came in time.',
    '    20:40:00.000 = 300 7E1',
    '    20:40:00.005 > 00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F',
    '    20:40:00.005 > 10',
    '    20:40:00.009 < E5',
    '',
  ]);
});
