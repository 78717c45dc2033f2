/** What a person reads when `npm start` cannot go on: one sentence, and nothing left behind. */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../support/source-files.ts';

type Ended = { readonly code: number | null; readonly said: string };

let dataDir: string;

beforeAll(() => {
  dataDir = fs.mkdtempSync(join(tmpdir(), 'kilter start '));
});
afterAll(() => fs.rmSync(dataDir, { recursive: true, force: true }));

/** Runs the launcher itself; `node` are options that stand before the script. */
function start(env: Record<string, string>, node: readonly string[] = []): Promise<Ended> {
  const child = spawn(process.execPath, [...node, join(ROOT, 'tools/start.mjs')], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: tmpdir(), KILTER_DATA_DIR: dataDir, ...env },
  });
  let said = '';
  child.stdout.on('data', (text) => (said += text));
  child.stderr.on('data', (text) => (said += text));
  return new Promise((done) => child.on('close', (code) => done({ code, said })));
}

/** Makes Node say another version of itself, as only a module loaded first can. */
function pretendNode(version: string): string[] {
  const path = join(dataDir, `node-${version}.cjs`);
  fs.writeFileSync(
    path,
    `Object.defineProperty(process, 'versions', { value: { node: '${version}' } });`,
  );
  return ['--require', path];
}

test.each(['18.20.4', '20.18.1', '22.11.0', '23.5.0'])('Node %s is refused by name', async (v) => {
  const { code, said } = await start({}, pretendNode(v));
  expect(code).toBe(1);
  expect(said).toContain(`this is Node ${v}`);
  expect(said).toContain('20.19');
});

test('a port that another program holds is named, with the command for another', async () => {
  const holder = net.createServer();
  const port = await new Promise<number>((done) =>
    holder.listen(0, '127.0.0.1', () => done((holder.address() as net.AddressInfo).port)),
  );
  const { code, said } = await start({ PORT: String(port) });
  holder.close();
  expect(code).toBe(1);
  expect(said).toContain(`Port ${port} is taken`);
  expect(said).toContain(`PORT=${port + 1} npm start`);
});

test.each(['http', '70000', '0'])('PORT=%s is no port', async (port) => {
  const { code, said } = await start({ PORT: port });
  expect(code).toBe(1);
  expect(said).toContain(`PORT is "${port}"`);
});

test('a database that nobody serves is named without its password', async () => {
  const database = 'postgresql://kilter:geheim@127.0.0.1:9/kilter';
  const { code, said } = await start({ DATABASE_URL: database });
  expect(code).toBe(1);
  expect(said).toContain('Nothing accepts connections at 127.0.0.1:9/kilter');
  expect(said).not.toContain('geheim');
});

test('an address that is no PostgreSQL is told its form', async () => {
  const { code, said } = await start({ DATABASE_URL: 'mysql://localhost/kilter' });
  expect(code).toBe(1);
  expect(said).toContain('postgresql://user:password@host:5432/database');
});

test('a full disk says how much to free and that nothing is lost', async () => {
  // The loader makes every write of the data folder fail as a full disk does.
  const path = join(dataDir, 'full-disk.cjs');
  fs.writeFileSync(
    path,
    `const fs = require('node:fs');
     const error = Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
     const full = () => { throw error; };
     fs.writeFileSync = full; fs.mkdirSync = full;
     require('node:module').syncBuiltinESMExports();`,
  );
  const fresh = { KILTER_DATA_DIR: join(dataDir, 'new') };
  const { code, said } = await start(fresh, ['--require', path]);
  expect(code).toBe(1);
  expect(said).toContain('The disk is full');
  expect(said).toContain('no data is lost');
});
