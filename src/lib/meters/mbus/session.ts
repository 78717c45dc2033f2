/**
 * Reading one meter on a wired bus, by its primary address or by its number, and changing its speed
 * (EN 13757-2:2018 clause 5.7, EN 13757-7:2018 clause 8). Knows the order of frames, nothing of
 * ports; `line.ts` asks, `decode.ts` reads. Called by the reader's app, the head-end and tests.
 *
 * A value comes out only of answers that were whole, came from the meter that was asked, and read
 * to their end; everything else ends in a named failure.
 */
import { decodeMbus, type MbusOptions, type MbusTelegram } from './decode.ts';
import { encodeLong, encodeShort } from './frame.ts';
import { askUntil, openBus, pause, type Answer, type BusLine, type BusScript } from './line.ts';
import type { BusBaud } from './line.ts';
import { encodeSelect, type Selection } from './select.ts';
import { encodeManufacturer } from './address.ts';

export type BusTarget =
  | { readonly kind: 'primary'; readonly address: number }
  | { readonly kind: 'secondary'; readonly selection: Selection };

/**
 * - `no_answer`: nobody answers. Told: check wiring, address and speed.
 * - `noise`: something answers, never whole. Told: two meters with one address, or a bad line.
 * - `collision`: several meters match the number. Told: search the bus.
 * - `wrong_meter`: another meter than the one asked for answered.
 * - `busy`: the meter asked to come back later, several times. Told: try again in a minute.
 * - `application_error`: the meter refuses to be read.
 * - `stuck`: it repeats one telegram instead of sending the next.
 * - `too_long`: more telegrams than any meter sends.
 * - `unreadable`: the frame is whole, its records are not.
 */
export type BusFailure =
  | 'no_answer'
  | 'noise'
  | 'collision'
  | 'wrong_meter'
  | 'busy'
  | 'application_error'
  | 'stuck'
  | 'too_long'
  | 'unreadable';

export type BusReading =
  | {
      readonly kind: 'done';
      readonly telegrams: readonly MbusTelegram[];
      /** The frames as they came, for the record. */
      readonly frames: readonly Uint8Array[];
      /**
       * True when the meter was selected by its whole number, so that no other one can have mixed
       * in. False for meters that cannot be selected: two of them at one primary address that
       * answer bit for bit together may, once in 256 times, look like one.
       */
      readonly proven: boolean;
    }
  | { readonly kind: 'failed'; readonly code: BusFailure };

const [SND_NKE, SND_UD, REQ_UD2] = [0x40, 0x53, 0x5b];
/** Frame count bit of REQ_UD2 (clause 5.7): toggled for the next telegram, kept to repeat one. */
const FCB = 0x20;
/** Whoever was selected last. */
export const SELECTED = 253;
const ATTEMPTS = 3;
const MAX_TELEGRAMS = 32;
/** EN 13757-3:2018 clause 10: error code of a meter that reads itself out just now. */
const BUSY = 8;
const BUSY_MS = 1000;
/** RSP_UD with its two flag bits left out. */
const isResponse = (control: number): boolean => (control & 0xcf) === 0x08;

const failed = (code: BusFailure): BusReading => ({ kind: 'failed', code });

export const isAck = (answer: Answer): boolean =>
  answer.kind === 'frame' && answer.frame.type === 'ack';

/** SND_NKE: the slave forgets its frame count bit; to 253 it also deselects. */
export const reset = (line: BusLine, address: number, attempts = ATTEMPTS): BusScript<Answer> =>
  askUntil(line, encodeShort(SND_NKE, address), { attempts, accept: isAck });

export const select = (
  line: BusLine,
  selection: Selection,
  attempts = ATTEMPTS,
): BusScript<Answer> =>
  askUntil(line, encodeLong(SND_UD, SELECTED, encodeSelect(selection)), {
    attempts,
    accept: isAck,
  });

/** Access number behind the long header, and check sum: what a repetition may change. */
const ACCESS_AT = 15;
const essence = (bytes: Uint8Array): string =>
  bytes.filter((_, i) => i !== ACCESS_AT && i !== bytes.length - 2).join();
const isRepeated = (bytes: Uint8Array, earlier: readonly Uint8Array[]): boolean =>
  earlier.some((before) => essence(before) === essence(bytes));

