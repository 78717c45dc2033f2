/** Every code that the core can hand to the desk has words: a raw code on the screen is a fault. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FINDING_KINDS } from '#lib/domain/finding.ts';
import { PROOF_PROBLEMS } from '#lib/domain/install-evidence.ts';
import { EMIS_EVENTS } from '#lib/meters/drivers/emis951.table.ts';
import { METER_REPORTS } from '#lib/meters/mbus/state.ts';
import { VERDICT_CODES } from '#lib/vee/types.ts';
import { fieldName, problemName, quantityName, ruleName } from './code-words.table.ts';
import { eventName, findingAmount, findingName } from './finding-words.ts';

const METERS = join(import.meta.dirname, '../../../lib/meters');

/** Codes written in the codecs' sources as `key: 'code'` or as the first argument of `fault`. */
function written(pattern: RegExp, folders: readonly string[]): string[] {
  const files = folders.flatMap((folder) =>
    readdirSync(join(METERS, folder))
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => readFileSync(join(METERS, folder, name), 'utf8')),
  );
  return [...new Set(files.flatMap((text) => [...text.matchAll(pattern)].map((m) => m[1]!)))];
}

const wordless = (codes: readonly string[], words: (code: string) => string): string[] =>
  codes.filter((code) => words(code) === code && /[-_]/.test(code));

test('quantities of records', () => {
  const codes = written(/quantity: '([a-z_0-9]+)'/g, ['mbus', 'wmbus']);
  expect(codes.length).toBeGreaterThan(40);
  expect(wordless(codes, quantityName)).toEqual([]);
  expect(fieldName('record:volume_flow')).toBe(quantityName('volume_flow'));
});

test('fields of the layers', () => {
  const codes = written(/\['([a-z_]+)', [\d\w]/g, ['wmbus']);
  expect(codes.length).toBeGreaterThan(10);
  expect(wordless(codes, fieldName)).toEqual([]);
});

test('rules, faults of telegrams, problems of a proof', () => {
  expect(wordless(VERDICT_CODES, ruleName)).toEqual([]);
  expect(wordless(written(/fault\(\s*'([a-z_]+)'/g, ['mbus', 'wmbus']), ruleName)).toEqual([]);
  expect(wordless(PROOF_PROBLEMS, problemName)).toEqual([]);
});

test('findings and lines of the journal', () => {
  const silentCodes = FINDING_KINDS.filter((kind) => findingName(kind) === kind);
  expect(silentCodes).toEqual([]);
  expect(FINDING_KINDS.filter((kind) => findingAmount(kind, 30) === '')).toEqual([]);
  const events = [...METER_REPORTS, 'clock-suspect', 'rollover', 'approved', 'exchanged', 'found'];
  expect(events.filter((code) => eventName(code) === code)).toEqual([]);
  const told = EMIS_EVENTS.map(({ code, event }) => ({ code: `emis-${code}`, event }));
  expect(told.filter(({ code, event }) => eventName(code, { event }) === code)).toEqual([]);
  const begins = eventName('emis-28', { event: 'voltage_sag', phase: 'B', edge: 'start' });
  expect(begins).toContain(' · B · ');
  expect(eventName('emis-200', { event: '', edge: 'once' })).toBe('emis-200');
});
