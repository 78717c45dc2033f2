/**
 * Many phones push to a running Kilter while its app and its PostgreSQL are killed with SIGKILL.
 *
 * It knows the launcher's data folder and real HTTP; the phones are the real engine. What a phone
 * counts as acknowledged is a receipt whose signature was checked. The benchmark `kill` and
 * tests/e2e/killed.spec.ts call it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { createPrng, type Prng } from '#lib/base/prng.ts';
import { uuidv7 } from '#lib/base/id.ts';
import type { FieldEvent, PushAnswer } from '#lib/contract/fieldsync.ts';
import { captureAll, newHead, pushOf, type Head } from '#lib/offline/engine.ts';
import { verifyWith } from './receipt-check.ts';

export type Attack = {
  readonly origin: string;
  /** KILTER_DATA_DIR of the launcher. */
  readonly folder: string;
  readonly cookie: string;
  readonly userId: string;
  readonly clients: number;
  readonly kills: number;
  readonly seed: number;
  readonly say: (line: string) => void;
};

export type Damage = {
  readonly kills: number;
  readonly acknowledged: number;
  readonly stored: number;
  /** Acknowledged and not stored. */
  readonly lost: number;
  readonly twice: number;
  /** Pushes of which only a part is stored. */
  readonly partial: number;
  readonly failedPushes: number;
  readonly slowestReturnMs: number;
};

const RETURN_LIMIT_MS = 60_000;
const REQUEST_LIMIT_MS = 10_000;

/** Kills app and database in turns; `look` opens the database when all is over. */
export async function killUnderLoad(
  attack: Attack,
  look: <T extends pg.QueryResultRow>(sql: string, values: unknown[]) => Promise<T[]>,
): Promise<Damage> {
  const prng = createPrng(attack.seed);
  const { key } = (await (await fetch(`${attack.origin}/api/sync/key`)).json()) as { key: string };
  const phones = Array.from({ length: attack.clients }, (_, i) => new Phone(attack, key, i));
  const stop = new AbortController();
  const pushing = phones.map((phone) => phone.pushUntil(stop.signal));
  const returns: number[] = [];
  try {
    for (let i = 0; i < attack.kills; i++) {
      await sleep(prng.int(400, 1600));
      const what = i % 2 ? 'database' : 'app';
      const pid = what === 'app' ? appOf(attack.folder) : postgresOf(attack.folder);
      process.kill(pid, 'SIGKILL');
      const ms = await untilAcknowledged(phones);
      returns.push(ms);
      attack.say(`kill ${i + 1}: ${what} ${pid}, pushes are acknowledged again after ${ms} ms`);
    }
  } finally {
    stop.abort();
    await Promise.all(pushing);
  }
  const devices = phones.map(({ head }) => head.device);
  const rows = await look<{ hash: string }>(
    `SELECT encode(hash, 'hex') AS hash FROM capture_event WHERE device_id = ANY($1::uuid[])`,
    [devices],
  );
  return {
    ...count(
      phones,
      rows.map(({ hash }) => hash),
    ),
    ...{ kills: attack.kills },
    ...{
      slowestReturnMs: Math.max(0, ...returns),
    },
  };
}

function count(phones: readonly Phone[], hashes: readonly string[]) {
  const stored = new Set(hashes);
  const acknowledged = phones.flatMap((phone) => [...phone.acknowledged]);
  const isPartial = (batch: readonly string[]) => {
    const here = batch.filter((hash) => stored.has(hash)).length;
    return here > 0 && here < batch.length;
  };
  return {
    acknowledged: acknowledged.length,
    stored: hashes.length,
    lost: acknowledged.filter((hash) => !stored.has(hash)).length,
    twice: hashes.length - stored.size,
    partial: phones.flatMap((phone) => phone.batches).filter(isPartial).length,
    failedPushes: phones.reduce((sum, phone) => sum + phone.failures, 0),
  };
}

class Phone {
  head: Head;
  readonly acknowledged = new Set<string>();
  readonly batches: string[][] = [];
  failures = 0;
  readonly #prng: Prng;

  constructor(
    readonly attack: Attack,
    readonly key: string,
    i: number,
  ) {
    this.#prng = createPrng(attack.seed).fork(`phone ${i} ${Date.now()}`);
    this.head = newHead(this.#uuid(), this.#uuid());
  }

  async pushUntil(signal: AbortSignal): Promise<void> {
    let batch: readonly FieldEvent[] = [];
    while (!signal.aborted) {
      if (batch.length === 0) batch = this.#capture();
      if (await this.#push(batch)) batch = [];
      else await sleep(50);
    }
  }

  #uuid = () => uuidv7(Date.now(), (n) => this.#prng.bytes(n));

  #capture(): readonly FieldEvent[] {
    const at = { wall: new Date().toISOString(), mono: 1, boot: this.head.device };
    const drafts = Array.from({ length: this.#prng.int(1, 9) }, (_, i) => ({
      id: this.#uuid(),
      type: 'meter.note',
      user: this.attack.userId,
      body: { text: `note ${i}` },
      at,
    }));
    const made = captureAll(this.head, drafts);
    this.head = made.head;
    this.batches.push(made.events.map(({ hash }) => hash));
    return made.events;
  }

  /** True when every event of the batch has a receipt that the server really signed. */
  async #push(batch: readonly FieldEvent[]): Promise<boolean> {
    const { origin, cookie } = this.attack;
    const { epoch } = this.head.epochs[0]!;
    try {
      const response = await fetch(`${origin}/api/sync/push`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', cookie, origin },
        body: JSON.stringify(pushOf(this.head, epoch, batch)),
        signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
      });
      if (response.status !== 200) throw new Error(`status ${response.status}`);
      const answer = (await response.json()) as PushAnswer;
      const isGenuine = verifyWith([this.key]);
      const at = { device: this.head.device, epoch };
      for (const receipt of answer.receipts) {
        if (isGenuine(at, receipt)) this.acknowledged.add(receipt.hash);
      }
      return batch.every(({ hash }) => this.acknowledged.has(hash));
    } catch {
      this.failures++;
      return false;
    }
  }
}

/** Milliseconds until as many phones as there are, have something new acknowledged. */
async function untilAcknowledged(phones: readonly Phone[]): Promise<number> {
  const began = performance.now();
  await sleep(100);
  const before = phones.map((phone) => phone.acknowledged.size);
  while (performance.now() - began < RETURN_LIMIT_MS) {
    if (phones.every((phone, i) => phone.acknowledged.size > before[i]!)) {
      return Math.round(performance.now() - began);
    }
    await sleep(20);
  }
  throw new Error('the server did not come back');
}

const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));

const appOf = (folder: string): number =>
  (JSON.parse(readFileSync(join(folder, 'running.json'), 'utf8')) as { pid: number }).pid;

const postgresOf = (folder: string): number =>
  Number(readFileSync(join(folder, 'pg/postmaster.pid'), 'utf8').split('\n')[0]);

/** The cookie of a session, made by following a one-time link as a browser would. */
export async function cookieFrom(link: string): Promise<string> {
  const response = await fetch(link, { redirect: 'manual' });
  const cookies = response.headers.getSetCookie().map((line) => line.split(';')[0]!);
  if (cookies.length === 0) throw new Error(`no session came with the link (${response.status})`);
  return cookies.join('; ');
}
