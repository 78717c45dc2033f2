/**
 * The reader's side of an HDLC link (IEC 62056-46:2007 clause 6.4.4): SNRM, numbered information
 * frames both ways, segments, windows, repetition after a loss, DISC. A state machine without input
 * or output; it knows no services. Called by the client's channel; its peer is `secondary.ts`.
 */
import { concatBytes } from '#lib/base/bytes.ts';
import { isSameAddress, type HdlcAddress } from './address.ts';
import { addSegment, LLC_REQUEST, NO_ASSEMBLY } from './assemble.ts';
import { encodeHdlc, type HdlcFrame } from './frame.ts';
import { encodeParameters, readParameters } from './parameters.ts';
import { acknowledge, burstOf, cutMessage, freshSide, type LinkSide } from './segments.ts';
import { boundedRest, scanHdlc, withFlags } from './stream.ts';

export type LinkOptions = {
  readonly client: HdlcAddress;
  readonly server: HdlcAddress;
  /** 4 writes the server address in four bytes, which some meters insist on. */
  readonly addressSize?: number;
  /** Bytes of information that the reader takes in one frame. */
  readonly maxInformation?: number;
  /** Frames that either side may send before it waits, 1 to 7. */
  readonly window?: number;
};

export type HdlcLink = LinkSide & {
  readonly options: LinkOptions;
  readonly phase: 'closed' | 'connecting' | 'open' | 'closing';
  /** Damaged frames and frames of others, for the record. */
  readonly dropped: number;
};

/**
 * - `connected`: the meter answered SNRM with UA.
 * - `message`: a whole message without LLC bytes.
 * - `refused`: DM, the meter is not in a state to be connected, or was disconnected meanwhile.
 * - `rejected`: FRMR, the meter found a frame against the rules.
 * - `closed`: DISC was confirmed.
 * - `busy`: the meter has the request and asks to wait, or has no answer yet.
 * - `progress`: a segment of a message came.
 */
export type LinkEvent =
  | { readonly kind: 'connected' | 'refused' | 'rejected' | 'closed' | 'busy' | 'progress' }
  | { readonly kind: 'message'; readonly bytes: Uint8Array };

export type LinkStep = {
  readonly link: HdlcLink;
  readonly send: Uint8Array | null;
  readonly event: LinkEvent | null;
};

const NOTHING = new Uint8Array(0);
/** Fits the USB and Bluetooth buffers of optical heads; the standard's default is 128. */
const DEFAULT_INFORMATION = 512;

export const closedLink = (options: LinkOptions): HdlcLink => ({
  ...freshSide(),
  options,
  phase: 'closed',
  dropped: 0,
});

function frameOf(link: HdlcLink, more: Partial<HdlcFrame> & Pick<HdlcFrame, 'type'>): Uint8Array {
  const frame: HdlcFrame = {
    destination: link.options.server,
    source: link.options.client,
    isSegmented: false,
    isFinal: true,
    send: null,
    receive: null,
    payload: NOTHING,
    ...more,
  };
  return withFlags(encodeHdlc(frame, link.options.addressSize));
}

const quiet = (link: HdlcLink): LinkStep => ({ link, send: null, event: null });
const tell = (link: HdlcLink, event: LinkEvent): LinkStep => ({ link, send: null, event });

function snrm(link: HdlcLink): Uint8Array {
  const size = link.options.maxInformation ?? DEFAULT_INFORMATION;
  const window = link.options.window ?? 1;
  const payload = encodeParameters({
    maxSent: size,
    maxReceived: size,
    windowSent: window,
    windowReceived: window,
  });
  return frameOf(link, { type: 'SNRM', payload });
}

export function connectLink(link: HdlcLink): LinkStep {
  const next: HdlcLink = { ...closedLink(link.options), phase: 'connecting', rest: link.rest };
  return { link: next, send: snrm(next), event: null };
}

const information = (link: HdlcLink): Uint8Array =>
  concatBytes(...burstOf(link).map((part) => frameOf(link, part)));

const ready = (link: HdlcLink): Uint8Array => frameOf(link, { type: 'RR', receive: link.receive });

/** Sends one message; the link must be open and the answer to the one before have come. */
export function sendMessage(link: HdlcLink, message: Uint8Array): LinkStep {
  const queue = cutMessage(concatBytes(LLC_REQUEST, message), link.maxSent);
  const next = { ...link, queue, assembly: NO_ASSEMBLY };
  return { link: next, send: information(next), event: null };
}

export function closeLink(link: HdlcLink): LinkStep {
  const next: HdlcLink = { ...link, phase: 'closing', queue: [] };
  return { link: next, send: frameOf(next, { type: 'DISC' }), event: null };
}

