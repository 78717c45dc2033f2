/**
 * The server's error vocabulary. Services throw AppError when the world or the request is at fault;
 * server/api/trpc.ts maps codes to HTTP once, lib/state/ask.svelte.ts to what a screen can say.
 *
 * - `unauthenticated`: no valid session. Told: sign in again; unsent work stays on the phone.
 * - `forbidden`: the role or scope does not allow it. Told: who can.
 * - `not-found`: no such thing in this organisation. Told: it may have been removed.
 * - `invalid`: the request breaks a rule named in `message`. Told: the rule.
 * - `conflict`: someone else changed it first. Told: reload and look.
 * - `too-many`: rate limit. Told: when to try again.
 * - `unavailable`: the database or mail server cannot be reached. Told: try later, nothing is lost.
 */
export type AppErrorCode =
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'invalid'
  | 'conflict'
  | 'too-many'
  | 'unavailable';

export class AppError extends Error {
  override name = 'AppError';
  constructor(
    readonly code: AppErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
