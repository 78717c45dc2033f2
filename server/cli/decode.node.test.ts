import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { decodeLine } from './decode-protocols.ts';

/** External test vectors lie beside the repository; they are not ours to ship. */
const DIRECTORY = join(import.meta.dirname, '../../../shared/vectors');
const SCORER = join(DIRECTORY, 'score.mjs');

type Case = {
  readonly file: string;
  readonly id: string;
  readonly cls?: string;
  readonly skip?: string;
  readonly input: object;
};
type Scorer = {
  loadCases(directory: string, only: readonly string[]): readonly Case[];
  grade(one: Case, output: unknown): string | null;
};

/** Share of cases that must pass: what the rest is lacking is listed in docs/protocols. */
const FLOORS = [
  ['wmbus', 'generic', 0.98],
  ['wmbus', 'negative', 1],
  ['wmbus', 'driver_only', 1],
  ['wmbus_frame', null, 1],
  ['mbus', 'negative', 1],
  ['mbus', 'smoke', 1],
  ['mbus', 'generic', 0.95],
  ['mbus_records', null, 0.96],
  ['dongle', null, 1],
  ['iec62056_21', null, 0.95],
  ['hdlc', null, 1],
  // Three vectors have bytes left over (docs/protocols/dlms.md).
  ['dlms_apdu', null, 0.96],
  ['dlms_data', null, 1],
  ['dlms_push', null, 1],
  ['dlms_push', 'negative', 1],
  ['dlms_security', null, 1],
] as const;

if (!existsSync(SCORER)) {
  console.log('Skipped: the external vectors (../shared/vectors) are not on this machine.');
}

test.skipIf(!existsSync(SCORER)).each(FLOORS)(
  'external vectors: %s %s reach %d',
  async (file, cls, floor) => {
    const scorer = (await import(pathToFileURL(SCORER).href)) as Scorer;
    const live = scorer
      .loadCases(DIRECTORY, [file])
      .filter((one) => !one.skip && (cls === null || one.cls === cls));
    expect(live.length).toBeGreaterThan(0);
    const failed = live.flatMap((one) => {
      const why = scorer.grade(one, decodeLine(JSON.stringify(one.input)));
      return why === null ? [] : [`${one.id}: ${why}`];
    });
    expect(1 - failed.length / live.length, failed.join('\n')).toBeGreaterThanOrEqual(floor);
  },
);

test.each(['', 'null', '[]', '{"protocol":7}', '{"id":"x","protocol":"wmbus","hex":"0"}'])(
  'a malformed line %j is an error, never an exception',
  (line) => {
    expect(['error', 'unsupported']).toContain(decodeLine(line).status);
  },
);

test('an unknown protocol is unsupported', () => {
  const line = JSON.stringify({ id: 'a', protocol: 'carrier_pigeon', hex: '00' });
  expect(decodeLine(line)).toMatchObject({ id: 'a', status: 'unsupported' });
});
