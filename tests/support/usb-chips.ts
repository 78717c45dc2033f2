/**
 * USB serial chips for tests: each reads the control requests as its documents describe them and
 * turns them into the speed and the character of a line, so that a driver that sends a wrong number
 * talks to nobody. The device around them is as strict as a browser's WebUSB.
 *
 * Knows nothing of the drivers; what a chip computes here is the inverse of what they compute.
 */
export type Line = {
  readonly baud: number;
  readonly dataBits: number;
  readonly parity: 'none' | 'even' | 'odd';
  readonly stopBits: number;
};
type Setup = Omit<USBControlTransferParameters, 'requestType'> & { requestType: string };
type Faults = { parity?: boolean; framing?: boolean; overrun?: boolean; break?: boolean };

const PARITIES = ['none', 'odd', 'even'] as const;
const parityOf = (code: number): Line['parity'] => PARITIES[code] ?? 'none';

export abstract class SimChip {
  baud = 9600;
  dataBits = 8;
  parity: Line['parity'] = 'none';
  stopBits = 1;
  /** DTR and RTS feed an optical head. */
  isPowered = false;
  isEnabled = true;
  /** Every request that came, for tests of the order. */
  readonly requests: { request: number; value: number; index: number; data: number[] }[] = [];
  abstract readonly ids: { vendorId: number; productId: number; release: number };
  abstract readonly endpointBytes: number;

  get line(): Line {
    const { baud, dataBits, parity, stopBits } = this;
    return { baud, dataBits, parity, stopBits };
  }

  /** False: the chip stalls, as it does at a request it does not know. */
  abstract order(setup: Setup, data: Uint8Array): boolean;
  answer(_setup: Setup): Uint8Array | null {
    return null;
  }
  /** A transfer as the chip hands it to the phone. */
  wrap(bytes: Uint8Array, _faults: Faults): Uint8Array {
    return bytes;
  }
  /** Bytes of the phone as characters of this line; null when the line cannot carry them. */
  toLine(bytes: Uint8Array, line: Line): Uint8Array | null {
    return this.hears(line) ? bytes : null;
  }
  fromLine(bytes: Uint8Array, line: Line): Uint8Array | null {
    return this.hears(line) ? bytes : null;
  }
  protected hears({ baud, dataBits, parity, stopBits }: Line): boolean {
    const near = Math.abs(this.baud / baud - 1) < 0.03;
    const same = this.dataBits === dataBits && this.parity === parity;
    return near && same && this.stopBits === stopBits;
  }
}

export class SimFtdi extends SimChip {
  latencyMs = 16;
  readonly ids;
  readonly endpointBytes;
  constructor(
    release = 0x0600,
    readonly port = 0,
  ) {
    super();
    this.ids = { vendorId: 0x0403, productId: 0x6001, release };
    this.endpointBytes = [0x0700, 0x0800, 0x0900].includes(release) ? 512 : 64;
  }

  order({ requestType, recipient, request, value, index }: Setup): boolean {
    if (requestType !== 'vendor' || recipient !== 'device') return false;
    if ((index & 0xff) !== this.port && !(request === 3 && this.port === 0)) return false;
    if (request === 0) this.latencyMs = 16;
    else if (request === 1) this.isPowered = (value & 0x0303) === 0x0303;
    else if (request === 3) this.#setBaud(value | ((this.port ? index >> 8 : index) << 16));
    else if (request === 4) this.#setData(value);
    else if (request === 9 && value >= 1 && value <= 255) this.latencyMs = value;
    else if (request !== 2) return false;
    return true;
  }

  #setBaud(divisor: number): void {
    const clock = divisor & 0x20000 ? 12e6 : 3e6;
    const whole = divisor & 0x3fff;
    const fraction = [0, 0.5, 0.25, 0.125, 0.375, 0.625, 0.75, 0.875][(divisor >> 14) & 7]!;
    if (whole === 0) this.baud = clock;
    else if (whole === 1) this.baud = clock / 1.5;
    else this.baud = clock / (whole + fraction);
  }

  #setData(value: number): void {
    this.dataBits = value & 0xff;
    this.parity = parityOf((value >> 8) & 7);
    this.stopBits = (value >> 11) & 7 ? 2 : 1;
  }

  override wrap(bytes: Uint8Array, faults: Faults): Uint8Array {
    const out: number[] = [];
    const room = this.endpointBytes - 2;
    const bits =
      (faults.overrun ? 2 : 0) |
      (faults.parity ? 4 : 0) |
      (faults.framing ? 8 : 0) |
      (faults.break ? 16 : 0);
    for (let at = 0; at === 0 || at < bytes.length; at += room) {
      out.push(0x01, 0x60 | (at === 0 ? bits : 0), ...bytes.subarray(at, at + room));
    }
    return Uint8Array.from(out);
  }
}

