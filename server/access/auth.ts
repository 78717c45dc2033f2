/**
 * Identity: who holds this session. better-auth does the protocol work; this file decides what is
 * allowed: one-time e-mail links and passkeys, a second factor for staff, no password at all.
 *
 * It knows users and sessions, not organisations (caller.ts does). hooks.server.ts and the sign-in
 * services call it.
 */
import { passkey } from '@better-auth/passkey';
import { betterAuth } from 'better-auth';
import { prismaAdapter } from 'better-auth/adapters/prisma';
import { createAuthMiddleware, getSessionFromCtx } from 'better-auth/api';
import { magicLink, twoFactor } from 'better-auth/plugins';
import { createHash } from 'node:crypto';
import { ownPath } from '#lib/base/own-path.ts';
import type { Config } from '#server/config.ts';
import type { PrismaClient } from '#server/generated/prisma/client.ts';
import { sendMail } from './mail.ts';
import { linkMail } from './link-mail.ts';

const DAY_S = 24 * 60 * 60;
export const LINK_TTL_S = 15 * 60;
const LINKS_PER_WINDOW = 5;

/** Only the hash of a link's token is stored: a stolen database opens no account. */
export const hashToken = (token: string): string =>
  createHash('sha256').update(token).digest('base64url');

/** Paths after which a session counts as strong: possession plus verification by the device. */
const PASSKEY_SIGN_IN = '/passkey/verify-authentication';
const SECOND_FACTOR = ['/two-factor/verify-totp', '/two-factor/verify-backup-code'];

export type Auth = ReturnType<typeof createAuth>;

export function createAuth(config: Config, prisma: PrismaClient) {
  return betterAuth({
    appName: 'Kilter',
    baseURL: config.ORIGIN,
    secret: config.BETTER_AUTH_SECRET,
    database: prismaAdapter(prisma, { provider: 'postgresql' }),
    telemetry: { enabled: false },
    emailAndPassword: { enabled: false },
    session: {
      // Readers are away from any network for days; the cookie must outlive a long round.
      expiresIn: 30 * DAY_S,
      updateAge: DAY_S,
      additionalFields: { strongAt: { type: 'date', required: false, input: false } },
    },
    advanced: {
      ipAddress: { ipAddressHeaders: ['x-kilter-client'] },
      useSecureCookies: config.ORIGIN.startsWith('https:'),
    },
    rateLimit: {
      enabled: true,
      storage: 'database',
      window: 60,
      max: 120,
      customRules: {
        '/sign-in/magic-link': { window: 15 * 60, max: 20 },
        // A token cannot be guessed; a whole house may sign in behind one address.
        '/magic-link/verify': { window: 60, max: 60 },
        '/two-factor/*': { window: 5 * 60, max: 15 },
        '/passkey/*': { window: 60, max: 30 },
      },
    },
    plugins: [
      magicLink({
        // People are invited; an unknown address gets no account and no hint.
        disableSignUp: true,
        expiresIn: LINK_TTL_S,
        storeToken: { type: 'custom-hasher', hash: async (token) => hashToken(token) },
        sendMagicLink: ({ email, token, url }) => {
          const next = ownPath(new URL(url).searchParams.get('callbackURL'));
          return mailLink({ config, prisma }, { email, token, next });
        },
      }),
      passkey({ rpID: new URL(config.ORIGIN).hostname, rpName: 'Kilter', origin: config.ORIGIN }),
      twoFactor({ issuer: 'Kilter', allowPasswordless: true }),
    ],
    databaseHooks: {
      session: {
        create: {
          before: async (session, context) => {
            const strong = context?.path === PASSKEY_SIGN_IN || isSecondFactor(context?.path);
            return { data: strong ? { ...session, strongAt: new Date() } : session };
          },
        },
      },
    },
    hooks: {
      after: createAuthMiddleware(async (ctx) => {
        if (!isSecondFactor(ctx.path)) return;
        const found = ctx.context.newSession ?? (await getSessionFromCtx(ctx));
        if (!found || ctx.context.returned instanceof Error) return;
        await prisma.session.update({
          where: { token: found.session.token },
          data: { strongAt: new Date() },
        });
      }),
    },
  });
}

const isSecondFactor = (path: string | undefined): boolean =>
  SECOND_FACTOR.some((known) => path?.startsWith(known));

/** Mails a link to people we know only, five in fifteen minutes at most; always silent. */
async function mailLink(
  { config, prisma }: { config: Config; prisma: PrismaClient },
  { email, token, next }: { email: string; token: string; next: string },
) {
  const user = await prisma.user.findUnique({ where: { email: email.toLowerCase() } });
  if (!user) return;
  const since = new Date(Date.now() - LINK_TTL_S * 1000);
  const recent = await prisma.outboxMail.count({
    where: { to: user.email, createdAt: { gte: since } },
  });
  if (recent >= LINKS_PER_WINDOW) return;
  const url = new URL('/sign-in/link', config.ORIGIN);
  url.searchParams.set('token', token);
  // Who asked for a page, or holds an invitation, gets there after the tap.
  if (next !== '/') url.searchParams.set('next', next);
  await sendMail(prisma, config, linkMail(user.email, url.href, user.locale ?? 'ru'));
}
