/**
 * Who works and lives here, and which invitations are still open.
 *
 * It knows memberships and invitations as lists; making and redeeming is server/access's. The
 * desk's people page calls it.
 */
import { writeAudit } from '#server/access/audit.ts';
import type { Tx } from '#server/db/client.ts';
import { AppError } from '#server/errors.ts';
import type { By } from '#server/registry/install-requests.ts';

export async function listPeople(tx: Tx, now: number) {
  const members = await tx.membership.findMany({
    where: { revokedAt: null },
    select: {
      id: true,
      role: true,
      userId: true,
      createdAt: true,
      place: { select: { address: true } },
      user: { select: { id: true, name: true, email: true } },
    },
    orderBy: [{ role: 'asc' }, { id: 'asc' }],
    take: 500,
  });
  const invitations = await tx.invitation.findMany({
    where: { usedAt: null, revokedAt: null, expiresAt: { gt: new Date(now) } },
    orderBy: { id: 'desc' },
    take: 100,
  });
  const places = await tx.place.findMany({
    where: { id: { in: invitations.flatMap((i) => i.placeId ?? []) } },
    select: { id: true, address: true },
  });
  const address = new Map(places.map((p) => [p.id, p.address]));
  return {
    members: members.map((m) => ({
      id: m.id,
      role: m.role,
      userId: m.userId,
      name: m.user.name,
      // An address that was made up for somebody without one says nothing to anybody.
      email: m.user.email.endsWith('.invalid') ? null : m.user.email,
      address: m.place?.address ?? null,
      since: m.createdAt.getTime(),
    })),
    invitations: invitations.map((i) => ({
      id: i.id,
      role: i.role,
      email: i.email,
      address: i.placeId === null ? null : (address.get(i.placeId) ?? null),
      expiresAt: i.expiresAt.getTime(),
    })),
  };
}

/** Takes a role away; nobody takes their own, or the last administrator locks everybody out. */
export async function revokeMember(tx: Tx, by: By, id: number): Promise<void> {
  const { count } = await tx.membership.updateMany({
    where: { id, revokedAt: null, userId: { not: by.caller.userId } },
    data: { revokedAt: new Date(by.now) },
  });
  if (count === 0) throw new AppError('not-found', 'There is no such role to take away.');
  await writeAudit(tx, {
    orgId: by.caller.orgId,
    userId: by.caller.userId,
    action: 'revoke-member',
    subject: `membership ${id}`,
    at: by.now,
  });
}

/** Flats and houses whose address holds the text, for the choice of a place. */
export const findPlaces = (tx: Tx, text: string) =>
  tx.place.findMany({
    where: {
      kind: { in: ['house', 'flat'] },
      address: { contains: text, mode: 'insensitive' },
    },
    select: { id: true, address: true },
    orderBy: { address: 'asc' },
    take: 20,
  });
