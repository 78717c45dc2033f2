import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { App } from '#server/app.ts';
import type { Caller } from '#server/api/trpc.ts';
import { addressOf, answerTile, answerTileFacts } from './tiles.ts';

const TEMPLATE = 'https://tiles.example/{z}/{x}/{y}.png';
const name = (z: number | string, x: number | string, y: number | string) => ({
  z: `${z}`,
  x: `${x}`,
  y: `${y}`,
});

test('only tiles that exist have an address', () => {
  expect(addressOf(TEMPLATE, name(3, 7, 0))).toBe('https://tiles.example/3/7/0.png');
  for (const bad of [name(3, 8, 0), name(20, 0, 0), name(-1, 0, 0), name('1/..', 0, 0)]) {
    expect(addressOf(TEMPLATE, bad)).toBeNull();
  }
  expect(addressOf(undefined, name(0, 0, 0))).toBeNull();
});

let maps: Server;
let asked: string[] = [];
beforeAll(async () => {
  maps = createServer((request, answer) => {
    asked.push(request.url ?? '');
    if (request.url === '/1/0/1')
      return void answer.writeHead(200, { 'content-type': 'text/html' }).end('<p>');
    if (request.url === '/1/1/0') {
      return void answer.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.alloc(600_000));
    }
    answer.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.from([1, 2, 3]));
  });
  await new Promise<void>((resolve) => maps.listen(0, '127.0.0.1', resolve));
});
afterAll(() => maps.close());

const caller = {} as Caller;
const appWith = (template?: string): App =>
  ({ config: { KILTER_TILES: template, KILTER_TILES_CREDIT: 'City maps' } }) as App;
const real = (): App =>
  appWith(`http://127.0.0.1:${(maps.address() as AddressInfo).port}/{z}/{x}/{y}`);

test('a tile is handed on, and nothing but a small picture', async () => {
  asked = [];
  const tile = await answerTile({ app: real(), caller }, name(1, 0, 0));
  expect([tile.status, tile.headers.get('content-type')]).toEqual([200, 'image/png']);
  expect([...new Uint8Array(await tile.arrayBuffer())]).toEqual([1, 2, 3]);
  expect((await answerTile({ app: real(), caller }, name(1, 0, 1))).status).toBe(502);
  expect((await answerTile({ app: real(), caller }, name(1, 1, 0))).status).toBe(502);
  expect(asked).toEqual(['/1/0/0', '/1/0/1', '/1/1/0']);
});

test('strangers get none, and no map server is asked for them', async () => {
  asked = [];
  expect((await answerTile({ app: real(), caller: null }, name(1, 0, 0))).status).toBe(401);
  expect(answerTileFacts({ app: real(), caller: null }).status).toBe(401);
  expect(asked).toEqual([]);
});

test('whether there is a map is told', async () => {
  expect(answerTileFacts({ app: appWith(), caller }).status).toBe(204);
  const facts = answerTileFacts({ app: real(), caller });
  expect(await facts.json()).toEqual({ credit: 'City maps', maxZoom: 19 });
  expect((await answerTile({ app: appWith(), caller }, name(0, 0, 0))).status).toBe(404);
});
