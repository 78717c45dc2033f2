/**
 * What carries APDUs between client and meter: an HDLC link or the TCP wrapper. Both look alike to
 * the session: connect, send, feed bytes, ask again after a silence, close. Knows no services and
 * no time. Called by `session.ts`.
 */
import { concatBytes } from '#lib/base/bytes.ts';
import type { HdlcAddress } from '../hdlc/address.ts';
import {
  closeLink,
  closedLink,
  connectLink,
  receiveBytes,
  repeatLink,
  sendMessage,
  type LinkEvent,
  type LinkOptions,
} from '../hdlc/link.ts';
import { encodeWrapped, readWrapped } from '../wrapper.ts';

export type ChannelEvent =
  | LinkEvent
  /** The stream has lost its frame borders and cannot find them again. */
  | { readonly kind: 'broken' };

export type Received = {
  readonly send: readonly Uint8Array[];
  readonly events: readonly ChannelEvent[];
};

export type Channel = {
  /** Null: there is nothing to do, the channel is open. */
  connect(clientId: number): Uint8Array | null;
  send(message: Uint8Array): Uint8Array;
  feed(bytes: Uint8Array): Received;
  /** What to send after a silence; null where the line itself repeats (TCP). */
  repeat(): Uint8Array | null;
  /** Null: closed at once. */
  close(): Uint8Array | null;
};

export type CarrierOptions =
  | ({ readonly kind: 'hdlc' } & Omit<LinkOptions, 'client'>)
  /** `server` is the wPort of the logical device (IEC 62056-47:2006 clause 5.3.3). */
  | { readonly kind: 'wrapper'; readonly server: number };

export function hdlcChannel(options: Omit<LinkOptions, 'client'>): Channel {
  let link = closedLink({ ...options, client: { upper: 16, lower: null } });
  return {
    connect(clientId) {
      const client: HdlcAddress = { upper: clientId, lower: null };
      const step = connectLink({ ...link, options: { ...options, client } });
      link = step.link;
      return step.send;
    },
    send(message) {
      const step = sendMessage(link, message);
      link = step.link;
      return step.send ?? new Uint8Array(0);
    },
    feed(bytes) {
      const send: Uint8Array[] = [];
      const events: ChannelEvent[] = [];
      for (const step of receiveBytes(link, bytes)) {
        link = step.link;
        if (step.send) send.push(step.send);
        if (step.event) events.push(step.event);
      }
      return { send, events };
    },
    repeat() {
      const step = repeatLink(link);
      link = step.link;
      return step.send;
    },
    close() {
      const step = closeLink(link);
      link = step.link;
      return step.send;
    },
  };
}

/** Longest APDU that a wrapper announces. */
const MAX_BUFFER = 0x1_0008;

export function wrapperChannel(server: number): Channel {
  let client = 1;
  let buffer = new Uint8Array(0);
  return {
    connect(clientId) {
      client = clientId;
      buffer = new Uint8Array(0);
      return null;
    },
    send: (apdu) => encodeWrapped({ source: client, destination: server, apdu }),
    feed(bytes) {
      buffer = new Uint8Array(concatBytes(buffer, bytes));
      const events: ChannelEvent[] = [];
      while (buffer.length > 0) {
        const read = readWrapped(buffer);
        if (!read.ok && read.error.code === 'truncated' && buffer.length < MAX_BUFFER) break;
        if (!read.ok) return { send: [], events: [...events, { kind: 'broken' }] };
        const { source, destination, apdu, size } = read.value;
        buffer = buffer.slice(size);
        // Another logical device may answer on the same connection.
        if (source !== server || destination !== client) continue;
        events.push({ kind: 'message', bytes: apdu });
      }
      return { send: [], events };
    },
    repeat: () => null,
    close: () => null,
  };
}

export const channelOf = (options: CarrierOptions): Channel =>
  options.kind === 'hdlc' ? hdlcChannel(options) : wrapperChannel(options.server);
