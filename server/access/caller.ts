/**
 * From a session to a Caller: which organisation, which roles, which places. hooks.server.ts calls
 * it once a request; nothing else decides who somebody is.
 */
import { STAFF_ROLES, type Role } from '#lib/domain/role.ts';
import type { Caller } from '#server/api/trpc.ts';
import type { App } from '#server/app.ts';

/** New staff may work this long before they must set up a passkey or an authenticator. */
const ENROL_GRACE_MS = 7 * 24 * 3600 * 1000;

type Member = {
  orgId: number;
  role: string;
  placeId: number | null;
  createdAt: Date;
};

/** Null when nobody is signed in or the person belongs to no organisation any more. */
export async function findCaller(
  app: App,
  headers: Headers,
  wantedOrg: number | null,
): Promise<Caller | null> {
  const found = await app.auth.api.getSession({ headers });
  if (!found) return null;
  const members = await app.db.prisma.membership.findMany({
    where: { userId: found.user.id, revokedAt: null },
    orderBy: { id: 'asc' },
  });
  const first = members.find((m) => m.orgId === wantedOrg) ?? members[0];
  if (!first) return null;
  const own = members.filter((m) => m.orgId === first.orgId);
  return {
    userId: found.user.id,
    name: found.user.name,
    email: found.user.email,
    orgId: first.orgId,
    roles: [...new Set(own.map((m) => m.role as Role))],
    placeIds: placesOf(own),
    strong: isStrong(app, found, own),
  };
}

/**
 * The person as caller without a session, for work that was captured by them and is carried here by
 * somebody else (server/sync/rescue.ts). Null when they belong to the organisation no more.
 */
export async function findPerson(app: App, orgId: number, userId: string): Promise<Caller | null> {
  const user = await app.db.prisma.user.findUnique({ where: { id: userId } });
  const own = await app.db.prisma.membership.findMany({
    where: { userId, orgId, revokedAt: null },
    orderBy: { id: 'asc' },
  });
  if (!user || own.length === 0) return null;
  return {
    userId,
    name: user.name,
    email: user.email,
    orgId,
    roles: [...new Set(own.map((m) => m.role as Role))],
    placeIds: placesOf(own),
    strong: false,
  };
}

/**
 * One membership without a place opens the whole organisation. For somebody at the desk only the
 * desk's roles count: who reads meters everywhere is still an operator of the own places.
 */
function placesOf(own: readonly Member[]): number[] {
  const desk = own.filter((m) => m.role === 'operator' || m.role === 'admin');
  const judged = desk.length > 0 ? desk : own;
  return judged.some((m) => m.placeId === null) ? [] : own.flatMap((m) => m.placeId ?? []);
}

function isStrong(
  app: App,
  found: {
    user: { twoFactorEnabled?: boolean | null | undefined };
    session: { strongAt?: Date | null | undefined };
  },
  own: readonly Member[],
): boolean {
  if (found.session.strongAt) return true;
  const staff = own.filter((m) => STAFF_ROLES.includes(m.role as Role));
  if (staff.length === 0) return true;
  if (found.user.twoFactorEnabled) return false;
  return staff.every((m) => app.clock.now() - m.createdAt.getTime() < ENROL_GRACE_MS);
}
