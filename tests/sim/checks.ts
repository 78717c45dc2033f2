/**
 * What must hold in every schedule: nothing lost, nothing twice, everybody agrees, and the
 * invariants of invariants.ts where the model meets them. It sees everything and touches nothing.
 */
import type { Came } from '#lib/offline/answer.ts';
import { mayPrune, type Held } from '#lib/offline/engine.ts';
import {
  receiptText,
  type FieldEvent,
  type PushAnswer,
  type Receipt,
} from '#lib/contract/fieldsync.ts';
import { parseCursor } from '#server/sync/cursor.ts';
import * as invariants from './invariants.ts';
import type { Finding, Invariant } from './invariants.ts';
import { PHOTO_PIECES, simSign, type Change, type LogRow, type SimServer } from './server.ts';
import type { Request, SimPhone } from './sim-phone.ts';
import { everyPhone, type World } from './world.ts';

const { I1, I2, I3, I4, I5, I6, I7, I8, I9, I10, I11, I12 } = invariants;
const REPLAYED = 5;

export class Checks {
  lost = 0;
  duplicated = 0;
  diverged = 0;
  readonly violations: string[] = [];
  /** What the schedule reached, so that a test can tell an idle simulation from a good one. */
  readonly seen = new Set<string>();
  /** What the screen called "saved", and who said so. */
  readonly #saved = new Map<string, { event: FieldEvent; device: string }>();
  readonly #contents = new Map<string, string>();
  /** Hashes of events and photos that were on a storage the browser threw away or set back. */
  readonly #gone = new Set<string>();
  /** Hashes that a colleague's phone took over. */
  readonly #carried = new Set<string>();
  #storageLost = false;

  saved(phone: SimPhone, event: FieldEvent, clock: number): void {
    const { head, held } = phone.disk;
    this.#saved.set(event.hash, { event, device: head.device });
    this.#say('I1', I1.onDisk(event, head, held));
    this.#say('I8', I8.instant(event, clock));
    const photo = photosOf(event).find((sha256) => !phone.photos.has(sha256));
    if (photo) this.#say('I1', 'the event names a photo that is not on the phone');
  }

  /** The storage becomes `after`; what only `before` had may be gone for ever. */
  setBack(before: SimPhone, after: Pick<SimPhone, 'disk' | 'photos'> | null): void {
    this.#storageLost = true;
    this.seen.add(after ? 'set-back' : 'evicted');
    const kept = new Set(after?.disk.held.map(({ event }) => event.hash));
    for (const { event } of before.disk.held) {
      if (!kept.has(event.hash)) this.#gone.add(event.hash);
    }
    for (const sha256 of before.photos.keys()) {
      if (!after?.photos.has(sha256)) this.#gone.add(sha256);
    }
    if (!after && before.stowed) this.setBack(before.stowed, null);
  }

  /** The second copy holds what is unsent; what was acknowledged only the server has now. */
  wiped({ disk, photos }: SimPhone): void {
    this.#storageLost = true;
    this.seen.add('wiped');
    for (const { event, receipt } of disk.held) if (receipt) this.#gone.add(event.hash);
    for (const sha256 of photos.keys()) this.#gone.add(sha256);
  }

  carriedAway(events: readonly FieldEvent[]): void {
    this.seen.add('carried');
    for (const { hash } of events) this.#carried.add(hash);
  }

  /** Told "saved", so it is on the disk; and capturing takes nothing away. */
  captured(phone: SimPhone, { k, heldBefore }: { k: number; heldBefore: number }): void {
    const more = phone.disk.held.length - heldBefore;
    if (more !== 1) this.#say('I1', `capture ${k} changed the disk by ${more} rows`);
  }

  switched(before: readonly Held[], stowed: SimPhone): void {
    this.seen.add('switch-user');
    this.#say('I11', I11.unsentStays(before, stowed.disk.held));
  }

  upgraded(before: readonly Held[], after: readonly Held[]): void {
    this.#say('I13', invariants.I13.rows(before, after));
  }

