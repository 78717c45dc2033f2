import { createServer } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { concatBytes } from '#lib/base/bytes.ts';
import { readCapture } from '#lib/transport/replay.ts';
import { record } from './record.ts';

async function run(args: readonly string[]) {
  let file: Uint8Array = new Uint8Array(0);
  const notes: string[] = [];
  const code = await record(args, {
    bytes: (part) => (file = concatBytes(file, part)),
    note: (text) => notes.push(text),
  });
  return { code, file, notes: notes.join('\n') };
}

test('what a device sends over TCP becomes a file that the app plays', async () => {
  const telegram = Uint8Array.from({ length: 100 }, (_, i) => (i * 7) & 255);
  const server = createServer((socket) => {
    socket.once('data', (question) => {
      expect([...question]).toEqual([0x10, 0x5b, 0x01, 0x5c, 0x16]);
      socket.end(telegram);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const { code, file, notes } = await run([`127.0.0.1:${port}`, '--send', '105B015C16']);
  server.close();
  expect(code).toBe(1);
  expect(notes).toMatch(/disconnected.*100 bytes are kept/);
  expect(concatBytes(...readCapture(file).map(({ bytes }) => bytes))).toEqual(telegram);
});

test('the recording ends after its time', async () => {
  const server = createServer((socket) => void socket.write('abc')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const { code, file, notes } = await run([`127.0.0.1:${port}`, '--seconds', '0.2']);
  server.close();
  expect([code, file.length]).toEqual([0, 3]);
  expect(notes).toContain('3 bytes');
});

test('wrong arguments say what to write', async () => {
  expect(await run([])).toMatchObject({ code: 2, notes: expect.stringContaining('Usage') });
  expect(await run(['a:1', '--send', 'xyz'])).toMatchObject({ code: 2 });
  expect(await run(['a:1', '--seconds', '-1'])).toMatchObject({ code: 2 });
});
