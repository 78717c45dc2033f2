/**
 * What must hold in every schedule: nothing lost, nothing twice, everybody agrees, and invariants
 * I1 to I13 of storage-and-sync 5.4 by name. It sees everything and touches nothing.
 */
import type { Came } from '#lib/offline/answer.ts';
import { mayPrune, openEpoch, type Held } from '#lib/offline/engine.ts';
import {
  receiptText,
  type FieldEvent,
  type PushAnswer,
  type Receipt,
} from '#lib/contract/fieldsync.ts';
import { parseCursor } from '#server/sync/cursor.ts';
import { contiguous, simSign, type LogRow } from './server.ts';
import type { Request, SimPhone } from './sim-phone.ts';
import type { World } from './world.ts';

const REPLAYED = 5;

export class Checks {
  lost = 0;
  duplicated = 0;
  diverged = 0;
  readonly violations: string[] = [];
  /** What the schedule reached, so that a test can tell an idle simulation from a good one. */
  readonly seen = new Set<string>();
  /** What the screen called "saved". */
  readonly #saved = new Map<string, FieldEvent>();
  readonly #contents = new Map<string, string>();
  /** Hashes that were on a storage the browser threw away. */
  readonly #gone = new Set<string>();
  #evictions = 0;

  saved(event: FieldEvent): void {
    this.#saved.set(event.hash, event);
  }

  evicted(phone: SimPhone): void {
    this.#evictions++;
    for (const { event } of phone.disk.held) this.#gone.add(event.hash);
  }

  /** I1: told "saved", so it is on the disk; I11: capturing takes nothing away. */
  captured(phone: SimPhone, { k, unsentBefore }: { k: number; unsentBefore: number }): void {
    if (phone.disk.held.length !== unsentBefore + 1) this.#fail('I11', `capture ${k} lost others`);
  }

  answered(
    world: World,
    phone: SimPhone,
    got: { request: Request; came: Came; answer: PushAnswer | null; heldBefore: readonly Held[] },
  ): void {
    const { request, answer, came, heldBefore } = got;
    if (!answer) {
      // I7: what is not an answer of ours leaves the outbox untouched.
      if (phone.disk.held.length !== heldBefore.length)
        this.#fail('I7', `outbox changed by status ${came.status}`);
      return;
    }
    const answeredFor = new Set(answer.receipts.map((r) => r.hash));
    if (!request.events.every((event) => answeredFor.has(event.hash))) {
      this.#fail('I7', 'an event of an accepted push has no receipt');
    }
    const { tables } = world.server;
    const rows = tables.log.filter((r) => r.device === request.device && r.epoch === request.epoch);
    if (answer.serverEpoch === tables.epoch && answer.hw > contiguous(rows)) {
      this.#fail('I4', 'the high-water mark is above a hole');
    }
    for (const { reason } of answer.receipts) if (reason) this.seen.add(reason);
    if (answer.expect !== undefined) this.seen.add('expect');
    if (answer.fork && openEpoch(phone.disk.head).epoch === request.epoch) {
      this.#fail('I6', 'told of a fork, still capturing in that epoch');
    }
    if (answer.fork && world.server.alarms === 0) this.#fail('I6', 'fork without an alarm');
    const kept = new Set(phone.disk.held.map((row) => row.event.hash));
    for (const row of heldBefore) {
      if (!kept.has(row.event.hash)) this.#fail('I4', `n=${row.event.n} left without its time`);
    }
  }

  pulled(world: World, phone: SimPhone): void {
    const cursor = parseCursor(phone.pull.cursor);
    if (!cursor || cursor.serverEpoch !== world.server.tables.epoch) return;
    const expected = new Map<string, number>();
    const upTo = world.server.tables.changes
      .filter((c) => c.xid < cursor.xid || (c.xid === cursor.xid && c.seq <= cursor.seq))
      .sort((a, b) => Number(a.xid - b.xid || a.seq - b.seq));
    for (const { id, op, rev } of upTo) {
      if (op === 'put') expected.set(`meter/${id}`, rev);
      else expected.delete(`meter/${id}`);
    }
    if (!sameMap(expected, phone.pull.copy))
      this.#fail('I10', 'the copy is not a committed prefix');
  }

  afterStep(world: World): void {
    for (const phone of world.phones) {
      this.#dense(phone);
      for (const row of phone.disk.held) this.#unchanged(row.event);
    }
    for (const phone of world.phones) this.#prunable(phone);
  }

