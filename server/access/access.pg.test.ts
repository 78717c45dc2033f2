/** Sign-in through the real handler: links, what is stored of them, limits, strength, revoking. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { App } from '#server/app.ts';
import { freshDatabase, type TestDatabase } from '../../tests/support/database.ts';
import { makeOrganisation, testApp, type Small } from '../../tests/support/two-organisations.ts';
import { findCaller } from './caller.ts';
import { createSignInPath, createSignInToken } from './sign-in.ts';

let database: TestDatabase;
let app: App;
let alpha: Small;
const ORIGIN = 'http://localhost:3000';
const EMAIL = 'alpha@x.org';

beforeAll(async () => {
  database = await freshDatabase();
  app = testApp(database.url, Date.now());
  alpha = await makeOrganisation(app, 'ALPHA', 1);
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});
beforeEach(async () => {
  await app.db.prisma.outboxMail.deleteMany();
  await app.db.prisma.rateLimit.deleteMany();
});

const send = (path: string, init: RequestInit & { client?: string } = {}) =>
  app.auth.handler(
    new Request(ORIGIN + path, {
      ...init,
      headers: {
        Origin: ORIGIN,
        'Content-Type': 'application/json',
        'x-kilter-client': init.client ?? '198.51.100.7',
        ...init.headers,
      },
    }),
  );

const askForLink = (email: string, client?: string) =>
  send('/api/auth/sign-in/magic-link', {
    method: 'POST',
    body: JSON.stringify({ email }),
    ...(client ? { client } : {}),
  });

async function enter(path: string): Promise<{ status: number; cookie: string; to: string }> {
  const response = await send(path);
  const cookie = response.headers
    .getSetCookie()
    .map((c) => c.split(';')[0])
    .join('; ');
  return { status: response.status, cookie, to: response.headers.get('location') ?? '' };
}

test('a known address gets a link by mail, an unknown one the same answer, no mail', async () => {
  const known = await askForLink(EMAIL);
  const unknown = await askForLink('nobody@x.org');
  expect(known.status).toBe(200);
  expect(await unknown.text()).toBe(await known.text());
  const mails = await app.db.prisma.outboxMail.findMany();
  expect(mails.map((m) => m.to)).toEqual([EMAIL]);
  expect(mails[0]!.body).toContain(`${ORIGIN}/sign-in/link?token=`);
});

test('the mailed token opens one session, once, and only its hash is stored', async () => {
  await askForLink(EMAIL);
  const mail = (await app.db.prisma.outboxMail.findMany())[0]!;
  const token = /token=([\w-]+)/.exec(mail.body)![1]!;
  const stored = await app.db.prisma.verification.findMany();
  expect(JSON.stringify(stored)).not.toContain(token);
  const path = `/api/auth/magic-link/verify?token=${token}&callbackURL=/`;
  const first = await enter(path);
  expect(first.cookie).toContain('session_token=');
  const second = await enter(path);
  expect(second.cookie).not.toContain('session_token=');
  expect(second.to).toContain('INVALID_TOKEN');
});

test('a sixth link within fifteen minutes is not sent', async () => {
  for (let i = 0; i < 7; i++) await askForLink(EMAIL, `198.51.100.${i}`);
  expect(await app.db.prisma.outboxMail.count()).toBe(5);
});

test('one address that asks and asks is told to wait', async () => {
  const answers: number[] = [];
  for (let i = 0; i < 25; i++) answers.push((await askForLink(`p${i}@x.org`)).status);
  expect(answers.slice(0, 20)).not.toContain(429);
  expect(answers.slice(20)).toContain(429);
});

test('there is no way in by password', async () => {
  const body = JSON.stringify({ email: EMAIL, password: 'correct horse', name: 'A' });
  for (const path of ['/api/auth/sign-up/email', '/api/auth/sign-in/email']) {
    expect((await send(path, { method: 'POST', body })).status).toBeGreaterThanOrEqual(400);
  }
  expect(await app.db.prisma.account.count()).toBe(0);
});

test('the session names its caller, and a revoked one names nobody', async () => {
  const { cookie } = await enter(await createSignInPath(app, EMAIL, '/'));
  const headers = new Headers({ cookie });
  const caller = await findCaller(app, headers, null);
  expect(caller).toMatchObject({ userId: alpha.caller.userId, orgId: alpha.orgId, placeIds: [] });
  expect(await findCaller(app, headers, 999)).toMatchObject({ orgId: alpha.orgId });
  await app.db.prisma.session.deleteMany();
  expect(await findCaller(app, headers, null)).toBeNull();
});

test('staff with an authenticator are not strong until they used it', async () => {
  const { cookie } = await enter(await createSignInPath(app, EMAIL, '/'));
  const headers = new Headers({ cookie });
  expect((await findCaller(app, headers, null))!.strong).toBe(true); // first week: may enrol
  const where = { id: alpha.caller.userId };
  await app.db.prisma.user.update({ where, data: { twoFactorEnabled: true } });
  expect((await findCaller(app, headers, null))!.strong).toBe(false);
  await app.db.prisma.session.updateMany({ data: { strongAt: new Date() } });
  expect((await findCaller(app, headers, null))!.strong).toBe(true);
  await app.db.prisma.user.update({ where, data: { twoFactorEnabled: false } });
});

test('a place in the membership narrows the caller', async () => {
  const user = await app.db.prisma.user.create({
    data: { id: 'narrow', name: 'Narrow', email: 'narrow@x.org' },
  });
  await app.db.prisma.membership.create({
    data: { orgId: alpha.orgId, userId: user.id, role: 'reader', placeId: alpha.houseId },
  });
  const { cookie } = await enter(await createSignInPath(app, 'narrow@x.org', '/'));
  const caller = await findCaller(app, new Headers({ cookie }), null);
  expect(caller).toMatchObject({ roles: ['reader'], placeIds: [alpha.houseId] });
});

test('a stranger gets no token', async () => {
  await expect(createSignInToken(app, 'nobody@x.org', 60)).rejects.toMatchObject({
    code: 'not-found',
  });
});
