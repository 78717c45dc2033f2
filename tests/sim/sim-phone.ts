/**
 * A phone of the simulation: the real reducers of lib/offline over a value that survives crashes,
 * and a memory that does not. It knows no other phone.
 */
import {
  applyAnswer,
  capture,
  newHead,
  openEpoch,
  pushOf,
  type Head,
  type Settled,
} from '#lib/offline/engine.ts';
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
} from '#lib/contract/fieldsync.ts';
import type { PullState } from '#lib/offline/view.ts';
import type { Bug } from './bugs.ts';
import { simSign, uuid } from './server.ts';

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
    bug,
  };
}

/** Power went, or the tab was killed: memory is gone, the disk stays. */
export function reload(phone: SimPhone): void {
  phone.waiting = null;
  phone.tabs = [phone.disk.head, phone.disk.head];
}

export type Draft = { id: string; user: string; body: Record<string, unknown>; type: string };

/** Builds the next event; the caller decides whether the transaction commits. */
export function prepare(
  phone: SimPhone,
  draft: Draft,
  { now, tab }: { now: number; tab: 0 | 1 },
): { head: Head; event: FieldEvent } {
  const head = phone.bug === 'counter-per-tab' ? phone.tabs[tab] : phone.disk.head;
  const wall = new Date(now + phone.skewMs).toISOString();
  return capture(head, { ...draft, at: { wall, mono: now % 1e6, boot: uuid(0xb0) } });
}

export function commit(phone: SimPhone, made: { head: Head; event: FieldEvent }, tab: 0 | 1): void {
  phone.disk = appended(phone.disk, { head: made.head, events: [made.event] });
  phone.tabs[tab] = made.head;
}

export function nextRequest(phone: SimPhone): Request {
  const { epoch, events } = batchOf(phone.disk);
  const request = pushOf(phone.disk.head, epoch, events);
  if (phone.bug === 'delete-before-receipt') dropEvents(phone, events);
  return request;
}

/** What the app does with what came back; returns the answer when it was one of our server. */
export function settle(
  phone: SimPhone,
  { request, came }: { request: Request; came: Came },
  about: { now: number; freshEpoch: string },
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
  const outcome = applyAnswer(
    phone.disk.head,
    { push: request, answer },
    {
      verify: (epoch, r) => r.sig === simSign(receiptText(request.device, epoch, r)),
      holdsExpected: holds(phone.disk, request.epoch, answer.expect),
      askedAt: about.now + phone.skewMs,
      freshEpoch: about.freshEpoch,
    },
  );
  phone.disk = settled(phone.disk, buggy(phone, outcome));
  phone.tabs = [phone.disk.head, phone.tabs[1]];
  if (phone.bug === 'prune-at-receipt') {
    const got = new Set(outcome.receipts.map((receipt) => receipt.id));
    phone.disk = { ...phone.disk, held: phone.disk.held.filter((row) => !got.has(row.event.id)) };
  }
  return answer;
}

export function prune(phone: SimPhone): void {
  phone.disk = pruned(phone.disk);
}

/** A new version of the app starts and reads rows that the old one wrote. */
export function upgrade(phone: SimPhone): void {
  phone.disk = JSON.parse(JSON.stringify(phone.disk)) as Phone;
  reload(phone);
}

export const cloneOf = (phone: SimPhone): SimPhone => ({
  ...phone,
  tabs: [phone.disk.head, phone.disk.head],
  waiting: null,
});

export const openEpochOf = (phone: SimPhone): string => openEpoch(phone.disk.head).epoch;

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
