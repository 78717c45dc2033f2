import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { toHex } from '#lib/base/bytes.ts';
import { explainArguments } from './decode-explain.ts';
import { read } from './read.ts';
import { readPush } from '#lib/meters/dlms/push.ts';
import { practiceKeyFile } from './dlms-practice.ts';
import { simulateDlms, simulatePush, type SimulateOptions } from './dlms-simulate.ts';

async function readFrom(simulated: SimulateOptions, ...args: readonly string[]) {
  const server = simulateDlms(simulated).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const [lines, notes]: [string[], string[]] = [[], []];
  const code = await read(['dlms', `127.0.0.1:${port}`, ...args], {
    line: (text) => lines.push(text),
    note: (text) => notes.push(text),
  });
  server.close();
  return { code, lines, notes };
}

test.each([
  ['wrapper', []],
  ['hdlc', ['--carrier', 'hdlc']],
  ['mode-e', ['--mode-e']],
] as const)(
  'a meter is read over a real socket, %s',
  async (carrier, args) => {
    const simulated = { device: 'meter', carrier, password: null } as const;
    const { code, lines } = await readFrom(
      simulated,
      ...args,
      ...['--profile', '1-0:99.2.0*255', '1-0:1.7.0'],
    );
    expect(code).toBe(0);
    expect(lines[0]).toBe('1-0:1.7.0*255  420 W = 420 W');
    expect(lines).toHaveLength(1 + 89);
  },
  20_000,
);

test('the concentrator too; an administrator without password is refused', async () => {
  const simulated = { device: 'emis', carrier: 'wrapper', password: null } as const;
  const profile = ['--profile', '1-2:98.1.0*255', '1-0:1.7.0'];
  const { lines } = await readFrom(simulated, '--client', '16', ...profile);
  expect(lines).toHaveLength(1 + 14);
  const refused = await readFrom(simulated, '--client', '48', ...profile);
  expect(refused).toMatchObject({ code: 1, lines: [] });
  expect(refused.notes[0]).toMatch(/^association_refused: /);
});

test.each([
  [1, 'global', 'wrapper'],
  [1, 'one-pass', 'hdlc'],
  [2, 'wrapped', 'wrapper'],
  [2, 'static', 'mode-e'],
] as const)(
  'suite %d with keys that are %s, %s; the counter is kept in the file',
  async (suite, way, carrier) => {
    const folder = mkdtempSync(join(tmpdir(), 'kilter-keys-'));
    const path = join(folder, 'keys.json');
    const practice = { suite, way };
    writeFileSync(path, JSON.stringify(practiceKeyFile(practice)));
    const simulated = { device: 'meter', carrier, password: null, practice } as const;
    const how = carrier === 'mode-e' ? ['--mode-e'] : ['--carrier', carrier];
    const found = await readFrom(simulated, ...how, '--keys', path, '1-0:1.7.0');
    expect(found).toEqual({ code: 0, lines: ['1-0:1.7.0*255  420 W = 420 W'], notes: [] });
    const kept = JSON.parse(readFileSync(path, 'utf8')) as { nextCounter: number };
    expect(kept).toEqual({ ...practiceKeyFile(practice), nextCounter: 257 });
    const plain = await readFrom(simulated, ...how, '1-0:1.7.0');
    expect(plain.notes[0]).toMatch(/^association_refused/);
    rmSync(folder, { recursive: true });
  },
  20_000,
);

test('a file of keys that is none is told', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kilter-keys-'));
  const path = join(folder, 'keys.json');
  const notes: string[] = [];
  const good = practiceKeyFile({ suite: 1, way: 'one-pass' });
  for (const [text, word] of [
    ['', 'JSON'],
    ['{}', 'systemTitle'],
    [JSON.stringify({ ...good, suite: 0 }), 'Suite 0'],
    [JSON.stringify({ ...good, suite: 2, ecc: undefined }), '32 bytes'],
    [JSON.stringify({ ...good, key: 'XYZ' }), 'key'],
  ] as const) {
    writeFileSync(path, text);
    const found = await read(['dlms', '127.0.0.1:9', '--keys', path], {
      line: () => {},
      note: (note) => notes.push(note),
    });
    expect([found, notes.splice(0).join(' ').includes(word)], text).toEqual([2, true]);
  }
  rmSync(folder, { recursive: true });
});
test('a meter that pushes is heard by whoever connects', async () => {
  const server = simulatePush('aidon', 50).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  server.close();
  const push = readPush(new Uint8Array(bytes), { key: null, authKey: null });
  expect(push.fault).toBeNull();
  expect(push.notifications.length).toBeGreaterThan(0);
  const lines: string[] = [];
  expect(explainArguments([toHex(new Uint8Array(bytes))], (text) => lines.push(text))).toBe(0);
  const text = lines.join('\n');
  expect(text).toMatch(/^DLMS in hdlc\n {2}frame UI from 1\/17 to 103, \d+ bytes/);
  expect(text).toMatch(/octet-string {2}0100010700FF {2}1-0:1\.7\.0\*255/);
  expect(text).toMatch(/1-0:1\.7\.0 +420 W +now 20/);
});
