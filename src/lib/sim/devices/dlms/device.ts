/**
 * A simulated DLMS device at the end of a line: bytes in, bytes out after the time that meter and
 * line need. Knows HDLC, the wrapper and its logical device; no port and no clock. Only
 * transport/simulated.ts, the command line and tests make one.
 */
import { concatBytes } from '#lib/base/bytes.ts';
import type { HdlcAddress } from '../../../meters/dlms/hdlc/address.ts';
import {
  beBusy,
  forgetRest,
  idleSecondary,
  receiveAtSecondary,
  sendFromSecondary,
} from '../../../meters/dlms/hdlc/secondary.ts';
import { encodeWrapped, readWrapped } from '../../../meters/dlms/wrapper.ts';
import { createDlmsServer, type ServerOptions } from './server.ts';

export type DeviceOptions = {
  readonly server: ServerOptions;
  readonly carrier:
    | {
        readonly kind: 'hdlc';
        readonly address: HdlcAddress;
        readonly addressSize?: number;
        readonly maxInformation?: number;
        readonly window?: number;
      }
    | { readonly kind: 'wrapper'; readonly port: number };
  /** Bits per second of the line; 0 is as fast as a network. */
  readonly baud?: number;
  /** From the last byte of a request to the first of the answer. */
  readonly reactionMs?: number;
};

export type Timed = {
  readonly at: number;
  readonly bytes: Uint8Array;
  /** Speed it is sent at, where the line has several: a port at another one hears nothing. */
  readonly baud?: number;
};

export type DlmsDevice = {
  /** Bytes that reach the device at `at`; the answers come when their last byte is through. */
  write(bytes: Uint8Array, at: number): readonly Timed[];
  /** The next polls find the device busy; without meaning where there are no polls (TCP). */
  beBusy(polls: number): void;
  /** A client holds the link; over TCP the connection is the link. */
  readonly isLinked: boolean;
};

const BITS_PER_BYTE = 10;
const DEFAULT_REACTION_MS = 20;
/** IEC 62056-46:2007 clause 6.4.4.3.3: a pause within a frame ends it. */
const INTER_OCTET_MS = 25;

/** What the device answers to bytes, without time. */
type Responder = {
  respond(bytes: Uint8Array, at: number, isAfterPause: boolean): readonly Uint8Array[];
  beBusy(polls: number): void;
  isLinked(): boolean;
};

type HdlcCarrier = Extract<DeviceOptions['carrier'], { readonly kind: 'hdlc' }>;

function hdlcResponder(options: DeviceOptions, carrier: HdlcCarrier): Responder {
  const { address, addressSize, maxInformation = 128, window = 1 } = carrier;
  const server = createDlmsServer(options.server);
  const size = addressSize === undefined ? {} : { addressSize };
  let link = idleSecondary({ server: address, ...size, maxInformation, window });
  const onMessage = (message: Uint8Array, at: number): readonly Uint8Array[] => {
    const answer = link.client && server.handle(message, link.client.upper, at);
    if (!answer) return [];
    const sent = sendFromSecondary(link, answer);
    link = sent.link;
    return sent.replies;
  };
  return {
    respond(bytes, at, isAfterPause) {
      const step = receiveAtSecondary(isAfterPause ? forgetRest(link) : link, bytes);
      link = step.link;
      const replies = [...step.replies];
      for (const event of step.events) {
        if (event.kind === 'message') replies.push(...onMessage(event.bytes, at));
        else server.reset();
      }
      return replies;
    },
    beBusy(polls) {
      link = beBusy(link, polls);
    },
    isLinked: () => link.client !== null,
  };
}

function wrapperResponder(options: DeviceOptions, port: number): Responder {
  const server = createDlmsServer(options.server);
  let buffer = new Uint8Array(0);
  const respond: Responder['respond'] = (bytes, at) => {
    buffer = new Uint8Array(concatBytes(buffer, bytes));
    const replies: Uint8Array[] = [];
    for (;;) {
      const read = readWrapped(buffer);
      if (!read.ok) {
        if (read.error.code !== 'truncated') buffer = new Uint8Array(0);
        return replies;
      }
      const { source, destination, apdu, size } = read.value;
      buffer = buffer.slice(size);
      const answer = destination === port ? server.handle(apdu, source, at) : null;
      const back = { source: destination, destination: source };
      if (answer) replies.push(encodeWrapped({ ...back, apdu: answer }));
    }
  };
  return { respond, beBusy: () => undefined, isLinked: () => true };
}

export function createDlmsDevice(options: DeviceOptions): DlmsDevice {
  const { carrier, baud = 0, reactionMs = DEFAULT_REACTION_MS } = options;
  const responder =
    carrier.kind === 'hdlc'
      ? hdlcResponder(options, carrier)
      : wrapperResponder(options, carrier.port);
  const lineMs = (bytes: Uint8Array): number =>
    baud === 0 ? 0 : Math.ceil((bytes.length * BITS_PER_BYTE * 1000) / baud);
  let lastAt = -Infinity;
  let freeAt = 0;
  return {
    write(bytes, at) {
      const isAfterPause = at - lastAt > INTER_OCTET_MS + lineMs(bytes);
      lastAt = at;
      return responder.respond(bytes, at, isAfterPause).map((reply) => {
        const begin = Math.max(at + lineMs(bytes) + reactionMs, freeAt);
        freeAt = begin + lineMs(reply);
        return { at: freeAt, bytes: reply };
      });
    },
    beBusy: (polls) => responder.beBusy(polls),
    get isLinked() {
      return responder.isLinked();
    },
  };
}
