/**
 * Level 2 of the simulation: schedules over real code. The oracle is what capture() resolved, by id
 * and hash, and the photos it named, by sha256. real.pg.test.ts asserts, main.ts replays a seed.
 */
import type { FieldEvent, PushAnswer, Receipt } from '#lib/contract/fieldsync.ts';
import type { Held, Head } from '#lib/offline/engine.ts';
import type { Offline, OutboxItem } from '#lib/offline/types.ts';
import {
  I1,
  I2,
  I3,
  I4,
  I5,
  I6,
  I8,
  I9,
  I12,
  type Finding,
  type Invariant,
} from '../invariants.ts';
import { verifyWith } from '../../support/receipt-check.ts';
import { prepareBrowser } from './disk.ts';
import { makeRealSchedule, type RealStep } from './schedule.ts';
import { WHO, type RealServer } from './server.ts';
import { healAll, newRealWorld, runRealStep, type RealWorld } from './world.ts';

const REPLAYED = 3;
/** A schedule that takes longer stands still. */
const LIMIT_MS = 20_000;

export type RealResult = {
  readonly seed: number;
  readonly findings: readonly string[];
  readonly events: number;
  readonly photos: number;
  readonly kills: number;
  readonly faults: number;
  readonly forks: number;
};

/** Runs the schedule of `seed`. Replays on an empty database make the same decisions. */
export async function runReal(server: RealServer, seed: number): Promise<RealResult> {
  prepareBrowser();
  const world = newRealWorld(server, seed);
  const restore = becomePhone(world);
  const findings: string[] = [];
  const say = (invariant: Invariant, finding: Finding) => {
    if (finding !== null) findings.push(`${invariant}: ${finding}`);
  };
  let forks = 0;
  try {
    await within(LIMIT_MS, runSteps(world, makeRealSchedule(seed)));
    const phones = await within(LIMIT_MS, healAll(world));
    findings.push(...world.stuck.map((text) => `I7: ${text}`));
    forks = await check(world, phones, say);
    for (const phone of phones) phone.close();
  } catch (error) {
    findings.push(`the schedule ended: ${String((error as Error).stack ?? error)}`);
  } finally {
    restore();
  }
  return {
    seed,
    findings,
    events: world.told.length,
    photos: new Set(world.told.flatMap(({ event }) => photosOf(event))).size,
    kills: world.kills,
    faults: [...world.met].reduce((sum, [fault, n]) => sum + (fault === 'none' ? 0 : n), 0),
    forks,
  };
}

async function runSteps(world: RealWorld, steps: readonly RealStep[]): Promise<void> {
  for (const step of steps) await runRealStep(world, step);
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error('it stands still')), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Gives Node what a phone's browser has, and takes it away again. Ids come from the seed. */
function becomePhone({ prng }: RealWorld): () => void {
  const zone = process.env['TZ'];
  const random = prng.fork('ids');
  const given = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  // Nothing is sent by itself: the schedule says when.
  Object.defineProperty(globalThis, 'navigator', { value: { onLine: false }, configurable: true });
  Object.defineProperty(crypto, 'getRandomValues', {
    configurable: true,
    value: (into: Uint8Array) => (into.set(random.bytes(into.length)), into),
  });
  return () => {
    Reflect.deleteProperty(crypto, 'getRandomValues');
    Reflect.deleteProperty(globalThis, 'navigator');
    if (given) Object.defineProperty(globalThis, 'navigator', given);
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  };
}

const photosOf = (event: FieldEvent): string[] => (event.body['photos'] ?? []) as string[];

type Row = { id: string; hash: string; device: string; epoch: string; n: number };
type Say = (invariant: Invariant, finding: Finding) => void;

/** Returns how many forks were kept. */
async function check(world: RealWorld, phones: readonly Offline[], say: Say): Promise<number> {
  const stored = await rowsOf(world, 'capture_event');
  const forks = await rowsOf(world, 'capture_fork');
  const here = new Set([...stored, ...forks].map((row) => row.hash));
  const lists = await Promise.all(phones.map(listOf));
  const onPhones = new Set(lists.flat().map(({ event }) => event.hash));
  const gone = new Set([...world.gone].filter((name) => !onPhones.has(name)));
  const hashes = world.told.map(({ event }) => event.hash);
  const lost = I1.lost(hashes, here, gone);
  if (lost.length) say('I1', `${lost.length} of ${hashes.length} told events are not stored`);
  await checkPhotos(world, say);
  const twice = I5.twice(stored) + I6.bothKept(forks);
  if (twice) say('I5', `${twice} rows are stored twice`);
  const contents = new Map(stored.map((row) => [row.id, row.hash]));
  for (const { event, clock } of world.told) {
    say('I8', I8.instant(event, clock));
    // A fork or a colliding id has its row under another key; the hash above found it.
    if (contents.get(event.id) === event.hash) say('I2', I2.unchanged(contents, event));
  }
  const captures = world.told.map(({ event, device }) => ({
    meter: Number(event.body['meterId']),
    device,
    hash: event.hash,
  }));
  say('I9', I9.bothKept(captures, new Set([...here, ...gone])));
  phones.forEach((phone, i) => checkPhone(world, phone.deviceId, { rows: lists[i]!, say }));
  await checkBeats(world, stored, say);
  await checkReplay(world, stored.length + forks.length, say);
  return forks.length;
}