/** Asks for the next telegram; one of the `earlier` ones may come once more, late. */
export function* request(
  line: BusLine,
  ask: {
    address: number;
    fcb: boolean;
    earlier?: readonly Uint8Array[];
    attempts?: number;
  },
): BusScript<Answer> {
  const { address, fcb, earlier = [], attempts = ATTEMPTS } = ask;
  const question = encodeShort(REQ_UD2 | (fcb ? FCB : 0), address);
  const accept = (answer: Answer): boolean =>
    answer.kind === 'frame' &&
    (answer.frame.type === 'long' || answer.frame.type === 'control') &&
    isResponse(answer.frame.control) &&
    !isRepeated(answer.bytes, earlier);
  return yield* askUntil(line, question, { attempts, accept });
}

/** `F` in a selection matches every digit. */
export function matchesSelection(t: MbusTelegram, wanted: Selection): boolean {
  const { device } = t;
  const fits = (mask: string, text: string | undefined): boolean =>
    text === undefined ||
    [...mask.toUpperCase()].every((digit, i) => digit === 'F' || digit === text[i]);
  if (!device) return false;
  const hex = (n: number | undefined, size: number): string | undefined =>
    n === undefined ? undefined : n.toString(16).toUpperCase().padStart(size, '0');
  const maker = device.manufacturer && encodeManufacturer(device.manufacturer);
  return (
    fits(wanted.id, device.id) &&
    fits(wanted.manufacturer, hex(maker || undefined, 4)) &&
    fits(wanted.version, hex(device.version, 2)) &&
    fits(wanted.type, hex(device.type, 2))
  );
}

/** Null: the answer is a telegram that has not come before. */
function whyNot(answer: Answer, earlier: readonly Uint8Array[]): BusFailure | null {
  if (answer.kind === 'silence') return 'no_answer';
  if (answer.kind === 'noise' || !('body' in answer.frame)) return 'noise';
  return isRepeated(answer.bytes, earlier) ? 'stuck' : null;
}

/** 251 to 255 mean others than the meter with that address. */
const isOwnAddress = (target: BusTarget): boolean =>
  target.kind === 'primary' && target.address <= 250;

/** Whether `t` is what `target` may send, and readable. */
function judge(t: MbusTelegram, target: BusTarget): BusFailure | null {
  const address = t.frame && 'address' in t.frame ? t.frame.address : -1;
  if (target.kind === 'primary' && isOwnAddress(target) && address !== target.address) {
    return 'wrong_meter';
  }
  if (t.fault?.code === 'application_error') {
    return t.payload?.[0] === BUSY ? 'busy' : 'application_error';
  }
  if (target.kind === 'secondary' && !matchesSelection(t, target.selection)) return 'wrong_meter';
  return t.fault && t.fault.code !== 'no_key' ? 'unreadable' : null;
}

const sameDevice = (a: MbusTelegram, b: MbusTelegram): boolean =>
  a.device?.id === b.device?.id && a.device?.manufacturer === b.device?.manufacturer;

type Ask = {
  readonly line: BusLine;
  readonly target: BusTarget;
  readonly options: MbusOptions;
  /** The first telegram is enough: only the meter's number is wanted. */
  readonly isPeek?: boolean;
};

/** All telegrams of the meter that is reset or selected by now. */
function* readTelegrams({ line, target, options, isPeek }: Ask): BusScript<BusReading> {
  const address = target.kind === 'primary' ? target.address : SELECTED;
  const telegrams: MbusTelegram[] = [];
  const frames: Uint8Array[] = [];
  let patience = ATTEMPTS;
  for (let fcb = true; telegrams.length < MAX_TELEGRAMS;) {
    const answer = yield* request(line, { address, fcb, earlier: frames });
    const missing = whyNot(answer, frames);
    if (missing || answer.kind !== 'frame') return failed(missing ?? 'noise');
    const t = decodeMbus(answer.bytes, options);
    const why = judge(t, target);
    if (why === 'busy' && --patience > 0) {
      yield* pause(BUSY_MS);
      fcb = !fcb;
      continue;
    }
    if (why) return failed(why);
    if (telegrams[0] && !sameDevice(telegrams[0], t)) return failed('wrong_meter');
    telegrams.push(t);
    frames.push(answer.bytes);
    fcb = !fcb;
    if (isPeek || !t.moreRecordsFollow) return { kind: 'done', telegrams, frames, proven: false };
  }
  return failed('too_long');
}

