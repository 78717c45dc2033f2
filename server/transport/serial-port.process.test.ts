import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { concatBytes } from '#lib/base/bytes.ts';
import { takeBytes, transportConformance, type Rig } from '#lib/transport/transport.conformance.ts';
import { canHavePorts, newFolder, plugIn, unplugAll } from '../../tests/support/pseudo-terminal.ts';
import { isSerialName, SerialPortTransport } from './serial-port.ts';

const LINE = { baud: 300, dataBits: 7, parity: 'even', stopBits: 1 } as const;

afterEach(unplugAll);

async function rig(): Promise<Rig & { path: string; pullOut(): Promise<void> }> {
  const path = join(newFolder(), 'port');
  let received: Uint8Array = new Uint8Array(0);
  const onBytes = (bytes: Uint8Array): void => void (received = concatBytes(received, bytes));
  let device = await plugIn(path, onBytes);
  const transport = new SerialPortTransport(path);
  const write = transport.write.bind(transport);
  let sent = 0;
  // What was written is in the kernel; the suite looks at the far end at once.
  transport.write = async (bytes) => {
    await write(bytes);
    sent += bytes.length;
    while (received.length < sent) await new Promise((later) => setTimeout(later, 2));
  };
  return {
    path,
    transport,
    received: () => received,
    emit: (bytes) => device.send(bytes),
    pullOut: () => device.pullOut(),
    async lose() {
      await device.pullOut();
      device = await plugIn(path, onBytes);
    },
  };
}

/** The package on a machine so busy that the first read begins when the cable is out already. */
async function loadLateReader() {
  const { SerialPort } = await import('serialport');
  class Late extends SerialPort {
    override _read(size: number): void {
      setTimeout(() => super._read(size), 300);
    }
  }
  return { SerialPort: Late as typeof SerialPort };
}

const speedOf = (path: string): number =>
  Number(execFileSync('stty', [process.platform === 'darwin' ? '-f' : '-F', path, 'speed']));

describe.skipIf(!canHavePorts)('serial port', () => {
  transportConformance(rig);

  test('another speed, and other bits, are those of the port; a reader survives both', async () => {
    const { path, transport, emit } = await rig();
    await transport.open(LINE);
    expect(speedOf(path)).toBe(300);
    const reading = takeBytes(transport.read(), 3);
    await emit(Uint8Array.of(1));
    await new Promise((later) => setTimeout(later, 30));
    await transport.open({ ...LINE, baud: 4800 });
    expect(speedOf(path)).toBe(4800);
    await emit(Uint8Array.of(2));
    await new Promise((later) => setTimeout(later, 30));
    await transport.open({ baud: 9600, dataBits: 8, parity: 'none', stopBits: 1 });
    expect(speedOf(path)).toBe(9600);
    await emit(Uint8Array.of(3));
    expect(await reading).toEqual(Uint8Array.of(1, 2, 3));
    await transport.close();
  });

  test('a port that another program holds is busy, and free again afterwards', async () => {
    const { path, transport } = await rig();
    await transport.open(LINE);
    const second = new SerialPortTransport(path);
    await expect(second.open(LINE)).rejects.toMatchObject({ name: 'DeviceError', code: 'busy' });
    expect(second.status).toBe('closed');
    await transport.close();
    await second.open(LINE);
    expect(second.status).toBe('open');
    await second.close();
  });

  test('a port that is pulled out in the middle of writing ends the write', async () => {
    const { path, pullOut } = await rig();
    // Of its own: this one does not wait for the far end.
    const transport = new SerialPortTransport(path);
    await transport.open(LINE);
    const writing = transport.write(new Uint8Array(1 << 20)).catch((cause: unknown) => cause);
    await pullOut();
    expect(await writing).toMatchObject({ name: 'DeviceError', code: 'disconnected' });
    expect(transport.status).toBe('lost');
    await expect(transport.open(LINE)).rejects.toMatchObject({ code: 'disconnected' });
  });

  test('a port that is pulled out before the first read begins is lost as well', async () => {
    const path = join(newFolder(), 'port');
    const device = await plugIn(path, () => {});
    const transport = new SerialPortTransport(path, { load: loadLateReader });
    await transport.open(LINE);
    const reading = takeBytes(transport.read(), 1).catch((cause: unknown) => cause);
    await device.pullOut();
    expect(await reading).toMatchObject({ name: 'DeviceError', code: 'disconnected' });
    expect(transport.status).toBe('lost');
  });

  test('close ends a write that nobody takes', async () => {
    const path = join(newFolder(), 'port');
    const device = await plugIn(path, () => {});
    device.stall();
    const transport = new SerialPortTransport(path);
    await transport.open(LINE);
    const writing = transport.write(new Uint8Array(1 << 20)).catch((cause: unknown) => cause);
    await new Promise((later) => setTimeout(later, 50));
    await transport.close();
    expect(await writing).toMatchObject({ name: 'DeviceError', code: 'disconnected' });
  });

  test('a name without a port, and a file that is none, are told apart', async () => {
    const absent = new SerialPortTransport('/dev/kilter-has-no-such-port');
    await expect(absent.open(LINE)).rejects.toMatchObject({
      code: 'disconnected',
      message: expect.stringContaining('plug the adapter in'),
    });
    const folder = newFolder();
    writeFileSync(join(folder, 'file'), 'text');
    const file = new SerialPortTransport(join(folder, 'file'));
    await expect(file.open(LINE)).rejects.toMatchObject({ code: 'unfit' });
    expect(file.status).toBe('closed');
  });
});

test('where the package cannot be loaded, the way out is named', async () => {
  const load = () => Promise.reject(new Error('No native build was found'));
  const transport = new SerialPortTransport('COM3', { load });
  await expect(transport.open(LINE)).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringContaining('TCP converter'),
  });
  expect(transport.status).toBe('closed');
});

test.each([
  ['/dev/ttyUSB0', true],
  ['/dev/cu.usbserial-A50285BI', true],
  ['COM12', true],
  ['gateway:4001', false],
  ['COM', false],
  ['', false],
])('the name %s', (name, isPort) => expect(isSerialName(name)).toBe(isPort));
