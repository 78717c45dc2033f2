import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import type { BusScript } from '#lib/meters/mbus/line.ts';
import { scanPrimary } from '#lib/meters/mbus/search.ts';
import { readMeter } from '#lib/meters/mbus/session.ts';
import { createBusServer, runOverTcp, type BusServerOptions } from './bus-tcp.ts';

const LINE = { baud: 2400, slackMs: 200 } as const;

/** Runs a script against a converter of its own on a free port. */
async function over<T>(script: BusScript<T>, options?: BusServerOptions): Promise<T> {
  const server = createBusServer(options).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  try {
    return await runOverTcp(script, socket);
  } finally {
    socket.destroy();
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
  const server = createBusServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const reading = runOverTcp(readMeter(LINE, { kind: 'primary', address: 77 }), socket);
  setTimeout(() => socket.destroy(), 50);
  await expect(reading).rejects.toThrow('closed the connection');
  server.close();
});
