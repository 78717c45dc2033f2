/** The protocols are read in their own tests; here are the words that all share. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { lineTarget } from './line-arguments.ts';
import { createBusServer } from './mbus-simulate.ts';
import { read } from './read.ts';

async function run(...args: readonly string[]) {
  const [lines, notes]: [string[], string[]] = [[], []];
  const code = await read(args, {
    line: (text) => lines.push(text),
    note: (text) => notes.push(text),
  });
  return { code, lines, notes: notes.join('\n') };
}

test('without a protocol all are named; with a wrong word the right ones are', async () => {
  expect(await run()).toMatchObject({ code: 2, lines: [] });
  expect((await run()).notes).toMatch(/optical.*dlms.*mbus.*modbus.*--port \/dev\/ttyUSB0/s);
  for (const args of [
    ['optical', 'nowhere', 'readout'],
    ['optical', '127.0.0.1:1'],
    ['dlms', '127.0.0.1:1', '--server', 'x'],
    ['dlms', '127.0.0.1:1', '--mode-e', '--carrier', 'wrapper'],
    ['mbus', '127.0.0.1:1', 'read'],
    ['mbus', '127.0.0.1:1', 'scan', '--baud', '1234'],
    ['modbus', '127.0.0.1:1', 'abacus'],
  ]) {
    const { code, notes } = await run(...args);
    expect(code, args.join(' ')).toBe(2);
    expect(notes).toContain(`npm run read -- ${args[0]} ADDRESS`);
  }
});

test('a wired meter is read to its last telegram', async () => {
  const server = createBusServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const found = await run('mbus', `127.0.0.1:${port}`, 'read', '3');
  server.close();
  expect(found.code).toBe(0);
  expect(found.lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { records: [{ value: 3.001 }] },
    { records: [{ value: 2.99 }] },
  ]);
});

test.each(['mbus', 'modbus', 'dlms', 'optical'])('%s: nobody there is told', async (name) => {
  const what = { mbus: 'scan', modbus: 'eastron-sdm630', dlms: '1-0:1.8.0', optical: 'readout' };
  const { code, notes } = await run(name, '127.0.0.1:9', what[name as 'mbus']);
  expect([code, notes.split(':')[0]]).toEqual([1, 'busy']);
  const absent = await run(name, '--port', '/dev/kilter-has-none', what[name as 'mbus']);
  expect(absent).toMatchObject({ code: 1, notes: expect.stringMatching(/^disconnected: There/) });
});

const USUAL = { baud: 9600, dataBits: 8, parity: 'none', stopBits: 1 } as const;

test('an address is a converter or a port, and its line may be given', () => {
  const given = { port: '/dev/ttyUSB0', baud: '2400', parity: 'even' };
  const port = lineTarget(given, ['read', '5']);
  if (typeof port === 'string') throw new Error(port);
  expect([port.isSerial, port.transport.name]).toEqual([true, 'Serial port /dev/ttyUSB0']);
  expect(port.settings(USUAL)).toEqual({ ...USUAL, baud: 2400, parity: 'even' });
  expect(port.rest).toEqual(['read', '5']);
  const gateway = lineTarget({}, ['gateway:4001', 'scan']);
  expect(gateway).toMatchObject({ isSerial: false, rest: ['scan'] });
  for (const [values, word] of [
    [{}, 'gateway'],
    [{ baud: 'fast' }, 'COM3'],
    [{ parity: 'mark' }, 'COM3'],
    [{ bits: '5' }, 'COM3'],
  ] as const) {
    expect(lineTarget(values, [word])).toBeTypeOf('string');
  }
});
