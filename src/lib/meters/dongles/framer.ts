/**
 * What a radio dongle says, in one neutral shape, and the push parser all dongles share.
 *
 * Knows how to hold back incomplete messages and to report bytes that fit nothing; the messages
 * themselves are known by `im871a.ts`, `iu891a.ts` and so on. Called by those and, through
 * `dongle.ts`, by the reader's app and the command line.
 */
export type DongleEvent =
  | {
      readonly kind: 'telegram';
      /** From the L field on, link CRCs as the dongle delivers them. */
      readonly bytes: Uint8Array;
      readonly rssi_dbm?: number;
      /** Radio mode, where the dongle tells. */
      readonly mode?: string;
      /** The dongle's own verdict on the link CRC, where it tells. */
      readonly crcOk?: boolean;
      /** The whole message on the wire. */
      readonly message: Uint8Array;
    }
  | {
      readonly kind: 'reply';
      /** Command bytes and payload as hex, or the text of a line: what dialogues compare. */
      readonly key: string;
      readonly message: Uint8Array;
    }
  | { readonly kind: 'discarded'; readonly bytes: Uint8Array };

/** One look at the front of the buffer. */
export type FrameStep =
  | { readonly take: number; readonly event: DongleEvent | null }
  | { readonly discard: number }
  | 'more';

type Look = (buffer: Uint8Array) => FrameStep;

export type Framer = {
  /** All events that became complete with `bytes`. */
  push(bytes: Uint8Array): DongleEvent[];
  /** Call after silence: gives up on an incomplete message and looks behind its first byte. */
  flush(): DongleEvent[];
};

/** Longer format B frames have a second CRC (EN 13757-4:2019 clause 11.4.3). */
const ONE_CRC_B = 128;

/**
 * The telegram with an L field that counts its bytes. In format B the L field on the air includes
 * the CRCs (EN 13757-4:2019 clause 11.4.3); a dongle that removes them may leave it as it was. Only
 * for telegrams out of a checked message: elsewhere two missing bytes are two missing bytes.
 */
export function correctLength(telegram: Uint8Array): Uint8Array {
  const crcs = (telegram[0] ?? 0) + 1 > ONE_CRC_B ? 4 : 2;
  if (telegram.length + crcs !== (telegram[0] ?? 0) + 1) return telegram;
  const corrected = telegram.slice();
  corrected[0]! -= crcs;
  return corrected;
}

/** A message is never longer than this; more unread bytes are noise. */
const MAX_BUFFER = 2048;

class BufferedFramer implements Framer {
  #buffer = new Uint8Array(0);
  #discarded: number[] = [];

  constructor(
    readonly look: Look,
    readonly atRest: Look,
  ) {}

  push(bytes: Uint8Array): DongleEvent[] {
    const joined = new Uint8Array(this.#buffer.length + bytes.length);
    joined.set(this.#buffer);
    joined.set(bytes, this.#buffer.length);
    this.#buffer = joined;
    return this.#run();
  }

  flush(): DongleEvent[] {
    const events: DongleEvent[] = [];
    // Each round takes at least one byte away, therefore this ends.
    while (this.#buffer.length) {
      const step = this.atRest(this.#buffer);
      if (step === 'more') this.#drop(1);
      else events.push(...this.#apply(step));
      events.push(...this.#run());
    }
    return [...events, ...this.#report()];
  }

  #drop(count: number): void {
    this.#discarded.push(...this.#buffer.subarray(0, count));
    this.#buffer = this.#buffer.subarray(count);
  }

  #report(): DongleEvent[] {
    if (!this.#discarded.length) return [];
    const bytes = Uint8Array.from(this.#discarded);
    this.#discarded = [];
    return [{ kind: 'discarded', bytes }];
  }

  #apply(step: Exclude<FrameStep, 'more'>): DongleEvent[] {
    if ('discard' in step) {
      this.#drop(step.discard);
      return [];
    }
    const events = this.#report();
    this.#buffer = this.#buffer.subarray(step.take);
    return step.event ? [...events, step.event] : events;
  }

  #run(): DongleEvent[] {
    const events: DongleEvent[] = [];
    while (this.#buffer.length) {
      const step = this.look(this.#buffer);
      if (step === 'more' && this.#buffer.length <= MAX_BUFFER) break;
      if (step === 'more') this.#drop(1);
      else events.push(...this.#apply(step));
    }
    // Garbage alone is reported at once: a person waits for a sign of life.
    if (!this.#buffer.length) events.push(...this.#report());
    return events;
  }
}

/**
 * A push parser around `look`, which says what stands at the front of the buffer. `atRest` is asked
 * after a silence: a device without marks ends its messages so.
 */
export const createFramer = (look: Look, atRest: Look = () => 'more'): Framer =>
  new BufferedFramer(look, atRest);