  atEnd(world: World, replay: (text: string) => Came | null): void {
    const { log, forks } = world.server.tables;
    const stored = new Set([...log, ...forks].map((row) => row.hash));
    const onPhones = new Set(world.phones.flatMap((p) => p.disk.held.map((r) => r.event.hash)));
    for (const hash of this.#saved.keys()) {
      const excused = this.#gone.has(hash) && !onPhones.has(hash);
      if (!stored.has(hash) && !excused) this.lost++;
    }
    this.duplicated += countTwice(log.map((row) => row.hash));
    this.duplicated += countTwice(log.map((row) => `${row.device} ${row.epoch} ${row.n}`));
    this.duplicated += countTwice(forks.map((row) => row.hash));
    for (const phone of world.phones) this.#agrees(world, phone, [...log, ...forks]);
    this.#lossIsNamed(world);
    this.#replayAddsNothing(world, replay);
  }

  get failed(): boolean {
    return this.lost + this.duplicated + this.diverged + this.violations.length > 0;
  }

  /** I3: n has no holes above what was pruned, and the head counts them all. */
  #dense(phone: SimPhone): void {
    for (const { epoch, capturedN } of phone.disk.head.epochs) {
      const ns = phone.disk.held.filter((r) => r.event.epoch === epoch).map((r) => r.event.n);
      ns.sort((a, b) => a - b);
      const first = ns[0] ?? capturedN + 1;
      const dense = ns.every((n, i) => n === first + i) && first + ns.length === capturedN + 1;
      if (!dense) this.#fail('I3', `epoch holds n=${ns.join(',')} of ${capturedN}`);
    }
  }

  /** I2: an id never has another content. */
  #unchanged(event: FieldEvent): void {
    const before = this.#contents.get(event.id);
    if (before === undefined) this.#contents.set(event.id, event.hash);
    else if (before !== event.hash) this.#fail('I2', `event ${event.id} changed`);
  }

  /** I4: only what the server signed for and is complete up to may leave. */
  #prunable(phone: SimPhone): void {
    for (const row of phone.disk.held) {
      if (!mayPrune(phone.disk.head, row)) continue;
      this.seen.add('pruned');
      const { device } = phone.disk.head;
      const good =
        row.receipt !== null &&
        row.receipt.hash === row.event.hash &&
        row.receipt.sig === simSign(receiptText(device, row.event.epoch, row.receipt));
      if (!good) this.#fail('I4', `n=${row.event.n} may leave without a signed receipt`);
    }
  }

  #agrees(world: World, phone: SimPhone, rows: readonly LogRow[]): void {
    const byHash = new Map(rows.map((row) => [row.hash, row.receipt]));
    for (const { event, receipt } of phone.disk.held) {
      const theirs = byHash.get(event.hash);
      if (!receipt || !theirs || !sameReceipt(receipt, theirs)) this.diverged++;
    }
    const expected = new Map<string, number>();
    for (const { id, op, rev } of [...world.server.tables.changes].sort((a, b) =>
      Number(a.xid - b.xid || a.seq - b.seq),
    )) {
      if (op === 'put') expected.set(`meter/${id}`, rev);
      else expected.delete(`meter/${id}`);
    }
    if (!sameMap(expected, phone.pull.copy)) this.diverged++;
  }

  /** I12: what a phone counted and the server does not have is a number, and only after a loss. */
  #lossIsNamed(world: World): void {
    for (const [name, captured] of world.server.tables.captured) {
      const rows = world.server.tables.log.filter((r) => `${r.device} ${r.epoch}` === name);
      const missing = captured - contiguous(rows);
      if (missing > 0 && this.#evictions === 0) this.#fail('I12', `${missing} of ${name} missing`);
      if (missing < 0 && world.phones.every((p) => !p.disk.head.forked) && this.#evictions === 0) {
        this.#fail('I12', `${name} has more than was captured`);
      }
    }
  }

  /** I5: old requests again, last first, change nothing and are answered as before. */
  #replayAddsNothing(world: World, replay: (text: string) => Came | null): void {
    const { log, forks } = world.server.tables;
    const before = new Map([...log, ...forks].map((row) => [row.hash, row.receipt]));
    for (const text of world.sent.slice(-REPLAYED).reverse()) {
      const came = replay(text);
      if (came?.status !== 200) continue;
      for (const receipt of (JSON.parse(came.body) as PushAnswer).receipts) {
        const known = before.get(receipt.hash);
        if (known && !sameReceipt(known, receipt)) this.#fail('I5', 'another receipt on replay');
      }
    }
    const now = world.server.tables;
    const known = (rows: readonly LogRow[]) => rows.filter((row) => before.has(row.hash)).length;
    if (known(now.log) !== log.length || known(now.forks) !== forks.length) {
      this.#fail('I5', 'a replayed push was stored again');
    }
  }

  #fail(invariant: string, detail: string): void {
    const line = `${invariant}: ${detail}`;
    if (!this.violations.includes(line)) this.violations.push(line);
  }
}

const sameReceipt = (a: Receipt, b: Receipt): boolean =>
  a.sig === b.sig && a.serverSeq === b.serverSeq && a.result === b.result && a.n === b.n;

const countTwice = (list: readonly string[]): number => list.length - new Set(list).size;

const sameMap = (a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean =>
  a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
