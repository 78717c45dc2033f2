/**
 * A phone of few lines: it captures with the client's own reducer and pushes to the service as the
 * route does, through JSON. Nothing is lost on its way; what a bad network does is in tests/sim.
 */
import { MINUTE_MS } from '#lib/base/interval.ts';
import { decodePush } from '#lib/contract/decode-push.ts';
import type { FieldEvent, PushAnswer } from '#lib/contract/fieldsync.ts';
import { capture, newHead, pushOf, type Head } from '#lib/offline/engine.ts';
import type { Caller } from '#server/api/trpc.ts';
import type { App } from '#server/app.ts';
import { pushEvents } from '#server/sync/service.ts';
import { NOW } from './two-organisations.ts';

let made = 0;
/** Names in the order in which they are asked for, so that a failing test says the same twice. */
export const nextUuid = (): string =>
  `00000000-0000-7000-8000-${(++made).toString(16).padStart(12, '0')}`;

export class CapturingPhone {
  head: Head = newHead(nextUuid(), nextUuid());
  events: FieldEvent[] = [];
  constructor(
    readonly app: App,
    readonly caller: Caller,
  ) {}

  /** As the caller, a minute ago unless `at` (ms) is given. */
  capture(type: string, body: Readonly<Record<string, unknown>>, at = NOW - MINUTE_MS): FieldEvent {
    const time = { wall: new Date(at).toISOString(), mono: 1, boot: nextUuid() };
    const draft = { id: nextUuid(), type, user: this.caller.userId, body: { ...body }, at: time };
    const next = capture(this.head, draft);
    this.head = next.head;
    this.events.push(next.event);
    return next.event;
  }

  async push(events = this.events, caller = this.caller): Promise<PushAnswer> {
    const { device, epochs } = this.head;
    const body = pushOf(this.head, epochs[0]!.epoch, events);
    const read = decodePush(JSON.parse(JSON.stringify({ ...body, device })));
    if (!read.ok) throw new Error(read.error.detail);
    return pushEvents(this.app, caller, read.value);
  }

  /** Pushes all; why each event has to wait for a person, or how it was stored. */
  async results(): Promise<string[]> {
    return (await this.push()).receipts.map(({ reason, result }) => reason ?? result);
  }
}