function rowsOf({ server, devices }: RealWorld, table: string): Promise<Row[]> {
  return server.ask<Row>(
    `SELECT id, encode(hash, 'hex') AS hash, device_id AS device, epoch, n FROM ${table}
      WHERE device_id = ANY($1::uuid[])`,
    [[...devices]],
  );
}

/** Newest first, everything the phone still holds. */
const listOf = (phone: Offline): Promise<readonly OutboxItem[]> =>
  new Promise((done) => {
    const stop = phone.outbox.list(10_000).subscribe((items) => {
      done(items);
      queueMicrotask(() => stop());
    });
  });

async function checkPhotos({ server, told, gone }: RealWorld, say: Say): Promise<void> {
  const named = [...new Set(told.flatMap(({ event }) => photosOf(event)))];
  const rows = await server.ask<{ name: string }>(
    `SELECT encode(sha256, 'hex') AS name FROM photo
      WHERE complete AND sha256(body) = sha256 AND encode(sha256, 'hex') = ANY($1)`,
    [named],
  );
  const here = new Set(rows.map(({ name }) => name));
  const lost = I1.lost(named, here, gone);
  if (lost.length) say('I1', `${lost.length} of ${named.length} photos are not whole`);
}

function checkPhone(
  { server }: RealWorld,
  device: string,
  { rows, say }: { rows: readonly OutboxItem[]; say: Say },
): void {
  const held = rows.map(({ event, receipt }): Held => ({ event, receipt, receiptAt: null }));
  const epochs = [...new Set(held.map(({ event }) => event.epoch))].map((epoch) => {
    const ns = held.filter(({ event }) => event.epoch === epoch).map(({ event }) => event.n);
    return { epoch, capturedN: Math.max(...ns), hw: 0 };
  });
  say('I3', I3.dense({ epochs } as unknown as Head, held));
  for (const row of held) say('I4', I4.signed(row, device, verifyWith(server.keys)));
}

async function checkBeats(
  { server, devices, gone }: RealWorld,
  stored: readonly Row[],
  say: Say,
): Promise<void> {
  type Beat = { device: string; epochs: Record<string, { capturedN: number; hw: number }> };
  const beats = await server.ask<Beat>(
    `SELECT id AS device, beat -> 'epochs' AS epochs FROM field_device
      WHERE id = ANY($1::uuid[]) AND beat IS NOT NULL`,
    [[...devices]],
  );
  for (const { device, epochs } of beats) {
    for (const [epoch, { capturedN, hw }] of Object.entries(epochs ?? {})) {
      const rows = stored.filter((row) => row.device === device && row.epoch === epoch);
      say('I4', I4.mark(hw, rows));
      say('I12', I12.named({ told: capturedN, counted: capturedN, stored: rows }));
      const missing = I12.missing(capturedN, rows);
      if (missing > 0 && gone.size === 0) say('I12', `${missing} of ${device} missing`);
    }
  }
}

/** Old pushes again, last first: no new row, the same receipts. */
async function checkReplay(world: RealWorld, before: number, say: Say): Promise<void> {
  const known = new Map<string, Receipt>();
  for (const text of [...world.sent.slice(-REPLAYED), ...world.sent.slice(-REPLAYED)].reverse()) {
    const { user, body } = JSON.parse(text) as { user: string; body: string };
    const headers = { 'content-type': 'application/json', [WHO]: user };
    const address = `${world.server.origin}/api/sync/push`;
    const answer = await fetch(address, { method: 'POST', headers, body });
    if (answer.status !== 200) continue;
    for (const receipt of ((await answer.json()) as PushAnswer).receipts) {
      const first = known.get(receipt.hash);
      if (first && !I5.sameReceipt(first, receipt)) say('I5', 'another receipt on replay');
      known.set(receipt.hash, receipt);
    }
  }
  const after = [await rowsOf(world, 'capture_event'), await rowsOf(world, 'capture_fork')].flat();
  if (after.length !== before) say('I5', `a replay added ${after.length - before} rows`);
}
