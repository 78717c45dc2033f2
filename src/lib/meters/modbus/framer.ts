/**
 * Cuts a stream of chunks into Modbus frames. The silent interval of serial lines cannot be seen
 * through a browser's port, so RTU frames are cut by the length that their function implies and
 * proved by the CRC. Knows no session; garbage is handed out as a value. Called by `session.ts`
 * and the virtual device.
 */
import { concatBytes } from '#lib/base/bytes.ts';
import {
  decodeAscii,
  decodeRtu,
  decodeTcp,
  rtuFits,
  tcpLength,
  type ModbusAdu,
  type Transmission,
} from './frames.ts';
import { isOpenEnded, MAX_PDU, readPdu, type Direction } from './pdu.ts';

export type ModbusEvent =
  | { readonly kind: 'frame'; readonly adu: ModbusAdu; readonly bytes: Uint8Array }
  | { readonly kind: 'discarded'; readonly bytes: Uint8Array };

export type ModbusFramer = {
  push(chunk: Uint8Array): readonly ModbusEvent[];
  /** Gives up what is left: after a time-out nothing more belongs to it. */
  flush(): readonly ModbusEvent[];
};

/** `more`: no verdict yet; a number: the frame's length; `skip`: no frame begins here. */
type Cut = 'more' | 'skip' | number;

const MAX_RTU = MAX_PDU + 3;
const MAX_ASCII = 2 * (MAX_PDU + 2) + 3;

function cutRtu(bytes: Uint8Array, direction: Direction): Cut {
  if (bytes.length < 2) return 'more';
  const code = bytes[1]!;
  if (isOpenEnded(code)) {
    // Only the check sum tells where diagnostics end.
    for (let end = 6; end <= Math.min(bytes.length, MAX_RTU); end++) {
      if (rtuFits(bytes, end)) return end;
    }
    return bytes.length < MAX_RTU ? 'more' : 'skip';
  }
  const read = readPdu(bytes.subarray(1), direction);
  if (!read.ok) return read.error.code === 'truncated' ? 'more' : 'skip';
  const end = read.value.length + 3;
  if (bytes.length < end) return 'more';
  return rtuFits(bytes, end) ? end : 'skip';
}

function cutAscii(bytes: Uint8Array): Cut {
  if (bytes[0] !== 0x3a) return 'skip';
  const restart = bytes.indexOf(0x3a, 1);
  const end = bytes.indexOf(0x0a);
  // A colon always starts a new frame (MODBUS over Serial Line V1.02 clause 2.5.2.1).
  if (restart > 0 && (end < 0 || restart < end)) return 'skip';
  if (end < 0) return bytes.length > MAX_ASCII ? 'skip' : 'more';
  return decodeAscii(bytes.subarray(0, end + 1)).ok ? end + 1 : 'skip';
}

function cutTcp(bytes: Uint8Array): Cut {
  const length = tcpLength(bytes);
  if (length === 0) return 'skip';
  return length === null || length > bytes.length ? 'more' : length;
}

const CUTS: Readonly<Record<Transmission, (bytes: Uint8Array, direction: Direction) => Cut>> = {
  rtu: cutRtu,
  ascii: cutAscii,
  tcp: cutTcp,
};
const DECODERS = { rtu: decodeRtu, ascii: decodeAscii, tcp: decodeTcp } as const;

export type Stream = { readonly transmission: Transmission; readonly direction: Direction };

/**
 * All frames in `buffer` and what is left of it. With `isFinal` nothing is left: a frame that a
 * false start was waiting in front of is found, the rest is discarded.
 */
export function cutFrames(
  buffer: Uint8Array,
  { transmission, direction }: Stream,
  isFinal: boolean,
): { readonly events: readonly ModbusEvent[]; readonly rest: Uint8Array } {
  const events: ModbusEvent[] = [];
  let [from, at] = [0, 0];
  const discard = (end: number): void => {
    if (end > from) events.push({ kind: 'discarded', bytes: buffer.slice(from, end) });
  };
  while (at < buffer.length) {
    const rest = buffer.subarray(at);
    const cut = CUTS[transmission](rest, direction);
    if (cut === 'more' && !isFinal) break;
    const bytes = typeof cut === 'number' ? rest.slice(0, cut) : null;
    const adu = bytes ? DECODERS[transmission](bytes) : null;
    if (!bytes || !adu?.ok) {
      at++;
      continue;
    }
    discard(at);
    events.push({ kind: 'frame', adu: adu.value, bytes });
    at += bytes.length;
    from = at;
  }
  discard(at);
  return { events, rest: buffer.slice(at) };
}

export function createModbusFramer(transmission: Transmission, direction: Direction): ModbusFramer {
  let buffer: Uint8Array = new Uint8Array(0);
  const drain = (isFinal: boolean): readonly ModbusEvent[] => {
    const { events, rest } = cutFrames(buffer, { transmission, direction }, isFinal);
    buffer = rest;
    return events;
  };
  return {
    push(chunk) {
      buffer = concatBytes(buffer, chunk);
      return drain(false);
    },
    flush: () => drain(true),
  };
}
