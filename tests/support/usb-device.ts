/**
 * A WebUSB device around a simulated chip, with the browser's strictness: nothing moves before
 * open, configuration and claim; a closed or unplugged device fails what is in hand; plugged in
 * again it is another object. The line at its far end has a speed and a character of its own.
 */
import { concatBytes } from '#lib/base/bytes.ts';
import { SimCdcAcm, SimCh34x, type Line, type SimChip } from './usb-chips.ts';

const error = (name: string, text: string): DOMException => new DOMException(text, name);

export type FarEnd = { receive(bytes: Uint8Array): void; line(): Line };

type Waiting = { resolve(result: USBInTransferResult): void; reject(error: unknown): void };

export class SimUsbDevice {
  opened = false;
  configuration: USBConfiguration | null = null;
  readonly configurations: USBConfiguration[];
  readonly vendorId: number;
  readonly productId: number;
  readonly deviceVersionMajor: number;
  readonly deviceVersionMinor: number;
  readonly deviceVersionSubminor: number;
  readonly productName = 'Simulated';
  readonly serialNumber = 'S-1';
  /** Held by a system driver: claiming fails. */
  isHeld = false;
  isGone = false;
  /** The next transfers towards the phone fail though the device is there. */
  failing = 0;
  readonly #claimed = new Set<number>();
  #ready: Uint8Array[] = [];
  #waiting: Waiting[] = [];

  constructor(
    readonly chip: SimChip,
    readonly far: FarEnd,
  ) {
    const { vendorId, productId, release } = chip.ids;
    Object.assign(this, { vendorId, productId });
    this.vendorId = vendorId;
    this.productId = productId;
    this.deviceVersionMajor = release >> 8;
    this.deviceVersionMinor = (release >> 4) & 15;
    this.deviceVersionSubminor = release & 15;
    this.configurations = [configurationOf(chip)];
  }

  async open(): Promise<void> {
    if (this.isGone) throw error('NotFoundError', 'The device was disconnected.');
    this.opened = true;
  }

  async close(): Promise<void> {
    this.opened = false;
    this.configuration = null;
    this.#claimed.clear();
    this.#ready = [];
    this.#fail(error('AbortError', 'The device was closed.'));
  }

  async selectConfiguration(value: number): Promise<void> {
    this.#mustBeOpen();
    this.configuration = this.configurations.find((c) => c.configurationValue === value) ?? null;
  }

  async claimInterface(number: number): Promise<void> {
    this.#mustBeOpen();
    if (!this.configuration) throw error('InvalidStateError', 'No configuration is selected.');
    if (this.isHeld) throw error('NetworkError', 'Unable to claim interface.');
    this.#claimed.add(number);
  }

  async releaseInterface(number: number): Promise<void> {
    this.#mustBeOpen();
    this.#claimed.delete(number);
  }

  async clearHalt(): Promise<void> {
    this.#mustBeOpen();
  }

  async controlTransferOut(setup: USBControlTransferParameters, data?: BufferSource) {
    this.#mustHaveClaimed(setup);
    const bytes = data ? new Uint8Array(data as ArrayBuffer) : new Uint8Array(0);
    const { request, value, index } = setup;
    this.chip.requests.push({ request, value, index, data: [...bytes] });
    const isKnown = this.chip.order(setup, bytes);
    return { status: isKnown ? 'ok' : 'stall', bytesWritten: bytes.length };
  }

  async controlTransferIn(setup: USBControlTransferParameters, length: number) {
    this.#mustHaveClaimed(setup);
    const answer = this.chip.answer(setup);
    if (!answer) return { status: 'stall' };
    return { status: 'ok', data: new DataView(answer.slice(0, length).buffer) };
  }

  async transferOut(endpoint: number, data: BufferSource) {
    this.#mustHaveData();
    if (endpoint !== 2) throw error('NotFoundError', 'No such endpoint.');
    const bytes = (data as Uint8Array).slice();
    await new Promise((later) => setTimeout(later, 1));
    if (this.isGone) throw error('NetworkError', 'A transfer error has occurred.');
    const heard = this.chip.isEnabled ? this.chip.toLine(bytes, this.far.line()) : null;
    if (heard) this.far.receive(heard);
    return { status: 'ok', bytesWritten: bytes.length };
  }

