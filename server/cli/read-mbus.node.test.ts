import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import type { BusScript } from '#lib/meters/mbus/line.ts';
import { scanPrimary } from '#lib/meters/mbus/search.ts';
import { readMeter } from '#lib/meters/mbus/session.ts';
import { TcpTransport } from '../transport/tcp.ts';
import { createBusServer, type BusServerOptions } from './mbus-simulate.ts';
import { runOnBus } from './read-mbus.ts';

const LINE = { baud: 2400, slackMs: 200 } as const;

async function converter(options?: BusServerOptions) {
  const server = createBusServer(options).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { server, transport: new TcpTransport({ host: '127.0.0.1', port }) };
}

/** Runs a script against a converter of its own on a free port. */
async function over<T>(script: BusScript<T>, options?: BusServerOptions): Promise<T> {
  const { server, transport } = await converter(options);
  try {
    return await runOnBus(transport, script);
  } finally {
    server.close();
  }
}

test('a meter behind a TCP converter is read to its last telegram', async () => {
  const reading = await over(readMeter(LINE, { kind: 'primary', address: 3 }));
  const telegrams = reading.kind === 'done' ? reading.telegrams : [];
  expect(telegrams.map(({ records }) => records[0]?.value)).toEqual([
    { kind: 'number', value: { units: 3001n, scale: -3 } },
    { kind: 'number', value: { units: 2990n, scale: -3 } },
  ]);
});

test('a damaged answer is asked for again over TCP too', async () => {
  const faultsAt = (exchange: number) => (exchange === 1 ? (['checksum'] as const) : []);
  const reading = await over(readMeter(LINE, { kind: 'primary', address: 1 }), { faultsAt });
  expect(reading.kind).toBe('done');
});

test('a scan finds who is there', async () => {
  expect(await over(scanPrimary(LINE, { from: 1, to: 3 }))).toEqual({
    found: [1, 2, 3],
    crowded: [],
  });
});

test('a converter that hangs up is an error with words', async () => {
  const { server, transport } = await converter();
  server.on('connection', (socket) => setTimeout(() => socket.destroy(), 50));
  const reading = runOnBus(transport, readMeter(LINE, { kind: 'primary', address: 77 }));
  await expect(reading).rejects.toMatchObject({ name: 'DeviceError', code: 'disconnected' });
  expect(transport.status).toBe('closed');
  server.close();
});
