import { expect, test } from 'vitest';
import { parseTime } from './times.ts';

const iso = (text: string, zone = 'Europe/Moscow') => {
  const at = parseTime(text, zone);
  return at === null ? null : new Date(at).toISOString();
};

test('notations of files, in the zone of the organisation unless they say another', () => {
  expect(iso('2026-11-21')).toBe('2026-11-20T21:00:00.000Z');
  expect(iso('2026-11-21 14:05')).toBe('2026-11-21T11:05:00.000Z');
  expect(iso('2026-11-21T14:05:09.5Z')).toBe('2026-11-21T14:05:09.000Z');
  expect(iso('2026-11-21T14:05:00+0500')).toBe('2026-11-21T09:05:00.000Z');
  expect(iso('2026-11-21T14:05:00-02:30')).toBe('2026-11-21T16:35:00.000Z');
  expect(iso('21.11.2026')).toBe('2026-11-20T21:00:00.000Z');
  expect(iso('1.2.2026 7:30', 'Europe/Berlin')).toBe('2026-02-01T06:30:00.000Z');
  expect(iso('2026-07-01 12:00', 'Europe/Berlin')).toBe('2026-07-01T10:00:00.000Z');
});

test('days and hours that do not exist are refused', () => {
  const wrong = ['31.02.2026', '2026-13-01', '2026-01-01 25:00', '2026-01-01 10:61', '', 'today'];
  for (const text of wrong) expect(iso(text)).toBeNull();
});
