import { createServer, Socket, type Server } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { concatBytes } from '#lib/base/bytes.ts';
import { must } from '#lib/base/assert.ts';
import { takeBytes, transportConformance, type Rig } from '#lib/transport/transport.conformance.ts';
import { tcpAddress, TcpTransport } from './tcp.ts';

const LINE = { baud: 2400, dataBits: 8, parity: 'even', stopBits: 1 } as const;
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A converter on this machine: a real socket server that remembers what it was sent. */
async function converter() {
  let received: Uint8Array = new Uint8Array(0);
  let line: Socket | null = null;
  const server = createServer((socket) => {
    line = socket;
    socket.on('data', (bytes) => {
      received = concatBytes(received, Uint8Array.from(bytes));
    });
    socket.on('error', () => {});
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    port,
    received: () => received,
    /** Until the converter has `count` bytes: the network takes its time. */
    async until(count: number): Promise<void> {
      while (received.length < count) await new Promise((later) => setTimeout(later, 2));
    },
    async socket(): Promise<Socket> {
      if (!line || line.destroyed) [line] = (await once(server, 'connection')) as [Socket];
      return line;
    },
  };
}

async function rig(): Promise<Rig & { converter: Awaited<ReturnType<typeof converter>> }> {
  const peer = await converter();
  const transport = new TcpTransport({ host: '127.0.0.1', port: peer.port });
  // What was written is in the kernel; the suite looks at the far end at once.
  const write = transport.write.bind(transport);
  let sent = 0;
  transport.write = async (bytes) => {
    await write(bytes);
    await peer.until((sent += bytes.length));
  };
  return {
    converter: peer,
    transport,
    received: peer.received,
    async emit(bytes) {
      (await peer.socket()).write(bytes);
    },
    async lose() {
      (await peer.socket()).resetAndDestroy();
    },
  };
}

describe('TCP', () => {
  transportConformance(rig);

  test('an end from the other side is a loss; a waiting write ends', async () => {
    const { transport, converter } = await rig();
    await transport.open(LINE);
    const reading = expect(takeBytes(transport.read(), 1)).rejects;
    (await converter.socket()).end();
    await reading.toMatchObject({ code: 'disconnected' });
    expect(transport.status).toBe('lost');
    await expect(transport.write(Uint8Array.of(1))).rejects.toMatchObject({ code: 'disconnected' });
  });

  test('a connection reset in the middle of a large write ends it', async () => {
    const peer = await converter();
    const transport = new TcpTransport({ host: '127.0.0.1', port: peer.port });
    await transport.open(LINE);
    const socket = await peer.socket();
    socket.pause();
    const writing = expect(transport.write(new Uint8Array(64 << 20))).rejects;
    socket.resetAndDestroy();
    await writing.toMatchObject({ name: 'DeviceError', code: 'disconnected' });
    await transport.close();
  });

  test('another speed keeps the connection', async () => {
    const { transport, converter } = await rig();
    await transport.open(LINE);
    const before = await converter.socket();
    await transport.open({ ...LINE, baud: 9600 });
    expect(await converter.socket()).toBe(before);
    await transport.close();
  });

  test('an address that never answers is a time-out', async () => {
    const silent = new Socket();
    const transport = new TcpTransport(
      { host: '127.0.0.1', port: 1 },
      { connectLimitMs: 30, dial: () => silent },
    );
    await expect(transport.open(LINE)).rejects.toMatchObject({ code: 'timeout' });
    expect([transport.status, silent.destroyed]).toEqual(['closed', true]);
  });

  test('nobody listening is busy', async () => {
    const { port } = await converter();
    const server = must(servers.pop(), 'the converter listens');
    server.close();
    await once(server, 'close');
    const refused = new TcpTransport({ host: '127.0.0.1', port });
    await expect(refused.open(LINE)).rejects.toMatchObject({ code: 'busy' });
    expect(refused.status).toBe('closed');
  });

  test('close wins over a connection under way', async () => {
    const { transport } = await rig();
    const opening = transport.open(LINE).catch((cause: unknown) => cause);
    await transport.close();
    expect(await opening).toMatchObject({ code: 'disconnected' });
    expect(transport.status).toBe('closed');
  });
});

describe('addresses', () => {
  test.each([
    ['tcp://gateway.example:10001', { host: 'gateway.example', port: 10001 }],
    ['10.0.0.7:4001', { host: '10.0.0.7', port: 4001 }],
    ['[fe80::1]:4001', { host: 'fe80::1', port: 4001 }],
    ['gateway', null],
    ['gateway:0', null],
    ['gateway:70000', null],
    ['tcp://a:1/path', null],
    ['', null],
  ])('%s', (text, address) => expect(tcpAddress(text)).toEqual(address));
});