  pruned(phone: SimPhone, before: readonly Held[]): void {
    const { head, held } = phone.disk;
    this.#say(
      'I4',
      I4.left(before, held, (row) => mayPrune(head, row)),
    );
  }

  answered(
    world: World,
    phone: SimPhone,
    got: { request: Request; came: Came; answer: PushAnswer | null; heldBefore: readonly Held[] },
  ): void {
    const { request, answer, came, heldBefore } = got;
    const { head, held } = phone.disk;
    if (!answer) return this.#say('I7', I7.untouched(came.status, heldBefore, held));
    this.#say('I7', I7.answered(request.events, answer));
    const { tables } = world.server;
    const rows = tables.log.filter((r) => r.device === request.device && r.epoch === request.epoch);
    if (answer.serverEpoch === tables.epoch) this.#say('I4', I4.mark(answer.hw, rows));
    for (const receipt of answer.receipts) {
      if (receipt.reason) this.seen.add(receipt.reason);
      this.#say('I8', I8.marked(receipt));
    }
    if (answer.expect !== undefined) this.seen.add('expect');
    if (answer.fork) this.seen.add('fork');
    if (answer.fork && !world.twins) this.#say('I6', 'a fork, but there is only one phone');
    if (answer.fork && world.server.alarms === 0) this.#say('I6', 'fork without an alarm');
    this.#say('I6', I6.newEpoch(request, answer, head));
    this.#say(
      'I4',
      I4.left(heldBefore, held, () => false),
    );
  }

  pulled(world: World, phone: SimPhone): void {
    const cursor = parseCursor(phone.pull.cursor);
    if (!cursor || cursor.serverEpoch !== world.server.tables.epoch) return;
    const upTo = world.server.tables.changes.filter(
      (c) => c.xid < cursor.xid || (c.xid === cursor.xid && c.seq <= cursor.seq),
    );
    this.#say('I10', I10.prefix(copyOf(upTo), phone.pull.copy));
  }

  afterStep(world: World): void {
    const verify = verifierOf(world.server);
    for (const { disk } of everyPhone(world)) {
      this.#say('I3', I3.dense(disk.head, disk.held));
      for (const row of disk.held) {
        this.#say('I2', I2.unchanged(this.#contents, row.event));
        if (!mayPrune(disk.head, row)) continue;
        this.seen.add('pruned');
        this.#say('I4', I4.signed(row, disk.head.device, verify));
      }
    }
  }

  atEnd(world: World, replay: (text: string) => Came | null): void {
    const { log, forks } = world.server.tables;
    const stored = new Set([...log, ...forks].map((row) => row.hash));
    const phones = everyPhone(world);
    const onPhones = new Set(phones.flatMap((p) => p.disk.held.map((r) => r.event.hash)));
    const hasLeft = (hash: string) => !onPhones.has(hash) && !this.#carried.has(hash);
    const excused = new Set([...this.#gone].filter(hasLeft));
    this.lost += I1.lost(this.#saved.keys(), stored, excused).length;
    this.lost += this.#lostPhotos(world);
    this.duplicated += I5.twice(log) + I6.bothKept(forks);
    for (const phone of phones) this.#agrees(world, phone, [...log, ...forks]);
    this.#bothCaptures(new Set([...stored, ...excused]));
    this.#lossIsNamed(world);
    this.#replayAddsNothing(world, replay);
  }

  get failed(): boolean {
    return this.lost + this.duplicated + this.diverged + this.violations.length > 0;
  }

  #lostPhotos(world: World): number {
    const named = [...this.#saved.values()].flatMap(({ event }) => photosOf(event));
    const complete = (sha256: string) =>
      world.server.tables.photos.get(sha256) === PHOTO_PIECES || this.#gone.has(sha256);
    if (named.length) this.seen.add('photo');
    return named.filter((sha256) => !complete(sha256)).length;
  }

  #bothCaptures(kept: ReadonlySet<string>): void {
    const captures = [...this.#saved].map(([hash, { event, device }]) => ({
      meter: Number(event.body['meterId']),
      device,
      hash,
    }));
    if (new Set(captures.map((c) => c.meter)).size < captures.length) this.seen.add('same-meter');
    this.#say('I9', I9.bothKept(captures, kept));
  }

  #agrees(world: World, phone: SimPhone, rows: readonly LogRow[]): void {
    const byHash = new Map(rows.map((row) => [row.hash, row.receipt]));
    for (const { event, receipt } of phone.disk.held) {
      const theirs = byHash.get(event.hash);
      if (!receipt || !theirs || !I5.sameReceipt(receipt, theirs)) this.diverged++;
    }
    if (I10.prefix(copyOf(world.server.tables.changes), phone.pull.copy)) this.diverged++;
  }

  /** What a phone counted and the server does not have is a number, and only after a loss. */
  #lossIsNamed({ server: { tables } }: World): void {
    for (const [name, told] of tables.told) {
      const stored = tables.log.filter((r) => `${r.device} ${r.epoch}` === name);
      const counted = tables.captured.get(name) ?? 0;
      this.#say('I12', I12.named({ told, counted, stored }));
      const missing = I12.missing(counted, stored);
      if (missing > 0 && this.#storageLost) this.seen.add('loss-named');
      else if (missing > 0) this.#say('I12', `${missing} of ${name} missing`);
    }
  }

  /** Old requests again, last first, change nothing and are answered as before. */
  #replayAddsNothing(world: World, replay: (text: string) => Came | null): void {
    const { log, forks } = world.server.tables;
    const before = new Map([...log, ...forks].map((row) => [row.hash, row.receipt]));
    for (const text of world.sent.slice(-REPLAYED).reverse()) {
      const came = replay(text);
      if (came?.status !== 200) continue;
      for (const receipt of (JSON.parse(came.body) as PushAnswer).receipts) {
        const known = before.get(receipt.hash);
        if (known && !I5.sameReceipt(known, receipt)) this.#say('I5', 'another receipt on replay');
      }
    }
    const now = world.server.tables;
    const known = (rows: readonly LogRow[]) => rows.filter((row) => before.has(row.hash)).length;
    if (known(now.log) !== log.length || known(now.forks) !== forks.length) {
      this.#say('I5', 'a replayed push was stored again');
    }
  }

  #say(invariant: Invariant, finding: Finding): void {
    if (finding === null) return;
    const line = `${invariant}: ${finding}`;
    if (!this.violations.includes(line)) this.violations.push(line);
  }
}

/** Keys change, and what an earlier one signed stays signed. */
const verifierOf =
  (server: SimServer): invariants.Verify =>
  ({ device, epoch }, receipt: Receipt) => {
    const text = receiptText(device, epoch, receipt);
    const keys = Array.from({ length: server.key }, (_, i) => i + 1);
    return keys.some((key) => receipt.sig === simSign(text, key));
  };

const photosOf = (event: FieldEvent): string[] => (event.body['photos'] ?? []) as string[];

/** What a copy holds after these changes, in the order of their positions. */
function copyOf(changes: readonly Change[]): Map<string, number> {
  const copy = new Map<string, number>();
  for (const { id, op, rev } of [...changes].sort((a, b) => Number(a.xid - b.xid || a.seq - b.seq)))
    if (op === 'put') copy.set(`meter/${id}`, rev);
    else copy.delete(`meter/${id}`);
  return copy;
}
