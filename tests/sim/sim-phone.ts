/**
 * A phone of the simulation: the real reducers of lib/offline over a value that survives crashes,
 * and a memory that does not. It knows no other phone.
 */
import {
  applyAnswer,
  capture,
  newHead,
  pushOf,
  type Head,
  type Settled,
} from '#lib/offline/engine.ts';
import { compare, isCopied, type CopyView } from '#lib/offline/copy-plan.ts';
import { readPushAnswer, type Came } from '#lib/offline/answer.ts';
import {
  appended,
  batchOf,
  emptyPhone,
  holds,
  pruned,
  settled,
  type Phone,
} from '#lib/offline/phone.ts';
import {
  receiptText,
  type FieldEvent,
  type Push,
  type PushAnswer,
  type Receipt,
} from '#lib/contract/fieldsync.ts';
import type { PullState } from '#lib/offline/view.ts';
import { MINUTE_MS } from '#lib/base/interval.ts';
import type { Bug } from './bugs.ts';
import type { PhotoFault } from './schedule.ts';
import { handlePiece, simSign, uuid, type SimServer } from './server.ts';

/** Small, so that a phone often says how many it has before all of them have left. */
const BATCH = 4;

export type Request = Omit<Push, 'beat'>;
export type SimPhone = {
  /** What the browser's database holds: survives crashes. */
  disk: Phone;
  pull: PullState;
  /** Heads as each tab last saw them; only a buggy app counts from these. */
  tabs: [Head, Head];
  /** Answers still on their way when the step ended. */
  waiting: { request: Request; came: Came } | null;
  skewMs: number;
  /** The zone that the clock shows, summer time included. */
  zoneMs: number;
  signedIn: boolean;
  /** The receipt key as last fetched. */
  key: number;
  /** Photos on the disk: the next piece to send, null when the server has all. */
  photos: ReadonlyMap<string, number | null>;
  /** A backup of the whole storage, made by the phone's maker. */
  image: Pick<SimPhone, 'disk' | 'photos' | 'pull' | 'copy'> | null;
  /** The other person's storage on the same phone. */
  stowed: SimPhone | null;
  /** The second copy outside the database: survives a wipe of it. */
  copy: CopyView<FieldEvent>;
  readonly bug: Bug | null;
};

export function newPhone(k: number, bug: Bug | null): SimPhone {
  const disk = emptyPhone(newHead(uuid(0xd0000 + k), uuid(0xe0000 + k)));
  return {
    disk,
    pull: { cursor: null, copy: new Map() },
    tabs: [disk.head, disk.head],
    waiting: null,
    skewMs: 0,
    copy: { head: disk.head, events: [] },
    zoneMs: 0,
    signedIn: true,
    key: 1,
    photos: new Map(),
    image: null,
    stowed: null,
    bug,
  };
}

/** What a start and every receipt do to the second copy. */
export function rewriteCopy(phone: SimPhone): void {
  const { head, held } = phone.disk;
  const events = held.filter((row) => isCopied(head, row)).map((row) => row.event);
  phone.copy = { head, events };
}

/** The browser threw the database away; the next start finds the second copy. */
export function wipe(phone: SimPhone, k: number): void {
  const plan = compare({ head: null, has: () => false }, phone.copy);
  if (phone.bug === 'copy-not-compared' || !plan) {
    phone.disk = newPhone(2000 + k, phone.bug).disk;
  } else {
    const head = phone.bug === 'restore-opens-fork' ? phone.copy.head : plan.head;
    const held = plan.events.map((event) => ({ event, receipt: null, receiptAt: null }));
    phone.disk = { head, held };
  }
  phone.photos = new Map();
  phone.pull = { cursor: null, copy: new Map() };
  reload(phone);
}

/** A container that a colleague takes: everything unsent, under the key it was sealed with. */
export function carriedWork(phone: SimPhone): Carried | null {
  const { epoch, events } = batchOf(phone.disk);
  const last = events.at(-1);
  if (!last) return null;
  const { device } = phone.disk.head;
  const key = phone.bug === 'sealed-with-other-users-key' ? 'other' : device;
  return { key, push: { ...pushOf(phone.disk.head, epoch, events), capturedN: last.n } };
}

