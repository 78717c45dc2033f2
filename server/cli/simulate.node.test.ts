/** The devices of the other protocols are tried in simulate-streams.node.test.ts. */
import { once } from 'node:events';
import { connect, type AddressInfo, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { must } from '#lib/base/assert.ts';
import { concatBytes, toHex } from '#lib/base/bytes.ts';
import { deviceList, simulated } from './simulate.ts';

const running: Server[] = [];
afterEach(() => running.splice(0).forEach((server) => server.close()));

/** What the device says until `isEnough`, after `say` was sent. */
async function hear(
  name: string,
  isEnough: (bytes: Uint8Array) => boolean,
  say: Uint8Array | null = null,
): Promise<Uint8Array> {
  const server = must(simulated(name), `${name} is a device`);
  running.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let heard: Uint8Array = new Uint8Array(0);
  if (say) socket.write(say);
  for await (const part of socket) {
    heard = concatBytes(heard, new Uint8Array(part as Buffer));
    if (isEnough(heard)) break;
  }
  socket.destroy();
  return heard;
}

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

test('a wired meter acknowledges that it is there, behind the echo of its converter', async () => {
  expect(toHex(await hear('mbus', (bytes) => bytes.length > 5, hex('1040014116')))).toBe(
    '1040014116E5',
  );
});

test('a DLMS meter accepts an association', async () => {
  const ask = '000100010001001F601DA109060760857405080101BE10040E01000000065F1F0400001E1DFFFF';
  const heard = await hear('dlms', (bytes) => bytes.length >= 8, hex(ask));
  // AARE of the server to client 1.
  expect(toHex(heard)).toMatch(/^000100010001....61/);
});

test('an unknown word is none, and the list names them all', () => {
  expect(simulated('toaster')).toBeNull();
  expect(deviceList().length).toBeGreaterThan(8);
});
