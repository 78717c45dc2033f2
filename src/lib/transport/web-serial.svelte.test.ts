import { afterEach, describe, expect, test } from 'vitest';
import { FakeSerialPort } from './fake-serial.ts';
import { takeBytes, transportConformance } from './transport.conformance.ts';
import { knownSerialPorts, requestSerialPort, WebSerialTransport } from './web-serial.ts';

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
