/** The resident's screens on the demo town: seeded once, asked as its people. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { uuidv7 } from '#lib/base/id.ts';
import { decodePush } from '#lib/contract/decode-push.ts';
import type { FieldEvent, ReadingCaptured } from '#lib/contract/fieldsync.ts';
import { verifyReceipt } from '#lib/contract/receipt.ts';
import { capture, newHead, pushOf } from '#lib/offline/engine.ts';
import { freshDatabase, type TestDatabase } from '../../tests/support/database.ts';
import { callRouter } from '#server/api/root.ts';
import type { Caller } from '#server/api/trpc.ts';
import { createApp, type App } from '#server/app.ts';
import { readConfig } from '#server/config.ts';
import { seedDemo } from '#server/cli/seed.ts';
import { PEOPLE, type DemoPerson } from '#server/cli/seed/people.ts';
import { takePiece } from '#server/sync/photos.ts';
import { pushEvents, receiptKey } from '#server/sync/service.ts';

const NOW = Date.parse('2026-11-20T20:40:00Z');
const KEY = Buffer.alloc(32, 7).toString('base64');
let database: TestDatabase;
let app: App;

beforeAll(async () => {
  database = await freshDatabase();
  await seedDemo({ url: database.url, masterKey: KEY, nowAt: NOW, say: () => {} });
  const config = readConfig({
    DATABASE_URL: database.url,
    BETTER_AUTH_SECRET: 'test-secret-test-secret-test-secret!',
    KILTER_MASTER_KEY: KEY,
    KILTER_RECEIPT_KEY: KEY,
  });
  app = createApp(config, { now: () => NOW });
}, 120_000);

afterAll(async () => {
  await app?.close();
  await database?.drop();
});

async function callerOf(person: DemoPerson): Promise<Caller> {
  const { rows } = await app.db.pool.query<{ org_id: number; place_id: number | null }>(
    'SELECT org_id, place_id FROM membership WHERE user_id = $1',
    [person.id],
  );
  return {
    userId: person.id,
    name: person.name,
    email: person.email,
    orgId: rows[0]!.org_id,
    roles: ['resident', 'tenant'],
    placeIds: rows.flatMap((row) => row.place_id ?? []),
    strong: true,
  };
}

async function as(person: DemoPerson): Promise<ReturnType<typeof callRouter>['home']> {
  return callRouter({ app, caller: await callerOf(person) }).home;
}

test('seeding again changes nothing', async () => {
  const again = await seedDemo({
    url: database.url,
    masterKey: KEY,
    nowAt: NOW,
    say: () => {},
  });
  expect(again).toEqual({ readings: 0, skipped: true });
});

describe('the home screen', () => {
  test('one number, its range, comparisons and the bill', async () => {
    const home = await (await as(PEOPLE.resident)).getHome({});
    expect(home).toMatchObject({ house: 'Лесная, 14', flat: '37', month: '2026-11', daysDone: 20 });
    expect(home.dataAt).toBe(Date.parse('2026-11-20T20:00:00Z'));
    const sum = home.resources.reduce((minor, row) => minor + (row.cost?.minor ?? 0), 0);
    expect(home.spent).toEqual({ minor: sum, currency: 'RUB' });
    const { low, mid, high } = home.forecast!;
    expect(home.spent!.minor).toBeLessThan(low.minor);
    expect(low.minor).toBeLessThan(mid.minor);
    expect(mid.minor).toBeLessThan(high.minor);
    expect(home.houseAverage?.homes).toBe(60);
    expect(home.bill).toMatchObject({ month: '2026-10', agrees: true });
    expect(home.resources.map((row) => row.resource)).toEqual([
      'electricity',
      'cold-water',
      'hot-water',
      'gas',
      'heat',
    ]);
  });

  test('the leak is told with its start, flow and cost', async () => {
    const { alert } = await (await as(PEOPLE.resident)).getHome({});
    expect(alert).toMatchObject({
      kind: 'water-never-stops',
      resource: 'cold-water',
      perHour: { units: 12, scale: -3, unit: 'm3' },
      // 0.288 m³ a day at 92.41.
      costPerDay: { minor: 2661, currency: 'RUB' },
    });
    const hours = (NOW - alert!.sinceAt) / 3_600_000;
    expect(hours).toBeGreaterThan(60);
    expect(hours).toBeLessThan(75);
  });

  test('the cottage is well', async () => {
    const home = await (await as(PEOPLE.tenant)).getHome({});
    expect(home).toMatchObject({ house: 'Выселки, 5', flat: null, alert: null });
  });

  test('a person without a home is told so', async () => {
    await expect((await as(PEOPLE.nordwerk)).getHome({})).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

describe('charts and calendar', () => {
  test('days add up to the total and to the calendar', async () => {
    const api = await as(PEOPLE.resident);
    const [first] = await api.listMeters({});
    const chart = await api.getChart({ pointIds: [first!.pointId], span: 'month' });
    const series = chart.series[0]!;
    expect(chart.buckets).toHaveLength(30);
    expect(series.values.reduce<number>((a, b) => a + (b ?? 0), 0)).toBe(series.total);
    expect(series.averageOf).toBe(60);
    expect(series.lastYear?.filter((x) => x !== null)).toHaveLength(30);
    expect(series.forecast?.tries).toBe(6);
    const calendar = await api.getCalendar({ pointId: first!.pointId });
    expect(calendar.days.map((day) => day.used)).toEqual(series.values);
    const day = calendar.days[5]!;
    const proof = await api.getReading({ pointId: first!.pointId, at: day.readingAt! });
    expect(proof).toMatchObject({ value: day.value, source: 'concentrator', tier: 'day' });
  });

  test('a year has last year beside it, an exchange makes no step', async () => {
    const api = await as(PEOPLE.resident);
    const meters = await api.listMeters({});
    const ids = meters.map((meter) => meter.pointId);
    const chart = await api.getChart({ pointIds: ids, span: 'year', anchor: '2026' });
    expect(chart.series).toHaveLength(5);
    for (const series of chart.series) {
      expect(series.values.every((x) => x === null || x >= 0)).toBe(true);
      expect(series.lastYear?.slice(9).every((x) => x !== null)).toBe(true);
    }
  });

  test('hours need consent, and consent can be taken back', async () => {
    const tenant = await as(PEOPLE.tenant);
    const [meter] = await tenant.listMeters({});
    const ask = { pointIds: [meter!.pointId], span: 'day' as const };
    expect((await tenant.getChart(ask)).status).toBe('needs-consent');
    await tenant.setConsent({ hourly: true });
    const open = await tenant.getChart(ask);
    expect(open.buckets).toHaveLength(24);
    expect(open.series[0]!.values.filter((x) => x !== null)).toHaveLength(24);
    await tenant.setConsent({ hourly: false });
    expect((await tenant.getChart(ask)).status).toBe('needs-consent');
  });

  test('a point of another home does not exist for me', async () => {
    const [theirs] = await (await as(PEOPLE.tenant)).listMeters({});
    const api = await as(PEOPLE.resident);
    const ask = { pointIds: [theirs!.pointId], span: 'month' as const };
    await expect(api.getChart(ask)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(api.getCalendar({ pointId: theirs!.pointId })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

describe('compared with others', () => {
  test('three dials over sixty homes', async () => {
    const dials = await (await as(PEOPLE.resident)).getIndicators({});
    for (const dial of [dials.overall, dials.temperature, dials.efficiency]) {
      expect(dial.peersCount).toBe(60);
      expect(dial.value).toBeGreaterThan(0.4);
      expect(dial.value).toBeLessThan(2);
    }
    expect(dials.temperature.own).toBeGreaterThan(18);
  });

  test('a cottage is compared within its settlement, by what it measures', async () => {
    const api = await as(PEOPLE.tenant);
    const dials = await api.getIndicators({});
    expect(dials.consumption.find((one) => one.resource === 'cold-water')!.value).toBeNull();
    expect(dials.overall.peersCount).toBe(20);
    expect(dials.overall.value).toBeGreaterThan(0.3);
    expect(dials.temperature).toMatchObject({ value: null, reason: 'no-sensor' });
    expect((await api.getHome({})).within).toBe('settlement');
  });

  test('similar homes are fifteen and more, and opting out closes both ways', async () => {
    const api = await as(PEOPLE.resident);
    const ask = { resource: 'cold-water' as const };
    const shown = await api.getComparison(ask);
    expect(shown.status).toBe('shown');
    expect(shown.cohort.homes).toBeGreaterThanOrEqual(15);
    expect(shown.cohort.largestShare).toBeLessThanOrEqual(0.15);
    expect(shown.bins.reduce((n, bin) => n + bin.homes, 0)).toBe(shown.cohort.homes);
    const facts = shown.facts;
    await api.setFacts({ ...facts, compare: false });
    expect(await api.getComparison(ask)).toMatchObject({
      status: 'suppressed',
      reason: 'opted-out',
    });
    await api.setFacts({ ...facts, compare: true });
  });
});

test('who has two homes sees the chosen one; a foreign one is no choice', async () => {
  const { rows } = await app.db.pool.query<{ id: number; place_id: number }>(
    `SELECT h.id, h.place_id FROM household h JOIN place p ON p.id = h.place_id
      WHERE p.object_type = 'cottage' AND h.to_at IS NULL
        AND NOT EXISTS (SELECT FROM household_member m WHERE m.household_id = h.id)
      ORDER BY h.id LIMIT 1`,
  );
  const second = rows[0]!;
  const caller = await callerOf(PEOPLE.resident);
  const { userId } = caller;
  const own = [second.id, userId];
  await app.db.pool.query(
    `INSERT INTO household_member (household_id, user_id, org_id)
     SELECT $1, $2, org_id FROM household WHERE id = $1`,
    own,
  );
  const wishing = (homeId?: number) => callRouter({ app, caller: { ...caller, homeId } }).home;
  try {
    const usual = await wishing().getHome({});
    expect(usual.homes).toHaveLength(2);
    const chosen = await wishing(second.place_id).getHome({});
    expect(chosen).toMatchObject({ placeId: second.place_id, flat: null, homes: usual.homes });
    const other = usual.homes.find(({ placeId }) => placeId !== second.place_id)!;
    const serials = async (id: number) =>
      (await wishing(id).listMeters({})).map(({ serial }) => serial);
    const [cottage, flat] = [await serials(second.place_id), await serials(other.placeId)];
    expect(cottage.filter((serial) => flat.includes(serial))).toEqual([]);
    const theirs = await (await as(PEOPLE.tenant)).getHome({});
    expect((await wishing(theirs.placeId).getHome({})).placeId).toBe(usual.placeId);
  } finally {
    await app.db.pool.query(
      'DELETE FROM household_member WHERE household_id = $1 AND user_id = $2',
      own,
    );
  }
});

describe('a reading by hand', () => {
  type Meter = Awaited<ReturnType<Awaited<ReturnType<typeof as>>['listMeters']>>[number];
  const id = (): string => uuidv7(NOW, (n) => crypto.getRandomValues(new Uint8Array(n)));
  const bodyOf = (meter: Meter, value: string, more: Partial<ReadingCaptured> = {}) => ({
    roundId: null,
    meterId: meter.meterId,
    register: meter.register,
    value,
    source: 'resident' as const,
    raw: null,
    flags: [],
    confirmed: false,
    photos: [],
    ...more,
  });
  /** What a phone of this person captures, and how it goes to the server. */
  function phoneOf(person: DemoPerson) {
    let head = newHead(id(), id());
    const events: FieldEvent[] = [];
    return {
      capture(body: ReadingCaptured, at: number): FieldEvent {
        const wall = new Date(at).toISOString();
        const draft = { id: id(), type: 'reading.captured', user: person.id, body: { ...body } };
        const next = capture(head, { ...draft, at: { wall, mono: 1, boot: id() } });
        head = next.head;
        events.push(next.event);
        return next.event;
      },
      async push() {
        const push = decodePush(pushOf(head, head.epochs[0]!.epoch, events));
        if (!push.ok) throw new Error(push.error.detail);
        return pushEvents(app, await callerOf(person), push.value);
      },
      where: () => ({ device: head.device, epoch: head.epochs[0]!.epoch }),
    };
  }
  const cubic = (value: number): string => (value / 1000).toFixed(3);

  test('is stored once, signed for and seen with its source, however often sent', async () => {
    const api = await as(PEOPLE.resident);
    const meter = (await api.listMeters({}))[1]!;
    const picture = Buffer.from('not a real picture, but bytes with a name');
    const name = createHash('sha256').update(picture).digest('hex');
    const phone = phoneOf(PEOPLE.resident);
    const value = meter.last!.value + 20;
    const at = NOW - 60_000;
    const event = phone.capture(bodyOf(meter, cubic(value), { photos: [name] }), at);
    const first = await phone.push();
    const [again, twin] = await Promise.all([phone.push(), phone.push()]);
    expect([again.receipts, twin.receipts]).toEqual([first.receipts, first.receipts]);
    expect(first.receipts[0]).toMatchObject({ id: event.id, result: 'stored' });
    expect(verifyReceipt(phone.where(), first.receipts[0]!, receiptKey(app))).toBe(true);
    const { rows } = await app.db.pool.query(
      'SELECT source FROM reading_origin WHERE event_id = $1',
      [event.id],
    );
    expect(rows).toEqual([{ source: 'resident' }]);
    expect((await api.listMeters({}))[1]!.last).toMatchObject({ value, source: 'resident' });

    const ask = { pointId: meter.pointId, at };
    expect((await api.getReading(ask)).photos).toEqual([]);
    await takePiece(app, await callerOf(PEOPLE.resident), {
      sha256: name,
      pieceSha256: name,
      offset: 0,
      total: picture.length,
      mime: 'image/jpeg',
      bytes: picture,
    });
    const proof = await api.getReading(ask);
    expect(proof).toMatchObject({ value, source: 'resident', by: 'resident', photos: [name] });
  });

  test('that is wild waits for a look, one of a neighbour never counts', async () => {
    const api = await as(PEOPLE.resident);
    const meter = (await api.listMeters({}))[1]!;
    const phone = phoneOf(PEOPLE.resident);
    const at = NOW - 30_000;
    phone.capture(bodyOf(meter, '90000.000'), at);
    expect((await phone.push()).receipts[0]).toMatchObject({ result: 'stored' });
    expect(await api.getReading({ pointId: meter.pointId, at })).toMatchObject({
      quality: 'suspect',
      verdicts: ['too-high'],
    });
    expect((await api.listMeters({}))[1]!.last).toEqual(meter.last);
    const [theirs] = await (await as(PEOPLE.tenant)).listMeters({});
    phone.capture(bodyOf(theirs!, '1.000'), at);
    expect((await phone.push()).receipts.at(-1)).toMatchObject({
      result: 'quarantined',
      reason: 'not-allowed',
    });
  });
});