  async transferIn(endpoint: number, length: number): Promise<USBInTransferResult> {
    this.#mustHaveData();
    if (endpoint !== 1) throw error('NotFoundError', 'No such endpoint.');
    if (length % this.chip.endpointBytes)
      throw new RangeError('Not whole packets: data may babble.');
    if (this.failing-- > 0) throw error('NetworkError', 'A transfer error has occurred.');
    const ready = this.#ready.shift();
    if (ready) return inResult(ready);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** The far end sends: whole where chip and line agree, else as a broken character. */
  emit(bytes: Uint8Array, faults = {}): void {
    const heard = this.chip.fromLine(bytes, this.far.line());
    const broken = { ...faults, ...(heard ? {} : { framing: true }) };
    if (!this.opened || !this.chip.isEnabled) return;
    this.#deliver(this.chip.wrap(new Uint8Array(0), {}));
    this.#deliver(this.chip.wrap(heard ?? new Uint8Array(0), broken));
  }

  unplug(): void {
    this.isGone = true;
    this.opened = false;
    this.#fail(error('NetworkError', 'A transfer error has occurred.'));
  }

  #deliver(transfer: Uint8Array): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting.resolve(inResult(transfer));
    else this.#ready.push(transfer);
  }

  #fail(cause: DOMException): void {
    for (const { reject } of this.#waiting.splice(0)) reject(cause);
  }

  #mustBeOpen(): void {
    if (this.isGone) throw error('NotFoundError', 'The device was disconnected.');
    if (!this.opened) throw error('InvalidStateError', 'The device must be opened first.');
  }

  #mustHaveClaimed({ recipient, index }: USBControlTransferParameters): void {
    this.#mustBeOpen();
    if (!this.configuration) throw error('InvalidStateError', 'No configuration is selected.');
    if (recipient === 'interface' && !this.#claimed.has(index & 0xff)) {
      throw error('InvalidStateError', 'The specified interface has not been claimed.');
    }
  }

  #mustHaveData(): void {
    this.#mustBeOpen();
    const data = this.chip instanceof SimCdcAcm ? 1 : 0;
    if (!this.#claimed.has(data)) throw error('NotFoundError', 'The endpoint is not claimed.');
  }
}

const inResult = (bytes: Uint8Array): USBInTransferResult =>
  ({ status: 'ok', data: new DataView(bytes.slice().buffer) }) as USBInTransferResult;

function configurationOf(chip: SimChip): USBConfiguration {
  const bulk = (['in', 'out'] as const).map((direction, i) => ({
    endpointNumber: i + 1,
    direction,
    type: 'bulk',
    ['packetSize']: chip.endpointBytes,
  }));
  const notify = { endpointNumber: 3, direction: 'in', type: 'interrupt', ['packetSize']: 8 };
  const layout = (interfaceNumber: number, interfaceClass: number, endpoints: object[]) => ({
    interfaceNumber,
    alternates: [{ alternateSetting: 0, interfaceClass, endpoints }],
  });
  const interfaces =
    chip instanceof SimCdcAcm
      ? [layout(0, 2, [notify]), layout(1, 10, bulk)]
      : [layout(0, 255, chip instanceof SimCh34x ? [...bulk, notify] : bulk)];
  return { configurationValue: 1, interfaces } as unknown as USBConfiguration;
}

/** `navigator.usb` with one device that can be unplugged and plugged in again. */
export class SimUsb extends EventTarget {
  device: SimUsbDevice;
  received: Uint8Array = new Uint8Array(0);
  /** What the far end talks; null: whatever the chip is set to. */
  farLine: Line | null = null;
  onReceive: (bytes: Uint8Array) => void = () => {};
  readonly #makeChip: () => SimChip;

  constructor(makeChip: () => SimChip) {
    super();
    this.#makeChip = makeChip;
    this.device = this.#plug();
  }

  async getDevices(): Promise<USBDevice[]> {
    return [this.usbDevice];
  }

  get usbDevice(): USBDevice {
    return this.device as unknown as USBDevice;
  }

  /** The cable goes, and a moment later the same adapter is there as a new device. */
  replug(): void {
    const old = this.device;
    old.unplug();
    this.device = this.#plug();
    this.dispatchEvent(Object.assign(new Event('disconnect'), { device: old }));
  }

  #plug(): SimUsbDevice {
    const chip = this.#makeChip();
    return new SimUsbDevice(chip, {
      line: () => this.farLine ?? { ...chip.line, ...(isOld(chip) && SEVEN_EVEN) },
      receive: (bytes) => {
        this.received = concatBytes(this.received, bytes);
        this.onReceive(bytes);
      },
    });
  }
}

const SEVEN_EVEN = { dataBits: 7, parity: 'even' } as const;
const isOld = (chip: SimChip): boolean => chip instanceof SimCh34x && chip.version < 0x30;
