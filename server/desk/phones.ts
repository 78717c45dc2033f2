/**
 * The phones that capture for this organisation, and the end of one that was lost (X23).
 *
 * It knows phones as a list and their blocking; what a blocked phone is told and forgets is
 * server/sync's and the phone's. The desk's people page calls it.
 */
import { writeAudit } from '#server/access/audit.ts';
import type { Tx } from '#server/db/client.ts';
import { AppError } from '#server/errors.ts';
import type { By } from '#server/registry/install-requests.ts';

const MOST = 500;

/** Newest contact first; `lastSeenAt` is null for a phone that never told anything. */
export async function listPhones(tx: Tx) {
  const phones = await tx.fieldDevice.findMany({
    select: {
      id: true,
      userId: true,
      capturedN: true,
      lastBeatAt: true,
      revokedAt: true,
      createdAt: true,
    },
    orderBy: [{ lastBeatAt: { sort: 'desc', nulls: 'last' } }, { id: 'asc' }],
    take: MOST,
  });
  const users = await tx.user.findMany({
    where: { id: { in: phones.map(({ userId }) => userId) } },
    select: { id: true, name: true },
  });
  const nameOf = new Map(users.map(({ id, name }) => [id, name]));
  return phones.map(({ userId, lastBeatAt, revokedAt, createdAt, ...phone }) => ({
    ...phone,
    person: nameOf.get(userId) ?? '',
    since: createdAt.getTime(),
    lastSeenAt: lastBeatAt?.getTime() ?? null,
    blockedAt: revokedAt?.getTime() ?? null,
  }));
}

/** For good: the phone forgets what could open its keys. What is unsent on it is still taken. */
export async function blockPhone(tx: Tx, { caller, now }: By, id: string): Promise<void> {
  const { count } = await tx.fieldDevice.updateMany({
    where: { id, revokedAt: null },
    data: { revokedAt: new Date(now) },
  });
  if (count === 0) throw new AppError('not-found', 'There is no such phone to block.');
  await writeAudit(tx, {
    orgId: caller.orgId,
    userId: caller.userId,
    action: 'block-phone',
    subject: `field-device ${id}`,
    at: now,
  });
}
