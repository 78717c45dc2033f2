import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { InstallDraft, InstallSeen } from '#lib/contract/install.ts';
import { DAY_MS } from '#lib/base/interval.ts';
import { findBrokenAudit, writeAudit } from '#server/access/audit.ts';
import type { Caller } from '#server/api/trpc.ts';
import type { App } from '#server/app.ts';
import { callRouter } from '#server/api/root.ts';
import { freshDatabase, type TestDatabase } from '../../../tests/support/database.ts';
import {
  makeOrganisation,
  NOW,
  testApp,
  type Small,
} from '../../../tests/support/two-organisations.ts';

let database: TestDatabase;
let app: App;
let ours: Small;
let theirs: Small;
let tenant: Caller;

beforeAll(async () => {
  database = await freshDatabase();
  app = testApp(database.url);
  ours = await makeOrganisation(app, 'ALPHA', 1);
  theirs = await makeOrganisation(app, 'BRAVO', 2);
  tenant = await inviteTenant();
});

afterAll(async () => {
  await app?.close();
  await database?.drop();
});

const as = (caller: Caller | null, from = '10.0.0.1', at = app) =>
  callRouter({ app: at, caller, from });

const invite = (email: string | null = null) =>
  as(ours.caller).invite.createInvitation({
    role: 'tenant',
    placeId: ours.placeId,
    email,
    days: 14,
  });

async function inviteTenant(): Promise<Caller> {
  const { code } = await invite();
  await as(null).invite.redeemInvitation({ code });
  const member = await app.db.prisma.membership.findFirstOrThrow({
    where: { role: 'tenant', placeId: ours.placeId, orgId: ours.orgId },
    orderBy: { id: 'desc' },
    include: { user: true },
  });
  return {
    userId: member.userId,
    name: '',
    email: member.user.email,
    orgId: ours.orgId,
    roles: ['tenant'],
    placeIds: [ours.placeId],
    strong: true,
  };
}

const seen = (atS: number, pulses: number): InstallSeen => ({
  at: NOW + atS * 1000,
  deviceId: '00052017',
  inputs: [
    { channel: 1, pulses: 5, wireBreak: false, shortCircuit: false, magnet: false },
    { channel: 2, pulses, wireBreak: false, shortCircuit: false, magnet: false },
  ],
  value: null,
  magnet: false,
  raw: 'AAECAw==',
});

let made = 0;
function draft(change: Partial<InstallDraft> = {}, dialAfter = '123.4566'): InstallDraft {
  made++;
  return {
    id: `01999b9c-6f5a-7cc0-8a3e-${String(made).padStart(12, '0')}`,
    v: 1,
    placeId: ours.placeId,
    resource: 'cold-water',
    serial: `SN${made}`,
    serialFrom: 'typed',
    attach: 'pulse',
    deviceId: '00052017',
    channel: 2,
    pulseWeight: '0.0001',
    start: '123.4560',
    digits: 5,
    decimals: 4,
    photos: { number: null, dial: null, seal: null },
    sealNumber: 'A-77',
    proof: {
      proved: true,
      problem: null,
      listenedAt: NOW,
      openedAt: NOW + 5_000,
      closedAt: NOW + 16_000,
      pulses: 6,
      counted: '0.0006',
      dialAfter,
      flags: [],
      simulated: true,
      seen: [seen(2, 900), seen(8, 903), seen(15, 906)],
    },
    steps: [{ step: 'photos', at: NOW }],
    startedAt: NOW,
    finishedAt: NOW + 60_000,
    ...change,
  };
}

