/**
 * One-time sign-in links made by the server itself: for the demo people, and for a person who has
 * just redeemed an invitation. The link goes through the same door as a mailed one.
 */
import { randomBytes } from 'node:crypto';
import type { App } from '#server/app.ts';
import { AppError } from '#server/errors.ts';
import { hashToken } from './auth.ts';

/** A token that `/api/auth/magic-link/verify` accepts once. Throws `not-found` for strangers. */
export async function createSignInToken(app: App, email: string, ttlS: number): Promise<string> {
  const user = await app.db.prisma.user.findUnique({ where: { email: email.toLowerCase() } });
  if (!user) throw new AppError('not-found', `Nobody with the address ${email} is registered.`);
  const token = randomBytes(24).toString('base64url');
  await app.db.prisma.verification.create({
    data: {
      id: randomBytes(12).toString('hex'),
      identifier: hashToken(token),
      value: JSON.stringify({ email: user.email }),
      expiresAt: new Date(app.clock.now() + ttlS * 1000),
    },
  });
  return token;
}

/** Address of the page that asks for one tap before it uses the token up. */
export async function createSignInLink(app: App, email: string, ttlS = 12 * 3600): Promise<string> {
  const url = new URL('/sign-in/link', app.config.ORIGIN);
  url.searchParams.set('token', await createSignInToken(app, email, ttlS));
  return url.href;
}

/** Path that signs in at once; for a person who is already acting on our page. */
export async function createSignInPath(app: App, email: string, next: string): Promise<string> {
  const query = new URLSearchParams({
    token: await createSignInToken(app, email, 120),
    callbackURL: next,
  });
  return `/api/auth/magic-link/verify?${query}`;
}
