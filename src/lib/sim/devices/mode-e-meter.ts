/**
 * A DLMS meter behind an optical head that speaks mode E: it identifies itself at 300 Bd, confirms,
 * goes over to HDLC at the agreed speed, and comes back when the link ends or nobody speaks
 * (IEC 62056-21:2002 annex E.2; IEC 62056-46:2002 clause 6.4.2.2).
 *
 * Knows both codecs' devices and the speeds of the line; no port and no clock. Faults are those of
 * the line around it (`dlms/line.ts`). Called by the command line and tests.
 */
import { must } from '#lib/base/assert.ts';
import { parseIdentification } from '../../meters/iec62056-21/message.ts';
import { idleMeter, respond, type VirtualMeter } from '../../meters/iec62056-21/responder.ts';
import {
  createDlmsDevice,
  type DeviceOptions,
  type DlmsDevice,
  type Timed,
} from './dlms/device.ts';

export type ModeEOptions = {
  readonly dlms: DeviceOptions & {
    readonly carrier: Extract<DeviceOptions['carrier'], { readonly kind: 'hdlc' }>;
  };
  /** Line of the identification; its character names the speed of HDLC. */
  readonly identification?: string;
  /** Silence after which the meter waits for a sign-on again. */
  readonly inactivityMs?: number;
};

type PortSpeed = { readonly baud: number; readonly dataBits: 7 | 8 };

export type ModeEMeter = Pick<DlmsDevice, 'write' | 'beBusy'> & {
  /** The reader's port; before the first call the line takes whatever speed is right (TCP). */
  open(speed: PortSpeed): void;
  /** Speed the meter listens at. */
  readonly baud: number;
};

const START_BAUD = 300;
const BITS_PER_CHARACTER = 10;
/** Shorter than the 120 s of the standard's class 23, as meters at an optical eye have it. */
const DEFAULT_INACTIVITY_MS = 5000;

const lineMs = (bytes: Uint8Array, baud: number): number =>
  Math.ceil((bytes.length * BITS_PER_CHARACTER * 1000) / baud);

class Meter implements ModeEMeter {
  readonly #options: ModeEOptions;
  readonly #virtual: VirtualMeter;
  #state = idleMeter;
  #device: DlmsDevice | null = null;
  #port: PortSpeed | null = null;
  /** The meter changes its speed when the confirmation has left. */
  #hdlcFrom = 0;
  #lastAt = -Infinity;

  constructor(options: ModeEOptions) {
    this.#options = options;
    const line = options.identification ?? '/KLT5\\2KILTER-SIM';
    const identification = must(parseIdentification(line), 'a simulated meter identifies itself');
    this.#virtual = { identification, address: '', dataSets: [] };
  }

  get baud(): number {
    return this.#device ? this.#state.baud : START_BAUD;
  }

  open(speed: PortSpeed): void {
    this.#port = speed;
  }

  beBusy(polls: number): void {
    this.#device?.beBusy(polls);
  }

  write(bytes: Uint8Array, at: number): readonly Timed[] {
    const isIdle = at - this.#lastAt > (this.#options.inactivityMs ?? DEFAULT_INACTIVITY_MS);
    if (this.#device && isIdle) this.#signOff();
    if (!this.#isUnderstood(at)) return [];
    this.#lastAt = at;
    return this.#device ? this.#onHdlc(this.#device, bytes, at) : this.#onCharacters(bytes, at);
  }

  #signOff(): void {
    this.#device = null;
    this.#state = idleMeter;
  }

  /** Another speed, or seven bits where eight are spoken, is nothing but framing errors. */
  #isUnderstood(at: number): boolean {
    if (!this.#port) return true;
    if (!this.#device) return this.#port.baud === START_BAUD;
    return this.#port.baud === this.baud && this.#port.dataBits === 8 && at >= this.#hdlcFrom;
  }

  #onCharacters(bytes: Uint8Array, at: number): readonly Timed[] {
    const { state, replies } = respond(this.#virtual, this.#state, bytes);
    this.#state = state;
    let free = at + lineMs(bytes, START_BAUD);
    const timed = replies.map((reply): Timed => {
      free += reply.delayMs + lineMs(reply.bytes, reply.baud);
      return { at: free, bytes: reply.bytes, baud: reply.baud };
    });
    if (state.phase === 'hdlc') {
      // Over TCP there is no line to wait for.
      const baud = this.#port ? state.baud : 0;
      this.#device = createDlmsDevice({ ...this.#options.dlms, baud });
      this.#hdlcFrom = free;
      this.#lastAt = free;
    }
    return timed;
  }

  #onHdlc(device: DlmsDevice, bytes: Uint8Array, at: number): readonly Timed[] {
    const { baud } = this;
    const wasLinked = device.isLinked;
    const answers = device.write(bytes, at);
    if (wasLinked && !device.isLinked) this.#signOff();
    // Its own answer is no silence.
    this.#lastAt = Math.max(at, ...answers.map((answer) => answer.at));
    return answers.map((answer) => ({ ...answer, baud }));
  }
}

export const createModeEMeter = (options: ModeEOptions): ModeEMeter => new Meter(options);
