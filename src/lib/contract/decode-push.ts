/**
 * Reads what a phone sends, in every protocol version ever released (I13: kept for ever).
 *
 * It knows which parts of an event are needed to store it at all, and that everything else may be
 * wrong: such an event is kept and quarantined, never refused (I7). The server and the simulation
 * call it.
 */
import { z } from 'zod/mini';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { canonicalEvent, canonicalJson, chainHash } from './canonical.ts';
import {
  PUSH_LIMIT,
  ZBeat,
  ZEvent,
  ZSha256,
  ZUuid,
  type Beat,
  type FieldEvent,
} from './fieldsync.ts';

/** An event as it arrived. */
export type ArrivedEvent = {
  readonly id: string;
  readonly n: number;
  readonly epoch: string;
  readonly prev: string;
  readonly hash: string;
  /** Null when only the identity could be read. */
  readonly event: FieldEvent | null;
  /** The canonical text; the arrived JSON, as evidence, when `event` is null. */
  readonly canonical: string;
  /** The hash is the one that `prev` and the canonical text give. */
  readonly genuine: boolean;
};

export type ArrivedPush = {
  readonly proto: number;
  readonly device: string;
  readonly epoch: string;
  readonly capturedN: number;
  readonly appVersion: string;
  readonly events: readonly ArrivedEvent[];
  readonly beat?: Beat | undefined;
};

const ZIdentity = z.object({
  id: ZUuid,
  n: z.int().check(z.minimum(1), z.maximum(2_147_483_647)),
  epoch: ZUuid,
  prev: ZSha256,
  hash: ZSha256,
});

const ZEnvelope1 = z.object({
  proto: z.literal(1),
  device: ZUuid,
  epoch: ZUuid,
  capturedN: z.int().check(z.minimum(0), z.maximum(2_147_483_647)),
  appVersion: z.string().check(z.maxLength(100)),
  events: z.array(z.unknown()).check(z.maxLength(PUSH_LIMIT)),
  beat: z.optional(ZBeat),
});

/** One decoder for each released protocol; a new version adds a line and removes none. */
const DECODERS: Readonly<Record<number, (body: unknown) => Result<ArrivedPush>>> = {
  1: decode1,
};

/**
 * Errors (all mean: nothing was stored, the outbox is untouched): `bad_envelope`, `unknown_proto`,
 * `bad_identity` (offset = index of the event without a readable id, n, epoch or hash).
 */
export function decodePush(body: unknown): Result<ArrivedPush> {
  const proto = (body as { proto?: unknown } | null)?.proto;
  if (typeof proto !== 'number') return fault('bad_envelope', 'Not a fieldsync push.');
  const decode = DECODERS[proto];
  return decode ? decode(body) : fault('unknown_proto', `fieldsync/${proto} is not known here.`);
}

function decode1(body: unknown): Result<ArrivedPush> {
  const envelope = ZEnvelope1.safeParse(body);
  if (!envelope.success) return fault('bad_envelope', z.prettifyError(envelope.error));
  const events: ArrivedEvent[] = [];
  for (const [offset, item] of envelope.data.events.entries()) {
    const identity = ZIdentity.safeParse(item);
    if (!identity.success) {
      return fault('bad_identity', z.prettifyError(identity.error), { offset });
    }
    events.push(readEvent(identity.data, item));
  }
  return ok({ ...envelope.data, events });
}

type Identity = z.infer<typeof ZIdentity>;

function readEvent(identity: Identity, item: unknown): ArrivedEvent {
  const parsed = ZEvent.safeParse(item);
  try {
    if (parsed.success) {
      const canonical = canonicalEvent(parsed.data);
      const genuine = chainHash(identity.prev, canonical) === identity.hash;
      return { ...identity, event: parsed.data, canonical, genuine };
    }
    return { ...identity, event: null, canonical: canonicalJson(item), genuine: false };
  } catch {
    // Nested beyond reason: its identity is all that can be kept without risking the process.
    return { ...identity, event: null, canonical: canonicalJson(identity), genuine: false };
  }
}
