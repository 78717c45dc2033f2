/**
 * The meter's side of an HDLC link (IEC 62056-46:2007 clause 6.4.4): answers SNRM, takes numbered
 * frames, hands out whole messages and repeats what was lost. The peer of `link.ts`, and like it a
 * state machine without input or output. Called by simulated meters.
 */
import { concatBytes } from '#lib/base/bytes.ts';
import { isSameAddress, type HdlcAddress } from './address.ts';
import { addSegment, LLC_RESPONSE } from './assemble.ts';
import { encodeHdlc, type HdlcFrame } from './frame.ts';
import { encodeParameters, readParameters } from './parameters.ts';
import { acknowledge, burstOf, cutMessage, freshSide, type LinkSide } from './segments.ts';
import { boundedRest, scanHdlc, withFlags } from './stream.ts';

export type SecondaryOptions = {
  readonly server: HdlcAddress;
  readonly addressSize?: number;
  /** Bytes of information in one frame, and frames at once, that the meter takes and sends. */
  readonly maxInformation: number;
  readonly window: number;
};

export type SecondaryLink = LinkSide & {
  readonly options: SecondaryOptions;
  /** Whom the meter is connected to; null while disconnected. */
  readonly client: HdlcAddress | null;
  /** So many polls are still answered with RNR. */
  readonly busyPolls: number;
};

export type SecondaryEvent =
  /** `opened` begins a new session, so that associations of the one before end. */
  | { readonly kind: 'opened'; readonly client: HdlcAddress }
  | { readonly kind: 'closed' }
  | { readonly kind: 'message'; readonly bytes: Uint8Array };

export type SecondaryStep = {
  readonly link: SecondaryLink;
  readonly replies: readonly Uint8Array[];
  readonly events: readonly SecondaryEvent[];
};

const NOTHING = new Uint8Array(0);

export const idleSecondary = (options: SecondaryOptions): SecondaryLink => ({
  ...freshSide(),
  options,
  client: null,
  busyPolls: 0,
});

type Answer = { readonly to: HdlcAddress } & Partial<HdlcFrame> & Pick<HdlcFrame, 'type'>;

function frameOf(link: SecondaryLink, { to, ...more }: Answer): Uint8Array {
  const frame: HdlcFrame = {
    destination: to,
    source: link.options.server,
    isSegmented: false,
    isFinal: true,
    send: null,
    receive: null,
    payload: NOTHING,
    ...more,
  };
  return withFlags(encodeHdlc(frame, link.options.addressSize));
}

const step = (
  link: SecondaryLink,
  replies: readonly Uint8Array[] = [],
  events: readonly SecondaryEvent[] = [],
): SecondaryStep => ({ link, replies, events });

/** Negotiation: the smaller of what both sides can (clause 6.4.4.4.3.2). */
function onConnect(link: SecondaryLink, frame: HdlcFrame): SecondaryStep {
  const { options } = link;
  const asked = readParameters(frame.payload);
  const agreed = {
    maxSent: Math.min(options.maxInformation, asked.maxReceived),
    maxReceived: Math.min(options.maxInformation, asked.maxSent),
    windowSent: Math.min(options.window, asked.windowReceived),
    windowReceived: Math.min(options.window, asked.windowSent),
  };
  const client = frame.source;
  const { maxSent, windowSent } = agreed;
  const next = { ...idleSecondary(options), client, maxSent, windowSent };
  const payload = encodeParameters(agreed);
  const reply = frameOf(next, { type: 'UA', to: client, payload });
  return step(next, [reply], [{ kind: 'opened', client }]);
}

/** The window that waits, or the word that everything so far arrived; RNR while busy. */
function answer(link: SecondaryLink): SecondaryStep {
  const to = link.client!;
  const { receive, busyPolls, queue } = link;
  if (busyPolls > 0) {
    return step({ ...link, busyPolls: busyPolls - 1 }, [
      frameOf(link, { type: 'RNR', to, receive }),
    ]);
  }
  if (queue.length === 0) return step(link, [frameOf(link, { type: 'RR', to, receive })]);
  const burst = burstOf(link).map((part) => frameOf(link, { ...part, to }));
  return step(link, burst);
}

function onInformation(link: SecondaryLink, frame: HdlcFrame): SecondaryStep {
  const known = acknowledge(link, frame.receive);
  if (frame.send !== known.receive) return frame.isFinal ? answer(known) : step(known);
  const assembly = addSegment({ ...known.assembly, messages: [] }, frame);
  const next = { ...known, assembly, receive: (known.receive + 1) & 7 };
  if (frame.isSegmented) return frame.isFinal ? answer(next) : step(next);
  return step(next, [], [{ kind: 'message', bytes: assembly.messages[0] ?? NOTHING }]);
}

function onFrame(link: SecondaryLink, frame: HdlcFrame): SecondaryStep {
  if (!isSameAddress(frame.destination, link.options.server)) return step(link);
  if (frame.type === 'SNRM') return onConnect(link, frame);
  if (!link.client || !isSameAddress(link.client, frame.source)) {
    return step(link, [frameOf(link, { type: 'DM', to: frame.source })]);
  }
  if (frame.type === 'DISC') {
    const reply = frameOf(link, { type: 'UA', to: frame.source });
    return step(idleSecondary(link.options), [reply], [{ kind: 'closed' }]);
  }
  if (frame.type === 'I') return onInformation(link, frame);
  if (frame.type !== 'RR') return step(link);
  return answer(acknowledge(link, frame.receive));
}

/** Feeds received bytes; replies and events in order. */
export function receiveAtSecondary(link: SecondaryLink, bytes: Uint8Array): SecondaryStep {
  const scan = scanHdlc(concatBytes(link.rest, bytes));
  let now = step({ ...link, rest: boundedRest(scan.rest) });
  for (const { read } of scan.frames) {
    if (!read.ok) continue;
    const next = onFrame(now.link, read.value.frame);
    const { rest } = now.link;
    now = {
      link: { ...next.link, rest },
      replies: [...now.replies, ...next.replies],
      events: [...now.events, ...next.events],
    };
  }
  return now;
}

/** A silence on the line ends a frame that was cut off (clause 6.4.4.3.3, inter-octet time-out). */
export const forgetRest = (link: SecondaryLink): SecondaryLink => ({ ...link, rest: NOTHING });

/** Sends the answer to a message. */
export function sendFromSecondary(link: SecondaryLink, message: Uint8Array): SecondaryStep {
  if (!link.client) return step(link);
  const queue = cutMessage(concatBytes(LLC_RESPONSE, message), link.maxSent);
  return answer({ ...link, queue });
}

/** The next polls find the meter busy. */
export const beBusy = (link: SecondaryLink, busyPolls: number): SecondaryLink => ({
  ...link,
  busyPolls,
});
