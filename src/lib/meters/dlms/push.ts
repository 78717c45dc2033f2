/**
 * What meters send unasked: notifications through HDLC, wired M-Bus, the TCP wrapper or bare
 * (IEC 62056-5-3:2017 clause 6.4.6 DataNotification, clause 6.13 general block transfer).
 *
 * Detects the carrier, joins segments and blocks, opens ciphering, and hands out the body. Knows no
 * key storage and no metering point. A fault ends the reading of its message; what was whole before
 * it is still given. Called by the head-end, the telegram explainer and the command line.
 */
import { fault, ok, type Fault, type Result } from '#lib/base/result.ts';
import { decodeApdu, type Apdu, type DecodedApdu } from './apdu.ts';
import { associationOf, type AcseApdu } from './acse.ts';
import { decodeData, type DlmsData } from './axdr.ts';
import { addBlock, NO_BLOCKS } from './block-transfer.ts';
import { addSegment, hasLlc, NO_ASSEMBLY, withoutLlc } from './hdlc/assemble.ts';
import { FLAG, splitHdlc, type StreamFrame } from './hdlc/stream.ts';
import { isMbusStart, readMbusMessages } from './mbus-segment.ts';
import { headerOf } from './general-header.ts';
import { openCiphered, readCiphered, type CipheredFields, type Keys } from './security.ts';
import { readWrapped } from './wrapper.ts';

export type Security = CipheredFields & {
  readonly systemTitle: Uint8Array | null;
  /** Null while there is no key. */
  readonly isAuthenticated: boolean | null;
};

/** One APDU as it came, and what was inside. */
export type OpenedApdu = {
  readonly outer: DecodedApdu;
  readonly security: Security | null;
  /** The APDU in clear; null while it is encrypted. */
  readonly inner: Apdu | null;
  /** Bytes of the inner APDU. */
  readonly plain: Uint8Array | null;
  readonly fault: Fault | null;
};

export type Notification = OpenedApdu & { readonly body: DlmsData | null };

export type Push = {
  readonly carrier: 'hdlc' | 'mbus' | 'wrapper' | 'apdu';
  /** HDLC frames in order, damaged ones too; empty for other carriers. */
  readonly frames: readonly StreamFrame[];
  readonly notifications: readonly Notification[];
  readonly fault: Fault | null;
};

type CipheredPart = {
  readonly ciphered: Uint8Array;
  /** Null where the APDU does not carry it. */
  readonly systemTitle: Uint8Array | null;
  readonly header?: Uint8Array;
};

/** Ciphered octets, and what the APDU says of its sender. */
function cipheredPart(apdu: Apdu): CipheredPart | null {
  if (!('ciphered' in apdu)) return null;
  const { ciphered } = apdu;
  if ('systemTitle' in apdu) return { ciphered, systemTitle: apdu.systemTitle };
  if (apdu.type !== 'general-ciphering') return { ciphered, systemTitle: null };
  return { ciphered, systemTitle: apdu.originator, header: headerOf(apdu) };
}

const closed = (outer: DecodedApdu, more: Partial<OpenedApdu>): OpenedApdu => ({
  outer,
  security: null,
  inner: null,
  plain: null,
  fault: null,
  ...more,
});

function openWith(
  outer: DecodedApdu,
  part: { readonly fields: CipheredFields; readonly systemTitle: Uint8Array | null },
  keys: Keys,
): OpenedApdu {
  const security = { ...part.fields, systemTitle: part.systemTitle, isAuthenticated: null };
  if (!part.systemTitle && keys.key) {
    const lost = fault('no_system_title', 'The system title of the sender is not known.');
    return closed(outer, { security, fault: lost.error });
  }
  const opened = openCiphered(part.fields, part.systemTitle ?? new Uint8Array(0), keys);
  if (!opened.ok) return closed(outer, { security, fault: opened.error });
  const { plain, isAuthenticated } = opened.value;
  const known = { security: { ...security, isAuthenticated }, plain };
  const inner = decodeApdu(plain);
  if (inner.ok) return closed(outer, { ...known, inner: inner.value.apdu });
  // Without a checked tag, nonsense is the sign of a wrong key.
  const wrong = fault('wrong_key', 'The key does not open this telegram.').error;
  return closed(outer, { security, fault: isAuthenticated ? inner.error : wrong });
}

/**
 * Opens one decoded APDU. `systemTitle` is that of the sender for glo- and ded-services, which do
 * not carry it.
 */
export function openApdu(
  outer: DecodedApdu,
  keys: Keys,
  systemTitle: Uint8Array | null = null,
): OpenedApdu {
  const part = cipheredPart(outer.apdu);
  if (!part) return closed(outer, { inner: outer.apdu });
  const fields = readCiphered(part.ciphered);
  if (!fields.ok) return closed(outer, { fault: fields.error });
  const title = part.systemTitle ?? systemTitle;
  const whole = { ...fields.value, ...(part.header && { header: part.header }) };
  return openWith(outer, { fields: whole, systemTitle: title }, keys);
}

