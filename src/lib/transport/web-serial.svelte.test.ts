import { concatBytes } from '#lib/base/bytes.ts';
import { afterEach, describe, expect, test } from 'vitest';
import { takeBytes, transportConformance } from './transport.conformance.ts';
import { knownSerialPorts, requestSerialPort, WebSerialTransport } from './web-serial.ts';

/**
 * A serial port for tests with the browser's own streams and its strictness: locked streams cannot
 * be closed, a lost port errors its reader, another speed needs another opening.
 */
class FakeSerialPort extends EventTarget {
  readable: ReadableStream<Uint8Array> | null = null;
  writable: WritableStream<Uint8Array> | null = null;
  received: Uint8Array = new Uint8Array(0);
  readonly openings: SerialOptions[] = [];
  #control: ReadableStreamDefaultController<Uint8Array> | null = null;
  #open = false;

  getInfo(): SerialPortInfo {
    return { usbVendorId: 0x0403, usbProductId: 0x6001 };
  }

  async open(options: SerialOptions): Promise<void> {
    if (this.#open) throw new DOMException('The port is already open.', 'InvalidStateError');
    if (!options.baudRate) throw new TypeError('baudRate is required');
    this.openings.push(options);
    this.#open = true;
    this.#offerReadable();
    this.writable = new WritableStream<Uint8Array>({
      write: (chunk) => {
        this.received = concatBytes(this.received, chunk);
      },
    });
  }

  async close(): Promise<void> {
    if (this.readable?.locked || this.writable?.locked) {
      throw new TypeError('Cannot close a port with a locked stream');
    }
    this.#open = false;
    this.readable = this.writable = null;
  }

  emit(bytes: Uint8Array): void {
    this.#control?.enqueue(bytes.slice());
  }

  /** As when noise breaks a parity bit: this stream ends in an error, and a fresh one follows. */
  breakParity(): void {
    const old = this.#control;
    this.#offerReadable();
    old?.error(new DOMException('Parity error', 'ParityError'));
  }

  unplug(): void {
    const old = this.#control;
    this.readable = null;
    this.#control = null;
    old?.error(new DOMException('The device has been lost.', 'NetworkError'));
    this.dispatchEvent(new Event('disconnect'));
  }

  #offerReadable(): void {
    this.readable = new ReadableStream<Uint8Array>({
      start: (control) => {
        this.#control = control;
      },
      cancel: () => {
        this.#control = null;
      },
    });
  }
}

const SLOW = { baud: 300, dataBits: 7, parity: 'even', stopBits: 1 } as const;
const asPort = (fake: FakeSerialPort): SerialPort => fake as unknown as SerialPort;

function rig() {
  const port = new FakeSerialPort();
  return {
    port,
    transport: new WebSerialTransport(asPort(port)),
    emit: (bytes: Uint8Array) => port.emit(bytes),
    received: () => port.received,
    lose: () => port.unplug(),
  };
}

describe('Web Serial', () => {
  transportConformance(rig);

  test('opens with the settings that were asked for, one opening per speed', async () => {
    const { port, transport } = rig();
    await transport.open(SLOW);
    await transport.open({ ...SLOW, baud: 9600 });
    expect(port.openings.map((o) => [o.baudRate, o.dataBits, o.parity])).toEqual([
      [300, 7, 'even'],
      [9600, 7, 'even'],
    ]);
    await transport.close();
    expect(port.readable).toBeNull();
  });

  test('a parity error costs a byte, not the connection', async () => {
    const { port, transport } = rig();
    await transport.open(SLOW);
    const reading = takeBytes(transport.read(), 2);
    port.emit(Uint8Array.of(1));
    await new Promise((later) => setTimeout(later, 10));
    port.breakParity();
    port.emit(Uint8Array.of(2));
    expect(await reading).toEqual(Uint8Array.of(1, 2));
    expect(transport.status).toBe('open');
    await transport.close();
  });

  test('a port held by another program is busy', async () => {
    const { port, transport } = rig();
    await port.open({ baudRate: 9600 });
    await expect(transport.open(SLOW)).rejects.toMatchObject({ code: 'busy' });
    expect(transport.status).toBe('closed');
  });
});

describe('choosing a port', () => {
  const real = Object.getOwnPropertyDescriptor(navigator, 'serial');
  const offer = (serial: unknown): void => {
    Object.defineProperty(navigator, 'serial', { value: serial, configurable: true });
  };
  afterEach(() => {
    delete (navigator as { serial?: Serial }).serial;
    if (real) Object.defineProperty(navigator, 'serial', real);
  });

  test('ports allowed before come back without a chooser', async () => {
    offer({ getPorts: async () => [asPort(new FakeSerialPort())] });
    const known = await knownSerialPorts();
    expect(known.map((transport) => transport.name)).toEqual(['USB FTDI']);
  });

  test('a closed chooser is permission-denied', async () => {
    offer({
      requestPort: () => Promise.reject(new DOMException('No port selected.', 'NotFoundError')),
    });
    await expect(requestSerialPort()).rejects.toMatchObject({ code: 'permission-denied' });
  });
});