export type Carried = { readonly key: string; readonly push: Request };

/** As it leaves; a poisoned event leaves with a body that nobody can read. */
export function encode(request: Request): string {
  return JSON.stringify(request, (key, value: unknown) =>
    key === 'body' && (value as { value?: string }).value === 'twelve' ? 'poison' : value,
  );
}

/** Power went, or the tab was killed: memory is gone, the disk stays. */
export function reload(phone: SimPhone): void {
  phone.waiting = null;
  phone.tabs = [phone.disk.head, phone.disk.head];
  rewriteCopy(phone);
}

export type Draft = { id: string; user: string; body: Record<string, unknown>; type: string };

/** Builds the next event; the caller decides whether the transaction commits. */
export function prepare(
  phone: SimPhone,
  draft: Draft,
  { now, tab }: { now: number; tab: 0 | 1 },
): { head: Head; event: FieldEvent } {
  const head = phone.bug === 'counter-per-tab' ? phone.tabs[tab] : phone.disk.head;
  const wall = wallText(now + phone.skewMs, phone);
  return capture(head, { ...draft, at: { wall, mono: now % 1e6, boot: uuid(0xb0) } });
}

/** Local time with its offset, as a phone writes it. */
function wallText(clock: number, { zoneMs, bug }: SimPhone): string {
  const local = new Date(clock + zoneMs).toISOString();
  if (bug === 'local-time-as-utc' || zoneMs === 0) return local;
  const minutes = Math.abs(zoneMs) / MINUTE_MS;
  const two = (n: number) => String(n).padStart(2, '0');
  const offset = `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  return `${local.slice(0, -1)}${zoneMs < 0 ? '-' : '+'}${offset}`;
}

export function commit(phone: SimPhone, made: { head: Head; event: FieldEvent }, tab: 0 | 1): void {
  phone.disk = appended(phone.disk, { head: made.head, events: [made.event] });
  phone.tabs[tab] = made.head;
  phone.copy = { ...phone.copy, events: [...phone.copy.events, made.event] };
}

export function nextRequest(phone: SimPhone): Request {
  const { epoch, events: all } = batchOf(phone.disk);
  const events = all.slice(0, BATCH);
  const request = pushOf(phone.disk.head, epoch, events);
  if (phone.bug === 'delete-before-receipt') dropEvents(phone, events);
  return request;
}

/** What the app does with what came back; returns the answer when it was one of our server. */
export function settle(
  phone: SimPhone,
  { request, came }: { request: Request; came: Came },
  about: { now: number; freshEpoch: string; serverKey: number },
): PushAnswer | null {
  const read = readPushAnswer(came);
  if (!read.ok) {
    const dropAll = phone.bug === 'drop-on-401' && read.error === 'signed-out';
    const believed = phone.bug === 'any-200-is-success' && came.status === 200;
    if (dropAll) phone.disk = { ...phone.disk, held: [] };
    if (believed) dropEvents(phone, request.events);
    return null;
  }
  const answer = read.value;
  const genuine = genuineReceipts(phone, request, { answer, serverKey: about.serverKey });
  const outcome = applyAnswer(
    phone.disk.head,
    { push: request, answer: heard(phone, request, answer) },
    {
      verify: (_, receipt) => genuine.has(receipt),
      holdsExpected: holds(phone.disk, request.epoch, answer.expect),
      askedAt: about.now + phone.skewMs,
      freshEpoch: about.freshEpoch,
    },
  );
  phone.disk = settled(phone.disk, buggy(phone, outcome));
  if (outcome.rewind && phone.bug !== 'photos-not-rewound') {
    phone.photos = new Map([...phone.photos.keys()].map((sha256) => [sha256, 0]));
  }
  phone.tabs = [phone.disk.head, phone.tabs[1]];
  rewriteCopy(phone);
  if (phone.bug === 'prune-at-receipt') {
    const got = new Set(outcome.receipts.map((receipt) => receipt.id));
    phone.disk = { ...phone.disk, held: phone.disk.held.filter((row) => !got.has(row.event.id)) };
  }
  return answer;
}

/** As genuineReceipts of sync-engine.ts: the known key first, the server's present one if none. */
function genuineReceipts(
  phone: SimPhone,
  { device, epoch }: Request,
  { answer, serverKey }: { answer: PushAnswer; serverKey: number },
): ReadonlySet<Receipt> {
  const check = (key: number) =>
    new Set(answer.receipts.filter((r) => r.sig === simSign(receiptText(device, epoch, r), key)));
  const genuine = check(phone.key);
  if (genuine.size > 0 || answer.receipts.length === 0 || phone.bug === 'stale-key') return genuine;
  phone.key = serverKey;
  return check(serverKey);
}

function heard({ bug, disk }: SimPhone, request: Request, answer: PushAnswer): PushAnswer {
  if (bug !== 'twin-unnoticed') return answer;
  const counted = disk.head.epochs.find((e) => e.epoch === request.epoch)?.capturedN ?? 0;
  return { ...answer, hw: Math.min(answer.hw, counted) };
}

/** The next piece of the first photo that the server does not have whole. */
export function sendPiece(phone: SimPhone, server: SimServer, fault: PhotoFault): void {
  const next = [...phone.photos].find(([, at]) => at !== null);
  // Photos go after a push was answered: only then a server set back can be noticed.
  const isKnown = phone.disk.head.serverEpoch !== null;
  if (!next || !isKnown || !phone.signedIn || fault === 'drop-request') return;
  const [sha256] = next;
  // HEAD first: an upload goes on where the last one ended.
  const at = server.tables.photos.get(sha256) ?? 0;
  const complete = handlePiece(server, sha256, at);
  if (fault === 'drop-response') return;
  const done = complete || phone.bug === 'photo-gone-early';
  phone.photos = new Map(phone.photos).set(sha256, done ? null : at + 1);
}

export function prune(phone: SimPhone, now: number): void {
  const { head, held } = phone.disk;
  const own = new Date(now + phone.skewMs).toISOString();
  const believed = phone.bug === 'prune-by-own-clock' ? { ...head, lastServer: own } : head;
  phone.disk = { ...pruned({ head: believed, held }), head };
}

/** A new version of the app starts and reads rows that the old one wrote. */
export function upgrade(phone: SimPhone): void {
  const disk = JSON.parse(JSON.stringify(phone.disk)) as Phone;
  const drops = phone.bug === 'migration-drops-pending';
  phone.disk = drops ? { ...disk, held: disk.held.filter((row) => row.receipt) } : disk;
  reload(phone);
}

/** Someone else signs in on the same phone; the first one's storage stays where it is. */
export function switchUser(phone: SimPhone, fresh: SimPhone): SimPhone {
  const other = phone.stowed ?? fresh;
  phone.stowed = null;
  phone.waiting = null;
  if (phone.bug === 'switch-clears') phone.disk = { ...phone.disk, held: [] };
  return { ...other, skewMs: phone.skewMs, zoneMs: phone.zoneMs, stowed: phone };
}

export const cloneOf = (phone: SimPhone): SimPhone => ({
  ...phone,
  tabs: [phone.disk.head, phone.disk.head],
  waiting: null,
  stowed: null,
});

function buggy(phone: SimPhone, outcome: Settled): Settled {
  if (phone.bug === 'no-rewind') return { ...outcome, rewind: null };
  if (phone.bug === 'fork-not-told') {
    const { head } = outcome;
    const epochs = head.epochs.slice(0, phone.disk.head.epochs.length);
    return { ...outcome, head: { ...head, epochs, lastHash: phone.disk.head.lastHash } };
  }
  return outcome;
}

function dropEvents(phone: SimPhone, events: readonly FieldEvent[]): void {
  const gone = new Set(events.map((event) => event.id));
  phone.disk = {
    ...phone.disk,
    held: phone.disk.held.filter((row) => !gone.has(row.event.id)),
  };
}
