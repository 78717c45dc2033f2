/**
 * Cuts the stream of a P1 port into telegrams, plain or encrypted; garbage is handed out as a
 * value. Knows where a telegram begins and ends, not what it says. Called by the reader's app, the
 * command line and tests.
 */
import { concatBytes, toLatin1 } from '#lib/base/bytes.ts';
import { GENERAL_GLO, readEnvelope } from './encrypted.ts';
import { findSlash, withoutParity } from './telegram.ts';

export type P1Event = {
  readonly kind: 'telegram' | 'encrypted' | 'discarded';
  readonly bytes: Uint8Array;
};

export type P1Framer = {
  push(chunk: Uint8Array): readonly P1Event[];
  /** The stream has ended: what is left is handed out, a telegram without its last line end too. */
  flush(): readonly P1Event[];
};

/** DSMR P1 5.0.2 clause 5.9 allows 1024 characters and two messages of 2048. */
const MAX_TELEGRAM = 16_384;
/** Check sum and line end behind the `!`. */
const MAX_TAIL = 6;

type Cut = 'more' | 'skip' | number;

/** Length of the plain telegram at the start of `bytes`. */
function cutPlain(bytes: Uint8Array, isFinal: boolean): Cut {
  const text = toLatin1(withoutParity(bytes).subarray(0, MAX_TELEGRAM));
  const restart = /[\r\n]\//.exec(text);
  const end = /!([0-9A-Fa-f]{0,4}\r?\n)?/.exec(text);
  if (restart && (!end || restart.index < end.index)) return 'skip';
  if (!end) return text.length < MAX_TELEGRAM && !isFinal ? 'more' : 'skip';
  if (end[1] !== undefined) return end.index + end[0].length;
  const tail = text.length - end.index - 1;
  if (tail < MAX_TAIL && !isFinal && !/[\r\n]{2}|\n/.test(text.slice(end.index))) return 'more';
  // The end is damaged: of what follows only the rest of its line belongs to this telegram.
  const damaged = /^![^\r\n/]{0,4}(?:\r\n|\r|\n)?/.exec(text.slice(end.index))!;
  return end.index + damaged[0].length;
}

function cutEncrypted(bytes: Uint8Array): Cut {
  const envelope = readEnvelope(bytes);
  if (envelope.ok) return envelope.value.length;
  return envelope.error.code === 'truncated' && bytes.length < MAX_TELEGRAM ? 'more' : 'skip';
}

/** Where the next telegram may begin. */
function findStart(bytes: Uint8Array, from: number): number {
  const slash = findSlash(bytes, from);
  const glo = bytes.indexOf(GENERAL_GLO, from);
  if (slash < 0 || glo < 0) return Math.max(slash, glo);
  return Math.min(slash, glo);
}

export function createP1Framer(): P1Framer {
  let buffer: Uint8Array = new Uint8Array(0);

  function drain(isFinal: boolean): P1Event[] {
    const events: P1Event[] = [];
    let [from, at] = [0, 0];
    const discard = (end: number): void => {
      if (end > from) events.push({ kind: 'discarded', bytes: buffer.slice(from, end) });
    };
    for (;;) {
      const start = findStart(buffer, at);
      if (start < 0) {
        at = buffer.length;
        break;
      }
      const rest = buffer.subarray(start);
      const isPlain = rest[0] !== GENERAL_GLO;
      const cut = isPlain ? cutPlain(rest, isFinal) : cutEncrypted(rest);
      if (cut === 'more' && !isFinal) {
        at = start;
        break;
      }
      at = start + 1;
      if (typeof cut !== 'number') continue;
      discard(start);
      at = start + cut;
      from = at;
      const kind = isPlain ? 'telegram' : 'encrypted';
      events.push({ kind, bytes: buffer.slice(start, at) });
    }
    discard(at);
    buffer = buffer.slice(at);
    return events;
  }

  return {
    push(chunk) {
      buffer = concatBytes(buffer, chunk);
      return drain(false);
    },
    flush: () => drain(true),
  };
}
