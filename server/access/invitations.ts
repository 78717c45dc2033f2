/**
 * Codes that let one person in: made at the desk, shown once, kept as a hash, used once.
 *
 * It knows invitations, memberships and households; it knows no session protocol (sign-in.ts makes
 * the link). Procedures of `invite` and the desk's people page call it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { plainCode, type InvitationView } from '#lib/contract/invitation.ts';
import { DAY_MS, MINUTE_MS } from '#lib/base/interval.ts';
import type { Role } from '#lib/domain/role.ts';
import type { App } from '#server/app.ts';
import type { Tx } from '#server/db/client.ts';
import { AppError } from '#server/errors.ts';
import type { Caller } from '#server/api/trpc.ts';
import { staffPlaces } from '#server/registry/access.ts';
import { mustBeWithin, placesWithin } from '#server/registry/scope.ts';
import { writeAudit } from './audit.ts';
import { createSignInPath } from './sign-in.ts';

/** Crockford's base 32: no I, L, O, U. Ten of them are 50 bits. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CODE_LENGTH = 10;

/** Wrong codes from one address in fifteen minutes; guessing 50 bits this way takes for ever. */
const MISSES_PER_WINDOW = 12;
const WINDOW_MS = 15 * MINUTE_MS;

export type NewInvitation = {
  readonly role: Role;
  readonly placeId: number | null;
  readonly email: string | null;
  readonly days: number;
};

const hashCode = (code: string): Buffer => createHash('sha256').update(plainCode(code)).digest();

function makeCode(): string {
  const chars = [...randomBytes(CODE_LENGTH)].map((b) => ALPHABET[b & 31]!).join('');
  return `${chars.slice(0, 5)}-${chars.slice(5)}`;
}

/** The code is in the answer and nowhere else. Throws `not-found` for a foreign place. */
export async function createInvitation(
  tx: Tx,
  by: { readonly caller: Caller; readonly now: number },
  wanted: NewInvitation,
): Promise<{ id: number; code: string; expiresAt: number }> {
  const { caller, now } = by;
  const within = staffPlaces(caller);
  if (wanted.placeId !== null) {
    await mustBeWithin(tx, within, wanted.placeId);
    const place = await tx.place.findUnique({ where: { id: wanted.placeId } });
    if (!place) throw new AppError('not-found', 'There is no such place in this organisation.');
  } else if (wanted.role === 'tenant' || wanted.role === 'resident') {
    throw new AppError('invalid', 'A resident is invited to a place.');
  } else if (within) {
    // Without a place the guest would see more than the host.
    throw new AppError('forbidden', 'You invite to your own places.');
  }
  // An operator may let residents, readers and operators in; only an admin makes another admin.
  if (wanted.role === 'admin' && !caller.roles.includes('admin')) {
    throw new AppError('forbidden', 'Only an administrator invites an administrator.');
  }
  const code = makeCode();
  const expiresAt = now + wanted.days * DAY_MS;
  const { id } = await tx.invitation.create({
    data: {
      orgId: caller.orgId,
      codeSha256: new Uint8Array(hashCode(code)),
      role: wanted.role,
      placeId: wanted.placeId,
      email: wanted.email?.toLowerCase() ?? null,
      createdBy: caller.userId,
      createdAt: new Date(now),
      expiresAt: new Date(expiresAt),
    },
  });
  await writeAudit(tx, {
    orgId: caller.orgId,
    userId: caller.userId,
    action: 'create-invitation',
    subject: `invitation ${id}`,
    detail: { role: wanted.role, placeId: wanted.placeId },
    at: now,
  });
  return { id, code, expiresAt };
}

/** Takes an unused invitation back. Throws `not-found`. */
export async function revokeInvitation(
  tx: Tx,
  by: { readonly caller: Caller; readonly now: number },
  id: number,
): Promise<void> {
  const ids = await placesWithin(tx, staffPlaces(by.caller));
  const { count } = await tx.invitation.updateMany({
    where: { id, usedAt: null, revokedAt: null, ...(ids && { placeId: { in: ids } }) },
    data: { revokedAt: new Date(by.now) },
  });
  if (count === 0) throw new AppError('not-found', 'This invitation is used or gone.');
  await writeAudit(tx, {
    orgId: by.caller.orgId,
    userId: by.caller.userId,
    action: 'revoke-invitation',
    subject: `invitation ${id}`,
    at: by.now,
  });
}

/** Who is knocking: the signed-in person, if any, and the address that misses are counted by. */
export type Knock = {
  readonly code: string;
  readonly caller: Caller | null;
  readonly from: string;
};

/** What the code opens, without using it. Throws `not-found`, `too-many`. */
export async function viewInvitation(app: App, knock: Knock): Promise<InvitationView> {
  const found = await findOpen(app, knock);
  const prisma = app.db.prisma;
  const [org, place, owner] = await Promise.all([
    prisma.organisation.findUnique({ where: { id: found.orgId } }),
    found.placeId === null
      ? null
      : app.db.withOrg(found.orgId, (tx) => tx.place.findUnique({ where: { id: found.placeId! } })),
    found.email ? prisma.user.findUnique({ where: { email: found.email } }) : null,
  ]);
  return {
    organisation: org?.name ?? '',
    role: found.role as Role,
    address: place?.address ?? null,
    needsSignIn: owner !== null && owner.id !== knock.caller?.userId,
  };
}

