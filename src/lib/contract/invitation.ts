/**
 * A code on paper or in a QR that lets one person in. Only its hash is kept by the server.
 *
 * It knows the shapes; server/access/invitations.ts knows the rules. Client and server import it.
 */
import { z } from 'zod/mini';
import { ROLES } from '#lib/domain/role.ts';

/** Typed or scanned: ten characters without look-alikes, dashes and case do not count. */
export const ZInvitationCode = z.string().check(z.minLength(6), z.maxLength(64));

/** What an invitation opens, told before it is used. */
export const ZInvitationView = z.object({
  organisation: z.string(),
  role: z.enum(ROLES),
  address: z.nullable(z.string()),
  /** The address it was sent to is registered: its owner signs in first. */
  needsSignIn: z.boolean(),
});
export type InvitationView = z.infer<typeof ZInvitationView>;

export const ZCreateInvitation = z.object({
  role: z.enum(ROLES),
  placeId: z.nullable(z.int()),
  email: z.nullable(z.email()),
  /** Days until it expires. */
  days: z.int().check(z.gte(1), z.lte(60)),
});

/** What is typed may have spaces, dashes and small letters; look-alikes are read as meant. */
export const plainCode = (typed: string): string =>
  typed
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, '')
    .replace(/[IL]/g, '1')
    .replace(/O/g, '0');