describe('an invitation', () => {
  test('is kept as a hash, opens once, and makes a person with the role at the place', async () => {
    const { code, url } = await invite();
    expect(url).toContain(encodeURIComponent(code));
    const rows = await app.db.prisma.invitation.findMany();
    expect(JSON.stringify(rows)).not.toContain(code);
    const view = await as(null).invite.viewInvitation({ code: code.toLowerCase() });
    expect(view).toMatchObject({
      organisation: 'ALPHA utility',
      role: 'tenant',
      needsSignIn: false,
    });
    const opened = await as(null).invite.redeemInvitation({ code });
    expect(opened.path).toMatch(/^\/api\/auth\/magic-link\/verify\?/);
    await expect(as(null).invite.redeemInvitation({ code })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  test('two knocks at once let one in', async () => {
    const { code } = await invite();
    const both = await Promise.allSettled([
      as(null).invite.redeemInvitation({ code }),
      as(null).invite.redeemInvitation({ code }),
    ]);
    expect(both.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
  });

  test('expires and can be taken back', async () => {
    const late = { ...app, clock: { now: () => NOW + 15 * DAY_MS } };
    const { code } = await invite();
    await expect(as(null, '10.0.0.2', late).invite.viewInvitation({ code })).rejects.toThrow();
    const { id, code: second } = await invite();
    await as(ours.caller).invite.revokeInvitation({ id });
    await expect(as(null, '10.0.0.2').invite.viewInvitation({ code: second })).rejects.toThrow();
  });

  test('sent to a registered address does not open that account by itself', async () => {
    const { code } = await invite(ours.caller.email);
    expect((await as(null).invite.viewInvitation({ code })).needsSignIn).toBe(true);
    await expect(as(null).invite.redeemInvitation({ code })).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
    });
    expect((await as(ours.caller).invite.redeemInvitation({ code })).path).toBeNull();
  });

  test('guesses from one address run out, another address is not held back', async () => {
    const guess = (from: string) => as(null, from).invite.viewInvitation({ code: 'ZZZZZ-ZZZZZ' });
    for (let i = 0; i < 12; i++) await expect(guess('9.9.9.9')).rejects.toThrow(/not known/);
    await expect(guess('9.9.9.9')).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    await expect(guess('8.8.8.8')).rejects.toThrow(/not known/);
  });

  test('an operator makes no administrator', async () => {
    const operator: Caller = { ...ours.caller, roles: ['operator'] };
    await expect(
      as(operator).invite.createInvitation({ role: 'admin', placeId: null, email: null, days: 1 }),
    ).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('a request', () => {
  let sent: InstallDraft;
  beforeEach(async () => {
    sent = draft();
    await as(tenant).install.submitRequest(sent);
  });

  test('sent twice is one request', async () => {
    const again = await as(tenant).install.submitRequest({ ...sent, serial: 'CHANGED' });
    expect(again).toMatchObject({ id: sent.id, status: 'submitted' });
    expect(again.draft.serial).toBe(sent.serial);
    const own = (await as(tenant).install.getOwn()).requests;
    expect(own.filter((r) => r.id === sent.id)).toHaveLength(1);
  });

  test('for a place that is not mine is refused', async () => {
    const elsewhere = draft({ placeId: ours.houseId });
    await expect(as(tenant).install.submitRequest(elsewhere)).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  test('claims of proof are judged again from the evidence', async () => {
    const claimed = draft({}, '123.4620');
    const { draft: kept } = await as(tenant).install.submitRequest(claimed);
    expect(kept.proof).toMatchObject({ proved: false, problem: 'wrong-weight' });
  });

  test('returned with a reason reaches the tenant and cannot be decided again', async () => {
    await as(ours.caller).install.returnRequest({ id: sent.id, reason: 'Снимок пломбы смазан' });
    const own = (await as(tenant).install.getOwn()).requests.find((r) => r.id === sent.id);
    expect(own).toMatchObject({ status: 'returned', reason: 'Снимок пломбы смазан' });
    await expect(
      as(ours.caller).install.returnRequest({ id: sent.id, reason: 'again' }),
    ).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('approved makes meter, module, installation and the first reading', async () => {
    const { meterId, pointId, stored } = await as(ours.caller).install.approveRequest({
      id: sent.id,
    });
    expect(stored).toBe(1);
    const where = { meterId };
    const made = await app.db.withOrg(ours.orgId, async (tx) => ({
      ...(await tx.meter.findUniqueOrThrow({ where: { id: meterId }, include: { module: true } })),
      pulseChannels: await tx.pulseChannel.findMany({ where }),
      installations: await tx.installation.findMany({ where }),
    }));
    expect(made).toMatchObject({ serial: sent.serial, protocol: 'pulse', moduleChannel: 2 });
    expect(made.module).toMatchObject({ serial: '00052017' });
    expect(made.pulseChannels[0]!.pulseWeight.toString()).toBe('0.0001');
    expect(made.installations).toMatchObject([
      { pointId, seals: ['A-77'], startRegisters: [{ register: 10, value: '123.4560' }] },
    ]);
    const { rows } = await app.db.pool.query(
      'SELECT value, source FROM reading JOIN reading_origin o USING (meter_id, register, ts) ' +
        'WHERE meter_id = $1',
      [meterId],
    );
    expect(rows).toMatchObject([{ source: 'self-install' }]);
    const again = draft({ serial: 'SECOND' });
    await as(tenant).install.submitRequest(again);
    await expect(as(ours.caller).install.approveRequest({ id: again.id })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    const still = await as(ours.caller).install.listRequests({ status: 'submitted' });
    expect(still.some((r) => r.id === again.id)).toBe(true);
  });

  test('is invisible to another organisation', async () => {
    const list = await as(theirs.caller).install.listRequests({ status: 'submitted' });
    expect(list.some((r) => r.id === sent.id)).toBe(false);
    await expect(
      as(theirs.caller).install.returnRequest({ id: sent.id, reason: 'not mine' }),
    ).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('a tenant decides nothing', async () => {
    await expect(
      as(tenant).install.returnRequest({ id: sent.id, reason: 'nope' }),
    ).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});

test('a picture is named by its bytes', async () => {
  const bytes = Buffer.from('not really a jpeg');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const photo = { sha256, mime: 'image/jpeg' as const, body: bytes.toString('base64') };
  await as(tenant).install.putPhoto(photo);
  await as(tenant).install.putPhoto(photo);
  expect(await as(ours.caller).install.getPhoto({ sha256 })).toBe(
    `data:image/jpeg;base64,${photo.body}`,
  );
  expect(await as(theirs.caller).install.getPhoto({ sha256 })).toBeNull();
  await expect(
    as(tenant).install.putPhoto({ ...photo, sha256: 'ab'.repeat(32) }),
  ).rejects.toMatchObject({ code: 'BAD_REQUEST' });
});

test('the chain of deeds holds, and shows a changed row', async () => {
  const { id: orgId } = await app.db.prisma.organisation.create({ data: { name: 'Chain' } });
  const write = (subject: string) =>
    app.db.withOrg(orgId, (tx) =>
      writeAudit(tx, {
        orgId,
        userId: null,
        action: 'test-chain',
        subject,
        at: NOW,
        detail: { b: 1, a: 2 },
      }),
    );
  // Written at the same time, they still follow one another.
  await Promise.all(['one', 'two', 'three'].map(write));
  const check = () => app.db.withOrg(orgId, (tx) => findBrokenAudit(tx, orgId));
  expect(await check()).toBeNull();
  const [, second] = await app.db.prisma.auditLog.findMany({
    where: { orgId },
    orderBy: { id: 'asc' },
  });
  await app.db.pool.query(`UPDATE audit_log SET subject = 'x' WHERE id = $1`, [second!.id]);
  expect(await check()).toBe(second!.id);
});
