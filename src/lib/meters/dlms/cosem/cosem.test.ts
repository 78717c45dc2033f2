import { expect, test } from 'vitest';
import { decodeData, encodeData, type DlmsData } from '../axdr.ts';
import { encodeDateTime, formatLocal } from '../date-time.ts';
import { integerOf } from '../values.ts';
import * as make from './build.ts';
import { CLASSES } from './classes.table.ts';
import { attributeName, fitsAttribute, scalerAttributeOf } from './objects.ts';
import { readBuffer, readColumns } from './profile.ts';
import {
  captureObjectData,
  CLOCK,
  encodeSelection,
  isWithin,
  readSelection,
  type CaptureObject,
  type ProfileSelection,
} from './selection.ts';

const ENERGY: CaptureObject = { classId: 3, obis: '1-0:1.8.0*255', attribute: 2, index: 0 };
const COLUMNS = [CLOCK, ENERGY];
const at = (hour: number, minute = 0) =>
  encodeDateTime(Date.UTC(2026, 9, 20, hour, minute), -120, true);
const QUARTERS = { columns: COLUMNS, periodS: 900 };

const shown = (buffer: DlmsData, shape = QUARTERS) => {
  const rows = readBuffer(buffer, shape);
  if (!rows.ok) return rows.error.code;
  return rows.value.map(({ time, cells }) => [
    time ? formatLocal(time)?.slice(11, 16) : null,
    cells[1]?.type === 'null-data' ? null : Number(integerOf(cells[1])),
  ]);
};
const row = (...cells: DlmsData[]) => make.structure(cells);

test('the classes that the library knows, each attribute and method once', () => {
  const ids = CLASSES.map(({ classId }) => classId);
  for (const id of [1, 3, 4, 5, 7, 8, 9, 11, 15, 17, 20, 22, 40, 64, 70, 71]) {
    expect(ids).toContain(id);
  }
  expect(new Set(ids).size).toBe(ids.length);
  for (const { name, attributes, methods } of CLASSES) {
    const numbers = attributes.map(([number]) => number);
    expect(numbers, name).toEqual(Array.from({ length: numbers.length }, (_, i) => i + 2));
    const calls = methods.map(([number]) => number);
    expect(calls, name).toEqual(Array.from({ length: calls.length }, (_, i) => i + 1));
  }
});

test('attributes by name and type', () => {
  expect(attributeName(3, 2)).toBe('register.value');
  expect(attributeName(20, 10)).toBe('activity_calendar.activate_passive_calendar_time');
  expect(attributeName(7, 1)).toBe('profile_generic.logical_name');
  expect(attributeName(999, 4)).toBe('class_999.attribute_4');
  expect([1, 3, 4, 5].map(scalerAttributeOf)).toEqual([null, 3, 3, 4]);
  expect(fitsAttribute(3, 3, make.scalerUnit(-1, 30))).toBe(true);
  expect(fitsAttribute(3, 3, make.u8(1))).toBe(false);
  expect(fitsAttribute(8, 2, make.octets(at(1)))).toBe(true);
  expect(fitsAttribute(8, 2, make.octets(new Uint8Array(3)))).toBe(false);
  expect(fitsAttribute(70, 3, make.u8(1))).toBe(false);
});

test('a profile: left-out clocks and values are put back', () => {
  const buffer = make.array([
    row(make.octets(at(4)), make.u32(100)),
    row(make.nothing, make.u32(105)),
    row(make.nothing, make.nothing),
    row(make.octets(at(6)), make.u32(120)),
    row(make.nothing, make.nothing),
  ]);
  expect(shown(buffer)).toEqual([
    ['06:00', 100],
    ['06:15', 105],
    ['06:30', 105],
    ['08:00', 120],
    ['08:15', 120],
  ]);
});

test('a clock over midnight, and one that cannot be derived', () => {
  const late = make.octets(encodeDateTime(Date.UTC(2026, 11, 31, 23, 50)));
  const buffer = make.array([row(late, make.u32(1)), row(make.nothing, make.u32(2))]);
  const rows = readBuffer(buffer, QUARTERS);
  expect(rows.ok && rows.value[1]!.time).toMatchObject({ year: 2027, month: 1, day: 1, minute: 5 });
  expect(shown(buffer, { columns: COLUMNS, periodS: 0 })).toEqual([
    ['23:50', 1],
    [null, 2],
  ]);
});

test('differences are added to the row before; the first row has none', () => {
  const delta = (type: 'delta-integer' | 'delta-long-unsigned', value: bigint): DlmsData => ({
    type,
    value,
  });
  const buffer = make.array([
    row(make.octets(at(0)), make.u32(1000)),
    row(make.nothing, delta('delta-long-unsigned', 300n)),
    row(make.nothing, delta('delta-integer', -5n)),
  ]);
  expect(shown(buffer)).toEqual([
    ['02:00', 1000],
    ['02:15', 1300],
    ['02:30', 1295],
  ]);
  const first = make.array([row(make.octets(at(0)), delta('delta-integer', 1n))]);
  expect(shown(first)).toBe('bad_delta');
});

test('a compact array is the same profile', () => {
  const rows = [0, 1].map((hour) => row(make.octets(at(hour)), make.u32(hour + 7)));
  const compact: DlmsData = {
    type: 'compact-array',
    description: {
      type: 'structure',
      elements: [{ type: 'octet-string' }, { type: 'double-long-unsigned' }],
    },
    value: rows,
  };
  const read = decodeData(encodeData(compact));
  expect(read.ok && shown(read.value.data)).toEqual([
    ['02:00', 7],
    ['03:00', 8],
  ]);
});

test('rows and columns that do not fit are refused', () => {
  expect(shown(make.array([row(make.u8(1))]))).toBe('bad_row');
  expect(shown(make.u8(1))).toBe('bad_buffer');
  expect(readColumns(make.array(COLUMNS.map(captureObjectData)))).toMatchObject({
    ok: true,
    value: COLUMNS,
  });
  expect(readColumns(make.array([make.u8(1)])).ok).toBe(false);
  expect(readColumns(make.nothing).ok).toBe(false);
});

test.each<ProfileSelection>([
  { kind: 'range', column: CLOCK, from: at(1), to: at(5) },
  { kind: 'entry', fromEntry: 3, toEntry: 9, fromColumn: 1, toColumn: 0 },
])('a selection by $kind is written and read again', (selection) => {
  const { selector, parameters } = encodeSelection(selection);
  expect(readSelection(selector, parameters)).toEqual(selection);
  for (let n = 0; n < parameters.length; n++) {
    expect(readSelection(selector, parameters.subarray(0, n))).toBeNull();
  }
  expect(readSelection(3 - selector, parameters)).toBeNull();
});

test('both ends belong to a range', () => {
  const range = { kind: 'range', column: CLOCK, from: at(1), to: at(5) } as const;
  const inside = [at(0, 59), at(1), at(3), at(5), at(5, 1)].map((time) => isWithin(time, range));
  expect(inside).toEqual([false, true, true, true, false]);
  expect(isWithin(new Uint8Array(3), range)).toBe(false);
});
