/**
 * When everything was thrown away (I12): how many records are lost, and which. It knows the mark
 * that each capture leaves outside the storages, a number and an instant; the server says what it
 * has.
 */
import { PROTO, type DeviceAnswer, type FieldEvent } from '#lib/contract/fieldsync.ts';
import type { Uuid } from '#lib/base/id.ts';
import { readPushAnswer } from './answer.ts';
import { withStorage, type PhoneDatabase } from './database.ts';
import { SyncError } from './errors.ts';
import type { Remote } from './remote.ts';
import type { Loss } from './types-device.ts';

/** Where a phone's counting stood; holds nothing of anybody. */
export type Mark = {
  readonly device: Uuid;
  readonly epoch: Uuid;
  readonly n: number;
  readonly at: number;
};

const LOST = 'lost-mark';
const OPEN = 'open-phone';
const keyOf = (userId: string): string => `kilter-mark-${userId}`;

export function readMark(userId: string): Mark | null {
  try {
    return JSON.parse(localStorage.getItem(keyOf(userId)) ?? 'null') as Mark | null;
  } catch {
    return null;
  }
}

export function leaveMark(userId: string, device: Uuid, last: FieldEvent): void {
  const mark: Mark = { device, epoch: last.epoch, n: last.n, at: Date.parse(last.at.wall) };
  try {
    localStorage.setItem(keyOf(userId), JSON.stringify(mark));
  } catch {
    // A browser without this storage names losses by what the server was told.
  }
}

/** A storage begins anew although there was one: remembered until somebody has read it. */
export async function rememberLost(db: PhoneDatabase, mark: Mark): Promise<void> {
  await withStorage(db, () => db.meta.put({ name: LOST, value: mark }));
}

/** The second copy came back and ends before the mark: known at once, no server is needed. */
export async function rememberShort(db: PhoneDatabase, mark: Mark, copied: number): Promise<void> {
  const loss: Loss = { captured: mark.n, stored: copied, at: mark.at, certain: true, of: 'copy' };
  await withStorage(db, () => db.meta.put({ name: OPEN, value: loss }));
}

export const forgetLost = (db: PhoneDatabase): Promise<void> =>
  withStorage(db, () => db.meta.bulkDelete([LOST, OPEN]));

/** Without a mark only the server knows of another phone, which may well still be somewhere. */
export async function rememberOpen(
  db: PhoneDatabase,
  phones: NonNullable<DeviceAnswer['open']>,
): Promise<void> {
  const last = [...phones].sort((a, b) => (b.lastBeatAt ?? 0) - (a.lastBeatAt ?? 0))[0];
  if (!last) return;
  const { captured, stored, lastBeatAt } = last;
  const loss: Loss = { captured, stored, at: lastBeatAt ?? 0, certain: false, of: 'server' };
  await withStorage(db, () => db.meta.put({ name: OPEN, value: loss }));
}

/** Asks the server up to where it has the lost storage's records. Throws SyncError. */
export async function lossOf(
  db: PhoneDatabase,
  remote: Remote,
  appVersion: string,
): Promise<Loss | null> {
  const mark = (await withStorage(db, () => db.meta.get(LOST)))?.value as Mark | undefined;
  if (!mark) {
    const open = await withStorage(db, () => db.meta.get(OPEN));
    return (open?.value as Loss | undefined) ?? null;
  }
  const { device, epoch, n } = mark;
  const push = { proto: PROTO, device, epoch, capturedN: n, appVersion, events: [] } as const;
  const read = readPushAnswer(await remote.push({ ...push, events: [] }));
  if (!read.ok) throw new SyncError(read.error);
  const { hw } = read.value;
  if (hw >= n) {
    await forgetLost(db);
    return null;
  }
  return { captured: n, stored: hw, at: mark.at, certain: true, of: 'server' };
}