/**
 * Asks again after a silence, which also ends a frame that was cut off. While open it polls with
 * RR: the meter repeats its answer when the request had arrived, and tells by N(R) when it had not
 * (clause 6.4.4.6).
 */
export function repeatLink(before: HdlcLink): LinkStep {
  const link = { ...before, rest: NOTHING };
  switch (link.phase) {
    case 'connecting':
      return { link, send: snrm(link), event: null };
    case 'closing':
      return { link, send: frameOf(link, { type: 'DISC' }), event: null };
    case 'open':
      return { link, send: ready(link), event: null };
    default:
      return quiet(link);
  }
}

/** The meter is ready: what it has not acknowledged is sent on, or again. */
function onReady(link: HdlcLink, frame: HdlcFrame): LinkStep {
  const next = acknowledge(link, frame.receive);
  if (frame.type === 'RNR') return tell(next, { kind: 'busy' });
  // Everything arrived and the answer is not ready.
  if (next.queue.length === 0) return tell(next, { kind: 'busy' });
  const isKnown = next !== link || frame.receive === link.send;
  if (!isKnown) return quiet(next);
  return { link: next, send: information(next), event: null };
}

function onInformation(link: HdlcLink, frame: HdlcFrame): LinkStep {
  const known = acknowledge(link, frame.receive);
  const ahead = ((frame.send ?? 0) - known.receive) & 7;
  if (ahead > 0) {
    const dropped = { ...known, dropped: known.dropped + 1 };
    // A frame of the window is missing: say what is expected. A repetition is an old answer that
    // comes late; to answer it would set off two conversations.
    const isGap = ahead < (link.options.window ?? 1) && frame.isFinal;
    return isGap ? { link: dropped, send: ready(dropped), event: null } : quiet(dropped);
  }
  const assembly = addSegment({ ...known.assembly, messages: [] }, frame);
  const next = { ...known, assembly, receive: (known.receive + 1) & 7 };
  if (!frame.isSegmented) {
    return tell(next, { kind: 'message', bytes: assembly.messages[0] ?? NOTHING });
  }
  // Only the last frame of a window asks for an answer.
  const event = { kind: 'progress' } as const;
  return { link: next, send: frame.isFinal ? ready(next) : null, event };
}

function onConfirmed(link: HdlcLink, frame: HdlcFrame): LinkStep {
  if (link.phase === 'closing') return tell({ ...link, phase: 'closed' }, { kind: 'closed' });
  if (link.phase !== 'connecting') return quiet(link);
  const { maxReceived, windowReceived } = readParameters(frame.payload);
  const limits = { maxSent: maxReceived, windowSent: Math.min(windowReceived, 7) };
  return tell({ ...link, ...limits, phase: 'open' }, { kind: 'connected' });
}

function onFrame(link: HdlcLink, frame: HdlcFrame): LinkStep {
  const { client, server } = link.options;
  // An optical head reflects our own frames; other meters may share the line.
  if (!isSameAddress(frame.source, server) || !isSameAddress(frame.destination, client)) {
    return quiet({ ...link, dropped: link.dropped + 1 });
  }
  switch (frame.type) {
    case 'UA':
      return onConfirmed(link, frame);
    case 'DM':
      return link.phase === 'closing'
        ? tell({ ...link, phase: 'closed' }, { kind: 'closed' })
        : tell({ ...link, phase: 'closed' }, { kind: 'refused' });
    case 'FRMR':
      return tell({ ...link, phase: 'closed' }, { kind: 'rejected' });
    case 'RR':
    case 'RNR':
      return link.phase === 'open' ? onReady(link, frame) : quiet(link);
    case 'I':
      return link.phase === 'open' ? onInformation(link, frame) : quiet(link);
    default:
      return quiet(link);
  }
}

/** Feeds received bytes; one step for each frame that asks for one, in order. */
export function receiveBytes(link: HdlcLink, bytes: Uint8Array): readonly LinkStep[] {
  const scan = scanHdlc(concatBytes(link.rest, bytes));
  let now: HdlcLink = { ...link, rest: boundedRest(scan.rest) };
  const steps: LinkStep[] = [];
  for (const { read } of scan.frames) {
    if (!read.ok) {
      now = { ...now, dropped: now.dropped + 1 };
      continue;
    }
    const step = onFrame(now, read.value.frame);
    now = step.link;
    if (step.send || step.event) steps.push(step);
  }
  return steps.length > 0 ? [...steps.slice(0, -1), { ...steps.at(-1)!, link: now }] : [quiet(now)];
}