/** The APDU inside the user information of an association; null when there is none. */
export function openUserInformation(apdu: AcseApdu, keys: Keys): Result<OpenedApdu> | null {
  const { userInformation, systemTitle } = associationOf(apdu);
  if (!userInformation) return null;
  const inner = decodeApdu(userInformation);
  return inner.ok ? ok(openApdu(inner.value, keys, systemTitle)) : inner;
}

function bodyOf(opened: OpenedApdu): Notification {
  const apdu = opened.inner;
  if (!apdu || !('data' in apdu) || !(apdu.data instanceof Uint8Array)) {
    return { ...opened, body: null };
  }
  const body = decodeData(apdu.data);
  return { ...opened, body: body.ok ? body.value.data : null };
}

type Messages = Pick<Push, 'carrier' | 'frames' | 'fault'> & {
  readonly messages: readonly Uint8Array[];
};

const unfinished = (detail: string): Fault => fault('truncated', detail).error;

function hdlcMessages(frames: readonly StreamFrame[]): Messages {
  let assembly = NO_ASSEMBLY;
  let damage: Fault | null = null;
  for (const { read } of frames) {
    if (!read.ok) damage ??= read.error;
    else if (read.value.frame.payload.length > 0 && !damage) {
      assembly = addSegment(assembly, read.value.frame);
    }
  }
  const isOpen = assembly.open !== null || assembly.torn > 0;
  const cut = isOpen ? unfinished('The last segment of a message is missing.') : null;
  return { carrier: 'hdlc', frames, messages: assembly.messages, fault: damage ?? cut };
}

function wrappedMessages(b: Uint8Array): Messages {
  const messages: Uint8Array[] = [];
  for (let at = 0; at < b.length;) {
    const read = readWrapped(b.subarray(at));
    if (!read.ok) return { carrier: 'wrapper', frames: [], messages, fault: read.error };
    messages.push(read.value.apdu);
    at += read.value.size;
  }
  return { carrier: 'wrapper', frames: [], messages, fault: null };
}

const isWrapped = (b: Uint8Array): boolean => b.length > 8 && b[0] === 0 && b[1] === 1;

const areGood = (frames: readonly StreamFrame[]): boolean =>
  frames.length > 0 && frames.every(({ read }) => read.ok);

/** Some home ports stuff octets without saying so: tried when plain reading finds damage. */
function framesOf(b: Uint8Array, octetStuffing: boolean): readonly StreamFrame[] {
  const frames = splitHdlc(b, octetStuffing);
  if (areGood(frames)) return frames;
  const other = splitHdlc(b, !octetStuffing);
  return areGood(other) ? other : frames;
}

function messagesOf(b: Uint8Array, octetStuffing: boolean): Messages {
  if (isMbusStart(b)) return { carrier: 'mbus', frames: [], ...readMbusMessages(b) };
  if (hasLlc(b)) return { carrier: 'apdu', frames: [], messages: [withoutLlc(b)], fault: null };
  if (b[0] !== FLAG && decodeApdu(b).ok) {
    return { carrier: 'apdu', frames: [], messages: [b], fault: null };
  }
  const frames = framesOf(b, octetStuffing);
  if (frames.length > 0) return hdlcMessages(frames);
  const mbusAt = b.findIndex((_, at) => isMbusStart(b, at));
  if (mbusAt > 0) return { carrier: 'mbus', frames: [], ...readMbusMessages(b) };
  if (isWrapped(b)) return wrappedMessages(b);
  return { carrier: 'apdu', frames: [], messages: [b], fault: null };
}

/** Joins general block transfers; other APDUs pass. */
function wholeApdus(messages: readonly Uint8Array[]): {
  readonly apdus: readonly DecodedApdu[];
  readonly fault: Fault | null;
} {
  const apdus: DecodedApdu[] = [];
  let blocks = NO_BLOCKS;
  for (const message of messages) {
    let read = decodeApdu(message);
    if (read.ok && read.value.apdu.type === 'general-block-transfer') {
      const added = addBlock(blocks, read.value.apdu);
      if (!added.ok) return { apdus, fault: added.error };
      blocks = added.value.blocks;
      if (!added.value.whole) continue;
      read = decodeApdu(added.value.whole);
    }
    if (!read.ok) return { apdus, fault: read.error };
    apdus.push(read.value);
  }
  const isOpen = blocks !== NO_BLOCKS;
  return { apdus, fault: isOpen ? unfinished('The last block is missing.') : null };
}

/** A fault of a notification is the push's fault; a missing key is one too. */
const faultOf = (list: readonly Notification[]): Fault | null =>
  list.find((one) => one.fault)?.fault ?? null;

/** Reads everything that one push stream holds. */
export function readPush(
  bytes: Uint8Array,
  keys: Keys,
  { octetStuffing = false }: { readonly octetStuffing?: boolean } = {},
): Push {
  const { messages, carrier, frames, fault: carrierFault } = messagesOf(bytes, octetStuffing);
  const whole = wholeApdus(messages);
  const notifications = whole.apdus.map((apdu) => bodyOf(openApdu(apdu, keys)));
  return {
    carrier,
    frames,
    notifications,
    fault: carrierFault ?? whole.fault ?? faultOf(notifications),
  };
}
