import { expect, test } from 'vitest';
import { loadedBy, radioComplaints } from '../support/radio-chunk.ts';

const LIMIT = 45_000;
/** What a round by radio loads: every dongle, the decoder with its drivers, normalisation. */
const ROUND = `export * from '#lib/field/listen.ts';
export * from '#lib/field/radio-book.ts';`;
const OTHERS = ['dlms/push', 'sml/file', 'dsmr/telegram', 'modbus/pdu', 'iec62056-21/message'];

test('the radio codecs are small and load no other protocol', async () => {
  const loaded = await loadedBy(ROUND);
  console.log(`radio codecs: ${loaded.gzip} bytes in gzip of ${LIMIT}`);
  expect(loaded.modules).toContain('meters/wmbus/decode.ts');
  expect(loaded.modules).toContain('meters/dongles/im871a.ts');
  expect(radioComplaints(loaded, LIMIT)).toEqual([]);
});

test('another protocol is loaded later, and told when it is not', async () => {
  const names = OTHERS.map((path) => `'#lib/meters/${path}.ts'`);
  const lazy = names.map((name, i) => `export const load${i} = () => import(${name});`);
  const later = await loadedBy([ROUND, ...lazy].join('\n'));
  expect(radioComplaints(later, LIMIT)).toEqual([]);
  for (const path of OTHERS) expect(later.laterModules).toContain(`meters/${path}.ts`);

  const eager = names.map((name, i) => `export * as part${i} from ${name};`);
  const complaints = radioComplaints(await loadedBy([ROUND, ...eager].join('\n')), LIMIT);
  for (const path of OTHERS) expect(complaints.join('\n')).toContain(`meters/${path}.ts loads`);
});

test('too much code is told with its size', async () => {
  const loaded = await loadedBy(ROUND);
  expect(radioComplaints(loaded, loaded.gzip - 1)).toHaveLength(1);
});