export class SimCp210x extends SimChip {
  readonly ids = { vendorId: 0x10c4, productId: 0xea60, release: 0x0100 };
  readonly endpointBytes = 64;
  override isEnabled = false;

  order({ requestType, recipient, request, value, index }: Setup, data: Uint8Array): boolean {
    if (requestType !== 'vendor' || recipient !== 'interface' || index !== 0) return false;
    if (request === 0x00) this.isEnabled = value === 1;
    else if (request === 0x03) this.#setLine(value);
    else if (request === 0x07) this.#setPower(value);
    else if (request === 0x1e && data.length === 4) {
      this.baud = new DataView(data.slice().buffer).getUint32(0, true);
    } else if (request !== 0x12) return false;
    return true;
  }

  #setLine(value: number): void {
    this.dataBits = value >> 8;
    this.parity = parityOf((value >> 4) & 15);
    this.stopBits = value & 15 ? 2 : 1;
  }

  #setPower(value: number): void {
    if ((value & 0x0300) === 0x0300) this.isPowered = (value & 3) === 3;
  }
}

export class SimCh34x extends SimChip {
  readonly ids = { vendorId: 0x1a86, productId: 0x7523, release: 0x0264 };
  readonly endpointBytes = 32;
  override isEnabled = false;
  constructor(readonly version = 0x31) {
    super();
  }

  override answer({ request }: Setup): Uint8Array | null {
    return request === 0x5f ? Uint8Array.of(this.version, 0) : null;
  }

  order({ requestType, recipient, request, value, index }: Setup): boolean {
    if (requestType !== 'vendor' || recipient !== 'device') return false;
    if (request === 0xa1) this.isEnabled = true;
    else if (request === 0xa4) this.isPowered = this.version >= 0x20 && (~value & 0x60) === 0x60;
    else if (request === 0x9a) {
      this.#register(value & 0xff, index & 0xff);
      this.#register(value >> 8, index >> 8);
    } else return false;
    return true;
  }

  #prescaler = 1;
  #register(register: number, value: number): void {
    if (register === 0x12) {
      this.#prescaler = (value & 1 ? 1 : 8) * (value & 2 ? 1 : 64) * (value & 4 ? 1 : 2);
    } else if (register === 0x13) this.baud = 12e6 / this.#prescaler / (256 - value);
    else if (register === 0x06 && this.version < 0x20) this.isPowered = (~value & 0x60) === 0x60;
    else if (register === 0x18 && this.version >= 0x30) {
      this.dataBits = 5 + (value & 3);
      this.stopBits = value & 4 ? 2 : 1;
      this.parity = value & 8 ? (value & 16 ? 'even' : 'odd') : 'none';
    }
  }

  /** An old chip sees eight bits; the parity bit of a seven-bit line is one of them. */
  override toLine(bytes: Uint8Array, line: Line): Uint8Array | null {
    if (this.version >= 0x30 || line.dataBits === 8) return super.toLine(bytes, line);
    const isRight = bytes.every((byte) => ones(byte) % 2 === (line.parity === 'even' ? 0 : 1));
    return isRight && this.#near(line) ? bytes.map((byte) => byte & 0x7f) : null;
  }

  override fromLine(bytes: Uint8Array, line: Line): Uint8Array | null {
    if (this.version >= 0x30 || line.dataBits === 8) return super.fromLine(bytes, line);
    const odd = line.parity === 'even' ? 1 : 0;
    const seen = bytes.map((byte) => byte | (ones(byte) % 2 === odd ? 0x80 : 0));
    return this.#near(line) ? seen : null;
  }

  #near = (line: Line): boolean => super.hears({ ...line, dataBits: 8, parity: 'none' });
}

const ones = (byte: number): number => byte.toString(2).replaceAll('0', '').length;

export class SimCdcAcm extends SimChip {
  readonly ids = { vendorId: 0x04b4, productId: 0x0003, release: 0x0100 };
  readonly endpointBytes = 64;

  order({ requestType, recipient, request, value, index }: Setup, data: Uint8Array): boolean {
    if (requestType !== 'class' || recipient !== 'interface' || index !== 0) return false;
    if (request === 0x22) this.isPowered = (value & 3) === 3;
    else if (request === 0x20 && data.length === 7) {
      this.baud = new DataView(data.slice().buffer).getUint32(0, true);
      this.stopBits = data[4] ? 2 : 1;
      this.parity = parityOf(data[5]!);
      this.dataBits = data[6]!;
    } else return false;
    return true;
  }
}
