/**
 * Whether what came back over the network is our server's answer. A hotel's sign-in page answers
 * 200 to everything, so only a body of our shape counts; nothing else may touch the outbox. Pure;
 * the sync engine and the simulation call it.
 */
import { z } from 'zod/mini';
import { err, ok, type Result } from '#lib/base/result.ts';
import { PROTO, ZPushAnswer, type PushAnswer } from '#lib/contract/fieldsync.ts';
import type { SyncErrorCode } from './errors.ts';

/** `body` is the text as received, however much of it arrived. */
export type Came = { readonly status: number; readonly body: string };

export const readPushAnswer = (came: Came): Result<PushAnswer, SyncErrorCode> =>
  readAnswer(came, ZPushAnswer);

/** Reads an answer of any of our endpoints; all of them carry `proto`. */
export function readAnswer<S extends z.core.$ZodType>(
  { status, body }: Came,
  schema: S,
): Result<z.infer<S>, SyncErrorCode> {
  const refused = refusal(status);
  if (refused) return err(refused === 'forbidden' && isRevoked(body) ? 'revoked' : refused);
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return err('captive-portal');
  }
  const read = z.safeParse(schema, json);
  if (read.success) return ok(read.data);
  const proto = (json as { proto?: unknown } | null)?.proto;
  return err(proto === undefined || proto === PROTO ? 'captive-portal' : 'bad-answer');
}

function refusal(status: number): SyncErrorCode | null {
  if (status === 200) return null;
  if (status === 401) return 'signed-out';
  if (status === 403) return 'forbidden';
  if (status >= 500 || status === 429 || status === 408) return 'server-error';
  return status >= 400 ? 'bad-answer' : 'captive-portal';
}

/** Only our own server's word may cost a phone its keys, so it must be exactly this one. */
function isRevoked(body: string): boolean {
  try {
    const said = JSON.parse(body) as { proto?: unknown; detail?: unknown } | null;
    return said?.proto === PROTO && said.detail === 'device-revoked';
  } catch {
    return false;
  }
}
