/**
 * What tests of the sealed storage need around a phone: people whose storages are cleared after
 * each test, and their organisation's side with the browser's own cryptography.
 */
import { Dexie } from 'dexie';
import { afterEach } from 'vitest';
import type { Push, PushAnswer } from '#lib/contract/fieldsync.ts';
import { receiptText } from '#lib/contract/fieldsync.ts';
import { publicKeyOf, signText } from '#lib/contract/receipt.ts';
import { readContainer } from '#lib/contract/rescue.ts';
import { orgKeyText, recoverText } from '#lib/contract/sealed.ts';
import { openCopyFile } from '#lib/offline/copy-file.ts';
import { openFrom, sealTo } from '#lib/offline/ecies.ts';
import { SyncError } from '#lib/offline/errors.ts';
import { openOffline, type OpenOptions } from '#lib/offline/open.ts';
import type { Remote } from '#lib/offline/remote.ts';
import { copyNameOf } from '#lib/offline/second-copy.ts';
import type { Live, Offline } from '#lib/offline/types.ts';

const SEED = Uint8Array.from({ length: 32 }, (_, i) => i + 1);
const opened: Offline[] = [];
const users: string[] = [];
let made = 0;

afterEach(async () => {
  for (const each of opened.splice(0)) each.close();
  await new Promise((resolve) => setTimeout(resolve, 50));
  for (const user of users.splice(0)) {
    await Dexie.delete(`kilter-${user}`);
    await (await openCopyFile(copyNameOf(user)))?.replace(bytesOf());
    localStorage.removeItem(`kilter-mark-${user}`);
  }
});

/** What a file is replaced by. */
export const bytesOf =
  (...bytes: number[]) =>
  () =>
    Promise.resolve(Uint8Array.from(bytes));

export function person(): string {
  const user = `s${Date.now()}-${made++}`;
  users.push(user);
  return user;
}

/** The organisation's side with the browser's own cryptography: its key, registered data keys. */
export async function organisation(user: string) {
  const curve = { name: 'ECDH', namedCurve: 'P-256' };
  const pair = await crypto.subtle.generateKey(curve, true, ['deriveBits']);
  const point = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const orgKey = btoa(String.fromCharCode(...point));
  const dataKeys = new Map<string, Uint8Array<ArrayBuffer>>();
  const log = new Map<string, PushAnswer['receipts'][number]>();
  const carried: Uint8Array[] = [];
  const state = { up: true, revoked: false, refuses: false, pulls: 0 };
  const reachable = () => {
    if (!state.up) throw new SyncError('offline');
  };
  const push = async (given: Push) => {
    reachable();
    const of = (n: number) => `${given.device} ${given.epoch} ${n}`;
    for (const event of given.events) {
      const { n, id, hash } = event;
      const bare = { n, id, hash, serverSeq: String(log.size + 1), result: 'stored' as const };
      const sig = signText(receiptText(given.device, given.epoch, bare), SEED);
      if (!log.has(of(n))) log.set(of(n), { ...bare, sig });
    }
    let hw = 0;
    while (log.has(of(hw + 1))) hw++;
    const fork = given.events.some(({ n, hash }) => log.get(of(n))!.hash !== hash);
    const answer = {
      proto: 1,
      serverTime: new Date().toISOString(),
      serverEpoch: '00000000-0000-7000-8000-00000000005e',
      hw,
      receipts: given.events.map(({ n }) => log.get(of(n))!),
      ...(fork && { fork: true }),
    };
    return { status: 200, body: JSON.stringify(answer) };
  };
  const remote: Remote = {
    push,
    pull: async () => {
      reachable();
      state.pulls++;
      if (state.revoked) throw new SyncError('revoked');
      return { proto: 1, changes: [], cursor: 'c', more: false };
    },
    receiptKey: async () => publicKeyOf(SEED),
    registerDevice: async ({ device, dataKey }) => {
      reachable();
      if (dataKey && !dataKeys.has(device)) {
        const raw = await openFrom(pair.privateKey, orgKeyText(device, user), dataKey);
        if (raw.ok) dataKeys.set(device, raw.value);
      }
      return { proto: 1, device, orgKey };
    },
    recover: async (device, publicKey) => {
      reachable();
      const raw = dataKeys.get(device);
      if (!raw) throw new SyncError('bad-answer');
      const sealed = await sealTo(publicKey, recoverText(device), raw.slice());
      if (!sealed.ok) throw new Error(sealed.error);
      return sealed.value;
    },
    rescue: async (bytes) => {
      reachable();
      if (state.refuses) throw new SyncError('bad-answer');
      carried.push(bytes);
      const read = readContainer(bytes);
      if (!read.ok) throw new SyncError('bad-answer');
      return { proto: 1, device: read.value.head.device, epochs: [], photos: 0 };
    },
    photoPlace: async () => {
      reachable();
      return { offset: 0, complete: true };
    },
    sendChunk: async () => ({ offset: 0, complete: true }),
  };
  return { remote, state, log, dataKeys, carried };
}

export async function open(userId: string, remote: Remote, more: Partial<OpenOptions> = {}) {
  const offline = await openOffline({ userId, remote, ...more });
  opened.push(offline);
  return offline;
}

export async function shut(offline: Offline): Promise<void> {
  offline.close();
  await new Promise((resolve) => setTimeout(resolve, 200));
}

export const until = <T>(live: Live<T>, wanted: (value: T) => boolean): Promise<T> =>
  new Promise((resolve) => {
    const stop = live.subscribe((value) => {
      if (!wanted(value)) return;
      resolve(value);
      queueMicrotask(() => stop?.());
    });
  });

export const BODY = {
  roundId: 1,
  meterId: 1,
  register: 10,
  value: '4711.317',
  source: 'typed' as const,
  raw: null,
  flags: [],
  confirmed: false,
  photos: [],
};

/** A phone that has met its organisation, then captured without a network. */
export async function underground(user: string, captures: number) {
  const org = await organisation(user);
  const phone = await open(user, org.remote);
  await phone.sync.now();
  org.state.up = false;
  const events = [];
  for (let k = 0; k < captures; k++)
    events.push(await phone.outbox.capture('reading.captured', BODY));
  return { org, phone, events };
}
