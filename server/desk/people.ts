/**
 * Who works and lives here, and which invitations are still open.
 *
 * It knows memberships and invitations as lists; making and redeeming is server/access's. The
 * desk's people page calls it.
 */
import { writeAudit } from '#server/access/audit.ts';
import type { Tx } from '#server/db/client.ts';
import { AppError } from '#server/errors.ts';
import { staffPlaces } from '#server/registry/access.ts';
import type { By } from '#server/registry/install-requests.ts';
import { placesWithin } from '#server/registry/scope.ts';

/**
 * Of a narrowed operator: those of the own places, and the readers of the whole organisation, who
 * walk there too.
 */
export async function listPeople(tx: Tx, { caller, now }: By) {
  const ids = await placesWithin(tx, staffPlaces(caller));
  const here = ids && { placeId: { in: ids } };
  // One relation a question: two at once would be asked of one connection at the same time.
  const members = await tx.membership.findMany({
    where: {
      revokedAt: null,
      ...(here && { OR: [here, { role: 'reader', placeId: null }] }),
    },
    select: {
      id: true,
      role: true,
      userId: true,
      createdAt: true,
      placeId: true,
      electricalGroup: true,
      user: { select: { id: true, name: true, email: true } },
    },
    orderBy: [{ role: 'asc' }, { id: 'asc' }],
    take: 500,
  });
  const invitations = await tx.invitation.findMany({
    where: { usedAt: null, revokedAt: null, expiresAt: { gt: new Date(now) }, ...here },
    orderBy: { id: 'desc' },
    take: 100,
  });
  const places = await tx.place.findMany({
    where: { id: { in: [...members, ...invitations].flatMap((row) => row.placeId ?? []) } },
    select: { id: true, address: true },
  });
  const address = new Map(places.map((p) => [p.id, p.address]));
  const addressOf = (id: number | null) => (id === null ? null : (address.get(id) ?? null));
  return {
    members: members.map((m) => ({
      id: m.id,
      role: m.role,
      userId: m.userId,
      name: m.user.name,
      // An address that was made up for somebody without one says nothing to anybody.
      email: m.user.email.endsWith('.invalid') ? null : m.user.email,
      address: addressOf(m.placeId),
      since: m.createdAt.getTime(),
      electricalGroup: m.electricalGroup,
    })),
    invitations: invitations.map((i) => ({
      id: i.id,
      role: i.role,
      email: i.email,
      address: addressOf(i.placeId),
      expiresAt: i.expiresAt.getTime(),
    })),
  };
}

/** Takes a role away; nobody takes their own, or the last administrator locks everybody out. */
export async function revokeMember(tx: Tx, by: By, id: number): Promise<void> {
  const ids = await placesWithin(tx, staffPlaces(by.caller));
  const { count } = await tx.membership.updateMany({
    where: {
      id,
      revokedAt: null,
      userId: { not: by.caller.userId },
      ...(ids && { placeId: { in: ids } }),
    },
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

/** The group stands in a person's certificate; it holds for every role the person has here. */
export async function setElectricalGroup(
  tx: Tx,
  by: By,
  person: { readonly userId: string; readonly group: number | null },
): Promise<void> {
  const { userId, group } = person;
  const ids = await placesWithin(tx, staffPlaces(by.caller));
  const seen = await tx.membership.findFirst({
    where: {
      ...{ userId, revokedAt: null },
      ...(ids && { OR: [{ placeId: { in: ids } }, { role: 'reader', placeId: null }] }),
    },
    select: { id: true },
  });
  if (!seen) throw new AppError('not-found', 'There is no such person.');
  await tx.membership.updateMany({ where: { userId }, data: { electricalGroup: group } });
  await writeAudit(tx, {
    orgId: by.caller.orgId,
    userId: by.caller.userId,
    action: 'set-electrical-group',
    subject: `user ${userId}`,
    detail: { group },
    at: by.now,
  });
}

/** Flats and houses whose address holds the text, for the choice of a place. */
export async function findPlaces(tx: Tx, by: By, text: string) {
  const ids = await placesWithin(tx, staffPlaces(by.caller));
  return tx.place.findMany({
    where: {
      ...(ids && { id: { in: ids } }),
      kind: { in: ['house', 'flat'] },
      address: { contains: text, mode: 'insensitive' },
    },
    select: { id: true, address: true },
    orderBy: { address: 'asc' },
    take: 20,
  });
}
