import { expect, test } from 'vitest';
import { simulate } from './simulate-meter.ts';

test.each(['eastron-sdm630', 'gavazzi-em300'])('%s is read in spite of a dropped byte', (meter) => {
  const lines = simulate([meter, '--fault', 'dropped', '--at', '3']);
  expect(lines.filter((line) => line.startsWith('>')).length).toBeGreaterThan(1);
  expect(lines.some((line) => /^1-0:1\.8\.0 \d+(\.\d+)? kWh$/.test(line))).toBe(true);
});

test('wrong words are answered with the right ones', () => {
  expect(simulate(['toaster']).join('\n')).toMatch(/Meters: .*eastron.*\nFaults: none/s);
  expect(simulate(['eastron-sdm630', '--fault', 'gremlin'])[0]).toMatch(/^Meters/);
});
