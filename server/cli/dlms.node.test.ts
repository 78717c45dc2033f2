import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { toHex } from '#lib/base/bytes.ts';
import type { SessionOptions } from '#lib/meters/dlms/client/session.ts';
import { explainArguments } from './decode-explain.ts';
import { readingPlan, runOnSocket } from './dlms-read.ts';
import { readPush } from '#lib/meters/dlms/push.ts';
import { simulateDlms, simulatePush, type SimulateOptions } from './dlms-simulate.ts';

const CARRIERS = {
  wrapper: { kind: 'wrapper', server: 1 },
  hdlc: { kind: 'hdlc', server: { upper: 1, lower: 17 } },
} as const;

async function read(simulated: SimulateOptions, clientId: number, profile: string) {
  const server = simulateDlms(simulated).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const options: SessionOptions = {
    carrier: CARRIERS[simulated.carrier],
    client: { clientId, authentication: { kind: 'none' }, keys: null, ciphering: null },
    times: { answerMs: 4000 },
  };
  const result = await runOnSocket(socket, options, readingPlan(['1-0:1.7.0'], profile));
  socket.destroy();
  server.close();
  return result.ok ? result.value.lines : [result.error.code];
}

test.each(['wrapper', 'hdlc'] as const)(
  'a meter is read over a real socket, %s',
  async (carrier) => {
    const simulated = { device: 'meter', carrier, password: null } as const;
    const lines = await read(simulated, 1, '1-0:99.2.0*255');
    expect(lines[0]).toBe('1-0:1.7.0*255  420 W = 420 W');
    expect(lines).toHaveLength(1 + 89);
  },
);

test('the concentrator too; an administrator without password is refused', async () => {
  const simulated = { device: 'emis', carrier: 'wrapper', password: null } as const;
  const lines = await read(simulated, 16, '1-2:98.1.0*255');
  expect(lines).toHaveLength(1 + 14);
  expect(await read(simulated, 48, '1-2:98.1.0*255')).toEqual(['association_refused']);
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
