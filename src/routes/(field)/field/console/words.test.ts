/** Every code that the console can meet has words in three languages: a raw code is a fault. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { CONSOLE_FUNCTIONS, CONSOLE_ROLES } from '#lib/domain/console-rights.table.ts';
import { CONSOLE_DEVICES, CONSOLE_PROTOCOLS } from '#lib/field/console/types.ts';
import { METER_PROFILES, PARAMETER_GROUPS } from '#lib/field/emis-parameters.ts';
import { getLocale, overwriteGetLocale } from '#lib/i18n/paraglide/runtime.js';
import { ACCESS_RESULTS, ACTION_RESULTS } from '#lib/meters/dlms/cosem/results.table.ts';
import { EMIS_EVENTS } from '#lib/meters/drivers/emis951.table.ts';
import { QUANTITIES } from '#lib/meters/normalise.ts';
import * as words from './code-words.table.ts';
import { failureWords, hasFailureWords, problemWords } from './failure-words.table.ts';
import { barsOf } from './profile-chart.ts';
import { pathTo, treeRows } from './tree.ts';
import { quantityWord, valueParts, zoneWord } from './words.ts';

const LIB = join(import.meta.dirname, '../../../../lib');
const source = (path: string): string => readFileSync(join(LIB, path), 'utf8');

/** Members of a union of words, or of an array, as they stand in the source. */
function unionOf(path: string, name: string): string[] {
  const body = new RegExp(`type ${name} =([^;]+);`).exec(source(path))?.[1] ?? '';
  return [...body.matchAll(/'([a-z_-]+)'/g)].map((match) => match[1]!);
}

const UNIONS = [
  ['meters/dlms/client/dialog.ts', 'SessionFailure', 19],
  ['meters/iec62056-21/session.ts', 'ReadFailure', 7],
  ['meters/iec62056-21/sign-on.ts', 'SignOnFailure', 3],
  ['meters/iec62056-21/programming.ts', 'ProgrammingFailure', 9],
  ['meters/mbus/session.ts', 'BusFailure', 9],
  ['meters/modbus/session.ts', 'ModbusFailure', 5],
  ['transport/transport.ts', 'DeviceErrorCode', 7],
] as const;
const OWN = ['nothing_found', 'bad_value', 'not_allowed', 'stopped', 'weak_password'];

