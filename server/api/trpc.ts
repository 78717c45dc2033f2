/**
 * The procedure builders. A procedure states who may call it by the builder it uses, and gets a
 * `ctx` whose database is already narrowed to the caller's organisation.
 */
import { initTRPC, TRPCError } from '@trpc/server';
import superjson from 'superjson';
import type pg from 'pg';
import { ROLES, STAFF_ROLES, type Role } from '#lib/domain/role.ts';
import type { App } from '#server/app.ts';
import type { Tx } from '#server/db/client.ts';
import { AppError, type AppErrorCode } from '#server/errors.ts';

/** Who is asking, as hooks.server.ts found out. */
export type Caller = {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  readonly orgId: number;
  readonly roles: readonly Role[];
  /** Places the caller's role is narrowed to; empty = the whole organisation. */
  readonly placeIds: readonly number[];
  /** The home this person last chose to look at, of several; a wish that rights still bound. */
  readonly homeId?: number | undefined;
  /** True when the session passed a second factor (staff need it). */
  readonly strong: boolean;
};

export type Context = {
  readonly app: App;
  readonly caller: Caller | null;
  /** Address of the client, by which guesses are counted; absent in tests. */
  readonly from?: string | undefined;
};

const HTTP: Record<AppErrorCode, TRPCError['code']> = {
  unauthenticated: 'UNAUTHORIZED',
  forbidden: 'FORBIDDEN',
  'not-found': 'NOT_FOUND',
  invalid: 'BAD_REQUEST',
  conflict: 'CONFLICT',
  'too-many': 'TOO_MANY_REQUESTS',
  unavailable: 'SERVICE_UNAVAILABLE',
};

const t = initTRPC.context<Context>().create({
  transformer: superjson,
  errorFormatter: ({ shape, error }) => ({
    ...shape,
    data: {
      ...shape.data,
      // Clients translate this word; stacks never leave the server.
      appCode: error.cause instanceof AppError ? error.cause.code : null,
      stack: undefined,
    },
  }),
});

export const router = t.router;
export const createCaller = t.createCallerFactory;

/** Turns AppError into tRPC's own error in one place. */
const mapped = t.procedure.use(async ({ next }) => {
  const result = await next();
  if (!result.ok && result.error.cause instanceof AppError) {
    const cause = result.error.cause;
    throw new TRPCError({ code: HTTP[cause.code], message: cause.message, cause });
  }
  return result;
});

export const publicProcedure = mapped;

/** Any signed-in member of an organisation. */
export const memberProcedure = mapped.use(({ ctx, next }) => {
  const caller = ctx.caller;
  if (!caller) throw new AppError('unauthenticated', 'Sign in to see this.');
  const db = ctx.app.db;
  return next({
    ctx: {
      app: ctx.app,
      caller,
      withOrg: <T>(work: (tx: Tx) => Promise<T>) => db.withOrg(caller.orgId, work),
      withOrgSql: <T>(work: (client: pg.PoolClient) => Promise<T>) =>
        db.withOrgSql(caller.orgId, work),
    },
  });
});

const requireRole = (allowed: readonly Role[]) =>
  memberProcedure.use(({ ctx, next }) => {
    if (!ctx.caller.roles.some((role) => allowed.includes(role))) {
      throw new AppError('forbidden', `This needs one of the roles: ${allowed.join(', ')}.`);
    }
    // Staff see other people's meters: a link alone does not open them (server/access/caller.ts).
    if (!ctx.caller.strong && allowed.every((role) => STAFF_ROLES.includes(role))) {
      throw new AppError('forbidden', 'second-factor');
    }
    return next();
  });

export const residentProcedure = requireRole(['resident', 'tenant']);
export const readerProcedure = requireRole(['reader', 'operator', 'admin']);
export const staffProcedure = requireRole(STAFF_ROLES);
export const operatorProcedure = requireRole(['operator', 'admin']);
/** What concerns every place at once: an operator who is narrowed to some has no part in it. */
export const wholeProcedure = operatorProcedure.use(({ ctx, next }) => {
  if (ctx.caller.placeIds.length > 0) {
    throw new AppError('forbidden', 'This needs a role for the whole organisation.');
  }
  return next();
});
export const adminProcedure = requireRole(['admin']);
export const anyRoleProcedure = requireRole(ROLES);
