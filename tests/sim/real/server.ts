/**
 * The real server of level 2: server/sync behind real HTTP on a real PostgreSQL, and what an
 * operator does to it: a backup, a recovery to it, another key for receipts.
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { DAY_MS } from '#lib/base/interval.ts';
import type { Caller } from '#server/api/trpc.ts';
import { createApp, type App } from '#server/app.ts';
import { receiptKey } from '#server/sync/service.ts';
import { answerKey, answerPhoto, answerPull, answerPush } from '#server/sync/http.ts';
import { makeOrganisation, NOW, testApp } from '../../support/two-organisations.ts';

export type Databases = {
  /** Address of a migrated, empty database. */
  readonly first: string;
  /** Address of a copy of the one at `url`, which nobody uses at that moment. */
  copy(url: string): Promise<string>;
};

export type RealServer = {
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  readonly meterIds: readonly number[];
  /** Public keys of every receipt key there was. */
  readonly keys: readonly string[];
  readonly clock: { now: number };
  ask<T>(sql: string, values: unknown[]): Promise<T[]>;
  backUp(): Promise<void>;
  /** False without a backup. */
  recover(): Promise<boolean>;
  rotateKey(): Promise<void>;
  close(): Promise<void>;
};

/** Header in which a test says who is signed in; absent: nobody. */
export const WHO = 'x-test-user';
export const USERS = ['user-ALPHA', 'user-second'] as const;

export async function startRealServer(databases: Databases): Promise<RealServer> {
  const clock = { now: NOW };
  let app = appOn(databases.first, clock, 9);
  let url = databases.first;
  let backup: string | null = null;
  let key = 9;
  const alpha = await makeOrganisation(app, 'ALPHA', 1);
  await makeSecondUser(app, alpha.orgId);
  const days = [NOW - 5 * DAY_MS, NOW + 5 * DAY_MS].map((at) => new Date(at).toISOString());
  await app.db.pool.query('SELECT ensure_reading_partitions($1, $2)', days);
  const keys = [receiptKey(app)];
  const callerOf = (id: unknown): Caller | null =>
    USERS.includes(id as never) ? { ...alpha.caller, userId: id as string } : null;
  const server = http.createServer((request, response) => {
    void answer(app, callerOf(request.headers[WHO]), request)
      .then(async (made) => {
        response.writeHead(made.status, Object.fromEntries(made.headers));
        response.end(Buffer.from(await made.arrayBuffer()));
      })
      .catch(() => response.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const reopen = async (to: string) => {
    app = appOn((url = to), clock, key);
  };
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    meterIds: [alpha.meterId],
    keys,
    clock,
    ask: async <T>(sql: string, values: unknown[]) =>
      (await app.db.pool.query(sql, values)).rows as T[],
    async backUp() {
      await app.close();
      backup = await databases.copy(url);
      await reopen(url);
    },
    async recover() {
      if (backup === null) return false;
      await app.close();
      await reopen(await databases.copy(backup));
      return true;
    },
    async rotateKey() {
      await app.close();
      key = (key + 1) % 256;
      await reopen(url);
      keys.push(receiptKey(app));
    },
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      await app.close();
    },
  };
}

function appOn(url: string, clock: { now: number }, key: number): App {
  const { config, close } = testApp(url);
  void close();
  const KILTER_RECEIPT_KEY = Buffer.alloc(32, key).toString('base64');
  return createApp({ ...config, KILTER_RECEIPT_KEY }, { now: () => clock.now });
}

async function makeSecondUser(app: App, orgId: number): Promise<void> {
  const [, id] = USERS;
  const user = { id, name: 'second', email: 'second@x.org' };
  await app.db.prisma.user.create({ data: user });
  await app.db.prisma.membership.create({ data: { orgId, userId: id, role: 'reader' } });
}

async function answer(
  app: App,
  caller: Caller | null,
  incoming: http.IncomingMessage,
): Promise<Response> {
  const { method = 'GET', url = '/' } = incoming;
  const body = method === 'POST' || method === 'PATCH' ? await buffer(incoming) : null;
  const headers = new Headers(incoming.headers as Record<string, string>);
  const request = new Request(`http://here${url}`, { method, headers, body });
  const where = { app, caller };
  const [, photo] = /^\/api\/photo\/(\w+)$/.exec(url) ?? [];
  if (photo) return answerPhoto(where, request, photo);
  if (url === '/api/sync/push') return answerPush(where, request);
  if (url === '/api/sync/pull') return answerPull(where, request);
  return answerKey(where);
}