/** Codes that the console's own files name. */
function writtenCodes(): string[] {
  const files = readdirSync(join(LIB, 'field/console'))
    .filter((name) => name.endsWith('.ts') && !/test|export/.test(name))
    .map((name) => source(`field/console/${name}`));
  return files.flatMap((text) => [...text.matchAll(/fault\(\s*'([a-z_]+)'/g)].map((m) => m[1]!));
}

const before = getLocale();
afterAll(() => overwriteGetLocale(() => before));

describe.each(['ru', 'en', 'de'] as const)('%s', (locale) => {
  const say = <T>(work: () => T): T => {
    overwriteGetLocale(() => locale);
    return work();
  };

  test.each(UNIONS)('%s %s', (path, name, count) => {
    const codes = unionOf(path, name);
    expect(codes).toHaveLength(count);
    expect(codes.filter((code) => !hasFailureWords(code))).toEqual([]);
  });

  test('failures say what, why and that what was read is safe', () => {
    const unions = UNIONS.flatMap(([path, name]) => unionOf(path, name));
    const codes = [...new Set([...unions, ...OWN, ...writtenCodes()])];
    expect(codes.length).toBeGreaterThan(45);
    expect(codes.filter((code) => !hasFailureWords(code))).toEqual([]);
    const titles = say(() => codes.map((code) => failureWords(code)));
    expect(titles.filter(({ title, text }) => !title || text.length < title.length)).toEqual([]);
    const safe = { ru: /цело/, en: /is safe/, de: /bleibt erhalten/ }[locale];
    expect(titles.filter(({ text }) => !safe.test(text))).toEqual([]);
  });

  test('results of data access and actions', () => {
    const results = [...ACCESS_RESULTS.values(), ...ACTION_RESULTS.values()];
    expect(say(() => results.filter((one) => problemWords(one) === one))).toEqual([]);
  });

  test('events, parameters, profiles, commands, roles', () => {
    const silent = (codes: readonly string[], word: (code: string) => string): string[] =>
      say(() => codes.filter((code) => word(code) === code || word(code) === ''));
    expect(EMIS_EVENTS).toHaveLength(63);
    expect(
      silent(
        EMIS_EVENTS.map(({ event }) => event),
        words.eventKind,
      ),
    ).toEqual([]);
    // English says start and end like the codes.
    expect(say(() => ['start', 'end', 'once'].map(words.edgeName)).every(Boolean)).toBe(true);
    expect(silent(['A', 'B', 'C'], words.phaseName)).toEqual([]);
    const names = PARAMETER_GROUPS.flatMap((group) => group.names);
    expect(names.length).toBeGreaterThan(20);
    expect(silent(names, words.parameterName)).toEqual([]);
    expect(
      silent(
        PARAMETER_GROUPS.map(({ group }) => group),
        words.groupName,
      ),
    ).toEqual([]);
    expect(
      silent(
        METER_PROFILES.map(({ name }) => name),
        words.profileName,
      ),
    ).toEqual([]);
    const commands = /type CommandName =([^;]+);/.exec(source('field/console/types.ts'))?.[1] ?? '';
    const all = [...commands.matchAll(/'([a-z_]+)'/g)].map((match) => match[1]!);
    expect(all).toHaveLength(15);
    expect(silent(all, words.commandName)).toEqual([]);
    expect(silent(CONSOLE_ROLES, words.roleName)).toEqual([]);
    expect(silent(CONSOLE_ROLES, words.roleHow)).toEqual([]);
    expect(silent(CONSOLE_DEVICES, words.simulatedName)).toEqual([]);
    expect(silent(CONSOLE_DEVICES, words.simulatedHow)).toEqual([]);
    expect(say(() => CONSOLE_PROTOCOLS.map(words.protocolName)).every(Boolean)).toBe(true);
    const states = ['running', 'done', 'failed', 'stopped'];
    expect(say(() => states.map(words.statusName)).every(Boolean)).toBe(true);
    // Reading is for everybody, and roles are managed by changing their passwords.
    const reading = ['read_parameters', 'export_table', 'manage_roles'];
    const gated = CONSOLE_FUNCTIONS.filter((one) => !reading.includes(one));
    expect(silent(gated, words.mayWords)).toEqual([]);
  });

  test('quantities of every canonical unit', () => {
    const silent = Object.values(QUANTITIES).filter(
      (one) => say(() => quantityWord(one)) === one && /_/.test(one),
    );
    expect(silent).toEqual([]);
  });
});

describe('values', () => {
  const value = { code: '1-0:1.8.2', text: '4821500', unit: 'Wh', quantity: 'energy', time: null };

  test('watt-hours are told in thousands, without losing a digit', () => {
    overwriteGetLocale(() => 'en');
    expect(valueParts({ ...value, canonical: '4821500 Wh' })).toEqual({
      number: '4,821.500',
      unit: 'kWh',
    });
    expect(valueParts({ ...value, canonical: null, text: '7', unit: 'xyz' })).toEqual({
      number: '7',
      unit: 'xyz',
    });
  });

  test('a tariff register names its tariff, a total does not', () => {
    overwriteGetLocale(() => 'en');
    expect(zoneWord('1-0:1.8.2')).toBe('tariff 2');
    expect(zoneWord('1.8.0')).toBe('');
    expect(zoneWord('8-0:1.0.0')).toBe('');
  });
});

describe('profiles as bars', () => {
  const table = (code: string, cells: readonly (string | null)[]) => ({
    ref: { code: '', name: 'daily', capacity: null },
    serial: '',
    columns: [{ code, unit: 'Wh' }],
    rows: cells.map((cell, i) => ({ at: i, time: '', cells: [cell] })),
  });

  test('a register that only grows is drawn as what was added', () => {
    const bars = barsOf(table('1-0:1.8.0', ['1000', '4000', null, '9000', '9500']), 0);
    expect(bars.values).toEqual([null, 3, null, null, 0.5]);
    expect(bars).toMatchObject({ isIncrease: true });
  });

  test('one that falls, and a power, are drawn as they are', () => {
    expect(barsOf(table('1-0:1.8.0', ['5', '4']), 0)).toMatchObject({
      values: [5, 4],
      isIncrease: false,
    });
    expect(barsOf(table('1-0:1.6.0', ['5', '6']), 0).isIncrease).toBe(false);
  });
});

describe('the tree of the mains', () => {
  const meter = (number: number, parent: number | null) => ({
    ...{ number, parent, level: null, serial: `70000${number}`, isOnLine: true, failures: 0 },
    ...{ isBlackListed: false, lastSuccessAt: null, lastFailureAt: null },
  });

  test('children follow their way, rings and unknown places come last', () => {
    const meters = [
      meter(1, 0),
      meter(2, 1),
      meter(3, 0),
      meter(4, null),
      meter(5, 6),
      meter(6, 5),
    ];
    const rows = treeRows(meters).map(({ meter: { number }, depth, through }) => [
      number,
      depth,
      through,
    ]);
    expect(rows).toEqual([
      [1, 1, 1],
      [2, 2, 0],
      [3, 1, 0],
      [4, null, 0],
      [5, null, 0],
      [6, null, 0],
    ]);
    expect(pathTo(meters[1]!, meters).map(({ number }) => number)).toEqual([1, 2]);
    expect(pathTo(meters[4]!, meters).length).toBe(2);
  });
});