/** The whole number of the meter that sent `t`; open digits where the telegram does not say. */
export function selectionOf({ device }: MbusTelegram): Selection | null {
  if (!device) return null;
  const hex = (n: number | undefined, size: number): string =>
    n === undefined ? 'F'.repeat(size) : n.toString(16).toUpperCase().padStart(size, '0');
  const maker = device.manufacturer ? encodeManufacturer(device.manufacturer) : undefined;
  return {
    id: device.id,
    manufacturer: hex(maker, 4),
    version: hex(device.version, 2),
    type: hex(device.type, 2),
  };
}

const isOpen = (selection: Selection): boolean =>
  Object.values(selection).some((digits) => /F/i.test(digits));

const failureOf = (reading: BusReading): BusFailure | null =>
  reading.kind === 'failed' ? reading.code : null;

function* readPrimary(ask: Ask & { target: { kind: 'primary' } }): BusScript<BusReading> {
  const answer = yield* reset(ask.line, ask.target.address);
  if (!isAck(answer)) return failed(answer.kind === 'silence' ? 'no_answer' : 'noise');
  return yield* readTelegrams(ask);
}

function* readSelected(ask: Ask & { target: { kind: 'secondary' } }): BusScript<BusReading> {
  const { line, target } = ask;
  // Whoever was selected before would answer along.
  yield* reset(line, SELECTED, 1);
  const answer = yield* select(line, target.selection);
  if (!isAck(answer)) return failed(answer.kind === 'silence' ? 'no_answer' : 'collision');
  const reading = yield* readTelegrams(ask);
  yield* reset(line, SELECTED, 1);
  if (reading.kind === 'done') return { ...reading, proven: !isOpen(target.selection) };
  return isOpen(target.selection) && reading.code === 'noise' ? failed('collision') : reading;
}

const addressOf = (reading: BusReading): number | null => {
  const frame = reading.kind === 'done' ? reading.telegrams[0]?.frame : null;
  return frame && 'address' in frame ? frame.address : null;
};

/**
 * Opens the line, addresses the meter, reads all its telegrams, and lets go of it. An address or a
 * number with open digits only tells who is there: the values come from the meter selected by its
 * whole number, because frames of two meters on top of each other can pass their check sum.
 */
export function* readMeter(
  line: BusLine,
  target: BusTarget,
  options: MbusOptions = {},
): BusScript<BusReading> {
  yield* openBus(line.baud);
  const ask = { line, options };
  if (target.kind === 'secondary' && !isOpen(target.selection)) {
    return yield* readSelected({ ...ask, target });
  }
  const seen =
    target.kind === 'primary'
      ? yield* readPrimary({ ...ask, target, isPeek: true })
      : yield* readSelected({ ...ask, target, isPeek: true });
  if (seen.kind === 'failed') return seen;
  const selection = selectionOf(seen.telegrams[0]!);
  const isWhole = selection !== null && !isOpen(selection);
  const own = isWhole
    ? yield* readSelected({ ...ask, target: { kind: 'secondary', selection } })
    : failed('no_answer');
  if (failureOf(own) !== 'no_answer') {
    const isElsewhere = isOwnAddress(target) && addressOf(own) !== addressOf(seen);
    return own.kind === 'done' && isElsewhere ? failed('noise') : own;
  }
  // Nobody has the number that was seen: a meter without secondary addressing, or none at all.
  if (target.kind === 'secondary') return isWhole ? failed('collision') : seen;
  return yield* readPrimary({ ...ask, target });
}

/** CI field of each speed (EN 13757-3:2018 clause 11). */
const BAUD_CI: Readonly<Record<BusBaud, number>> = {
  300: 0xb8,
  600: 0xb9,
  1200: 0xba,
  2400: 0xbb,
  4800: 0xbc,
  9600: 0xbd,
  19200: 0xbe,
  38400: 0xbf,
};

export type BaudChange = 'changed' | 'refused' | 'no_answer';

/**
 * Tells the meter at `address` to speak at `baud` and proves it there. A meter that does not answer
 * at the new speed is looked for at the old one, so the line ends where the meter is: `refused` at
 * the old speed, `no_answer` when it is at neither.
 */
export function* changeBaud(line: BusLine, address: number, baud: BusBaud): BusScript<BaudChange> {
  yield* openBus(line.baud);
  const order = encodeLong(SND_UD, address, Uint8Array.of(BAUD_CI[baud]));
  // Once only: a meter that has changed its speed does not hear a repetition.
  yield* askUntil(line, order, { attempts: 1, accept: isAck });
  yield* openBus(baud);
  if (isAck(yield* reset({ ...line, baud }, address))) return 'changed';
  yield* openBus(line.baud);
  return isAck(yield* reset(line, address)) ? 'refused' : 'no_answer';
}