/**
 * Uses the code up. A signed-in person gains the role; anybody else gets an account and the path
 * that signs in at once. The holder of an address that is already registered must sign in first:
 * a code alone never opens an existing account. Throws `not-found`, `too-many`, `unauthenticated`.
 */
export async function redeemInvitation(
  app: App,
  knock: Knock,
): Promise<{ path: string | null; placeId: number | null; orgId: number }> {
  const found = await findOpen(app, knock);
  const prisma = app.db.prisma;
  const owner = found.email
    ? await prisma.user.findUnique({ where: { email: found.email } })
    : null;
  if (owner && owner.id !== knock.caller?.userId) {
    throw new AppError('unauthenticated', 'Sign in with the address this invitation was sent to.');
  }
  const now = new Date(app.clock.now());
  const email = await prisma.$transaction(async (tx) => {
    await tx.$executeRaw`SELECT set_config('app.org', ${String(found.orgId)}, true)`;
    const user = knock.caller
      ? { id: knock.caller.userId, email: knock.caller.email }
      : await createPerson(tx, found.email, now);
    // The condition repeats what findOpen saw: of two simultaneous knocks one finds it used.
    const { count } = await tx.invitation.updateMany({
      where: { id: found.id, usedAt: null, revokedAt: null },
      data: { usedAt: now, usedBy: user.id },
    });
    if (count === 0) throw gone();
    await joinOrganisation(tx, found, { userId: user.id, now });
    return user.email;
  });
  const next = found.role === 'tenant' ? '/install' : '/';
  const path = knock.caller ? null : await createSignInPath(app, email, next);
  return { path, placeId: found.placeId, orgId: found.orgId };
}

const gone = (): AppError =>
  new AppError('not-found', 'This code is not known, was used, or has expired.');

type Open = {
  readonly id: number;
  readonly orgId: number;
  readonly role: string;
  readonly placeId: number | null;
  readonly email: string | null;
};

async function findOpen(app: App, knock: Knock): Promise<Open> {
  const now = app.clock.now();
  const key = `invitation:${knock.from}`;
  const counter = await app.db.prisma.rateLimit.findUnique({ where: { key } });
  const fresh = counter !== null && now - Number(counter.lastRequest) < WINDOW_MS;
  if (fresh && counter.count >= MISSES_PER_WINDOW) {
    throw new AppError('too-many', 'Too many wrong codes. Try again in fifteen minutes.');
  }
  const found = await app.db.prisma.invitation.findUnique({
    where: { codeSha256: new Uint8Array(hashCode(knock.code)) },
  });
  const open = found && !found.usedAt && !found.revokedAt && found.expiresAt.getTime() > now;
  if (open) return found;
  const count = fresh ? counter.count + 1 : 1;
  await app.db.prisma.rateLimit.upsert({
    where: { key },
    create: { id: randomBytes(12).toString('hex'), key, count, lastRequest: BigInt(now) },
    update: { count, lastRequest: BigInt(now) },
  });
  throw gone();
}

/** Somebody without an e-mail address is still somebody: the address is then never written to. */
async function createPerson(tx: Tx, email: string | null, now: Date) {
  const id = randomBytes(16).toString('hex');
  return tx.user.create({
    data: {
      id,
      name: '',
      email: email ?? `${id}@invited.invalid`,
      emailVerified: email !== null,
      createdAt: now,
      updatedAt: now,
    },
    select: { id: true, email: true },
  });
}

async function joinOrganisation(
  tx: Tx,
  { id, orgId, role, placeId }: Open,
  by: { readonly userId: string; readonly now: Date },
): Promise<void> {
  const { userId, now } = by;
  const known = await tx.membership.findFirst({ where: { orgId, userId, role, placeId } });
  if (known) {
    await tx.membership.update({ where: { id: known.id }, data: { revokedAt: null } });
  } else {
    await tx.membership.create({ data: { orgId, userId, role, placeId, createdAt: now } });
  }
  if ((role === 'resident' || role === 'tenant') && placeId !== null) {
    const household =
      (await tx.household.findFirst({ where: { placeId, toAt: null } })) ??
      (await tx.household.create({ data: { orgId, placeId, fromAt: now } }));
    await tx.householdMember.upsert({
      where: { householdId_userId: { householdId: household.id, userId } },
      create: { householdId: household.id, userId, orgId, fromAt: now },
      update: { toAt: null },
    });
  }
  await writeAudit(tx, {
    orgId,
    userId,
    action: 'redeem-invitation',
    subject: `invitation ${id}`,
    detail: { role, placeId },
    at: now.getTime(),
  });
}
