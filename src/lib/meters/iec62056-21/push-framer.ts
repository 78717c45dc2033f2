/**
 * Mode D: messages that a meter sends without being asked, at 2400 Bd, cut out of the stream
 * (IEC 62056-21:2002 clause 6.4.4). Knows where a message begins and ends; garbage is handed out
 * as a value. Called by the command line and whoever listens to such a meter.
 *
 * | /XXXZ identification CR LF | STX data ! CR LF ETX BCC, or data ! CR LF |
 */
import { concatBytes } from '#lib/base/bytes.ts';
import { STX, stripParity } from './bytes.ts';
import { blockEnd, parseMessage, type IecMessage } from './message.ts';

export type PushEvent =
  | {
      readonly kind: 'message';
      readonly message: IecMessage & { readonly kind: 'data' };
      /** Null for meters that send no block check: nothing proves their figures. */
      readonly bccValid: true | null;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'discarded'; readonly bytes: Uint8Array };

export type PushFramer = {
  push(chunk: Uint8Array): readonly PushEvent[];
  /** The line has been silent: what is left is no message. */
  flush(): readonly PushEvent[];
};

/** Mode D starts and stays at this speed (clause 6.4.4). */
export const PUSH_BAUD = 2400;
const MAX_BYTES = 32_768;
const [SLASH, BANG, LF] = [0x2f, 0x21, 0x0a] as const;

/** Length of the message at the start of `bytes`; -1 while it is incomplete. */
function lengthOf(bytes: Uint8Array): number {
  const line = bytes.indexOf(LF);
  if (line < 0) return -1;
  const stx = bytes.indexOf(STX);
  const bang = bytes.indexOf(BANG, line);
  if (stx >= 0 && (bang < 0 || stx < bang)) return blockEnd(bytes, stx);
  const end = bang < 0 ? -1 : bytes.indexOf(LF, bang);
  return end < 0 ? -1 : end + 1;
}

/** Where a message begins anew inside an unfinished one; -1 when it does not. */
function restartOf(bytes: Uint8Array): number {
  for (let at = 1; at < bytes.length; at++) {
    if (bytes[at] === SLASH && bytes[at - 1] === LF) return at;
  }
  return -1;
}

function readMessage(bytes: Uint8Array): PushEvent | null {
  const parsed = parseMessage(bytes);
  if (!parsed.ok || parsed.value.bccValid === false) return null;
  const { message, bccValid } = parsed.value;
  if (message.kind !== 'data' || !message.identification) return null;
  return { kind: 'message', message, bccValid, bytes };
}

export function createPushFramer(): PushFramer {
  let buffer: Uint8Array = new Uint8Array(0);

  function drain(isFinal: boolean): PushEvent[] {
    const events: PushEvent[] = [];
    let from = 0;
    let at = buffer.indexOf(SLASH);
    while (at >= 0) {
      const rest = buffer.subarray(at);
      const length = lengthOf(rest);
      const restart = restartOf(rest);
      const isCut = restart >= 0 && (length < 0 || restart < length);
      if (!isCut && length < 0 && !isFinal && rest.length < MAX_BYTES) break;
      const event = isCut || length < 0 ? null : readMessage(rest.slice(0, length));
      if (event) {
        if (at > from) events.push({ kind: 'discarded', bytes: buffer.slice(from, at) });
        events.push(event);
        from = at + length;
      }
      at = buffer.indexOf(SLASH, event ? from : at + 1);
    }
    const end = at < 0 ? buffer.length : at;
    if (end > from) events.push({ kind: 'discarded', bytes: buffer.slice(from, end) });
    buffer = buffer.slice(end);
    return events;
  }

  return {
    push(chunk) {
      buffer = concatBytes(buffer, stripParity(chunk));
      return drain(false);
    },
    flush: () => drain(true),
  };
}
