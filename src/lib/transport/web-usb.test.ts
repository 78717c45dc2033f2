import { describe, expect, test } from 'vitest';
import { createOpticalMeter } from '#lib/sim/devices/optical-meter.ts';
import {
  SimCdcAcm,
  SimCh34x,
  SimCp210x,
  SimFtdi,
  type SimChip,
} from '../../../tests/support/usb-chips.ts';
import { SimUsb } from '../../../tests/support/usb-device.ts';
import { takeBytes, transportConformance } from './transport.conformance.ts';
import type { Chunk, SerialSettings } from './transport.ts';
import { WebUsbTransport } from './web-usb.ts';

const CHIPS: readonly (readonly [string, () => SimChip])[] = [
  ['FT232R', () => new SimFtdi()],
  ['FT232B', () => new SimFtdi(0x0400)],
  ['FT2232C', () => new SimFtdi(0x0500, 1)],
  ['FT2232H', () => new SimFtdi(0x0700, 1)],
  ['FT-X', () => new SimFtdi(0x1000)],
  ['CP210x', () => new SimCp210x()],
  ['CH34x', () => new SimCh34x()],
  ['CH34x version 2.7', () => new SimCh34x(0x27)],
  ['CH34x version 1.0', () => new SimCh34x(0x10)],
  ['CDC-ACM', () => new SimCdcAcm()],
];

const SLOW: SerialSettings = { baud: 300, dataBits: 7, parity: 'even', stopBits: 1 };
const later = (ms: number) => new Promise((end) => setTimeout(end, ms));

function rig(makeChip: () => SimChip) {
  const usb = new SimUsb(makeChip);
  const transport = new WebUsbTransport(usb.usbDevice, usb as unknown as USB);
  return {
    usb,
    transport,
    // Seven bits on the line: the conformance bytes stay below 128.
    emit: (bytes: Uint8Array) => usb.device.emit(bytes),
    received: () => usb.received,
    lose: () => usb.replug(),
  };
}

describe.each(CHIPS)('%s over WebUSB', (_name, makeChip) => {
  transportConformance(() => rig(makeChip));

  test('line and power of the head are as asked, also after a change', async () => {
    const { usb, transport } = rig(makeChip);
    const isOld = usb.device.chip instanceof SimCh34x && usb.device.chip.version < 0x30;
    await transport.open(SLOW);
    const { chip } = usb.device;
    expect(chip.isPowered && chip.isEnabled).toBe(true);
    const seven = isOld ? { dataBits: 8, parity: 'none' } : { dataBits: 7, parity: 'even' };
    expect(chip.line).toMatchObject({ ...seven, stopBits: 1 });
    expect(Math.abs(chip.baud / 300 - 1)).toBeLessThan(0.003);
    const told = chip.requests.length;
    await transport.open({ baud: 9600, dataBits: 8, parity: 'none', stopBits: 1 });
    expect(chip.line).toMatchObject({ dataBits: 8, parity: 'none', stopBits: 1 });
    expect(Math.abs(chip.baud / 9600 - 1)).toBeLessThan(0.003);
    expect(chip.isPowered).toBe(true);
    expect(chip.requests.length - told).toBeLessThanOrEqual(2);
    await transport.close();
    expect(usb.device.opened).toBe(false);
    if (!isOld) expect(chip.isPowered).toBe(false);
  });

  test('a system driver that holds the adapter is busy, and nothing stays open', async () => {
    const { usb, transport } = rig(makeChip);
    usb.device.isHeld = true;
    await expect(transport.open(SLOW)).rejects.toMatchObject({ code: 'busy' });
    expect([transport.status, usb.device.opened]).toEqual(['closed', false]);
  });

  test('failed transfers of a device that is there cost nothing', async () => {
    const { usb, transport, emit } = rig(makeChip);
    usb.device.failing = 2;
    await transport.open(SLOW);
    await later(5);
    emit(Uint8Array.of(1, 2, 3));
    expect(await takeBytes(transport.read(), 3)).toEqual(Uint8Array.of(1, 2, 3));
    await transport.close();
  });

  test('a device that only fails is lost', async () => {
    const { usb, transport } = rig(makeChip);
    usb.device.failing = 10;
    await transport.open(SLOW);
    const failed = expect(takeBytes(transport.read(), 1)).rejects;
    await failed.toMatchObject({ code: 'disconnected' });
    expect(transport.status).toBe('lost');
  });

  test('unplugged in a write: disconnected', async () => {
    const { usb, transport } = rig(makeChip);
    await transport.open(SLOW);
    const failed = expect(transport.write(new Uint8Array(100))).rejects;
    await later(0);
    usb.replug();
    await failed.toMatchObject({ code: 'disconnected' });
  });
});

const MODE_C = CHIPS.filter(([name]) => /R$|CP|CH34x$|2\.7|CDC/.test(name));
// The meter takes its time at 300 Bd; the adapters need not wait for each other.
describe.concurrent('mode C of IEC 62056-21 at both speeds', () => {
  test.each(MODE_C)('%s', async (_name, makeChip) => {
    const text = await readModeC(rig(makeChip));
    expect(text).toContain('/KLT5');
    expect(text).toContain('0.0.0(00112233)');
  });
});

test('a change of speed waits until what was written has left the line', async () => {
  const { usb, transport } = rig(() => new SimFtdi());
  await transport.open(SLOW);
  await transport.write(new Uint8Array(6));
  const changed = transport.open({ ...SLOW, baud: 9600 });
  await later(150);
  expect(usb.device.chip.baud).toBe(300);
  await changed;
  expect(usb.device.chip.baud).toBe(9600);
  await transport.close();
});

/** The simulated meter's line runs at 300 Bd until it acknowledges, then at 9600 Bd. */
async function readModeC({ usb, transport }: ReturnType<typeof rig>): Promise<string> {
  const meter = createOpticalMeter({
    startAt: 0,
    meter: {
      meterId: 1,
      serial: '00112233',
      radioId: null,
      manufacturer: null,
      register: 1,
      decimals: 3,
      hasKey: false,
      history: [],
      usualPerDay: null,
    },
  });
  const speak = (baud: number): void => {
    usb.farLine = { ...SLOW, baud };
    meter.open({ baud });
  };
  speak(300);
  usb.onReceive = (bytes) => meter.write(bytes, Date.now());
  const timer = setInterval(() => meter.poll(Date.now()).forEach((b) => usb.device.emit(b)), 10);
  try {
    await transport.open(SLOW);
    const chunks = transport.read()[Symbol.asyncIterator]();
    await transport.write(new TextEncoder().encode('/?!\r\n'));
    const identification = await readUntil(chunks, 'KILTER-SIM\r\n');
    await transport.write(new TextEncoder().encode('\x06050\r\n'));
    // The driver waits until the acknowledgement has left; the meter changes at the same time.
    await transport.open({ ...SLOW, baud: 9600 });
    speak(9600);
    return identification + (await readUntil(chunks, '\x03'));
  } finally {
    clearInterval(timer);
    await transport.close();
  }
}

async function readUntil(chunks: AsyncIterator<Chunk>, mark: string): Promise<string> {
  let text = '';
  while (!text.includes(mark)) {
    const next = await chunks.next();
    if (next.done) break;
    text += String.fromCharCode(...next.value.bytes);
  }
  return text;
}

describe('what the line did wrong', () => {
  test('FTDI status bits reach the reader, the status bytes do not', async () => {
    const { usb, transport } = rig(() => new SimFtdi());
    await transport.open(SLOW);
    const chunks = transport.read()[Symbol.asyncIterator]();
    usb.device.emit(new Uint8Array(200).fill(0x41), { parity: true });
    const first = (await chunks.next()).value as Chunk;
    expect(first.bytes).toEqual(new Uint8Array(200).fill(0x41));
    expect(first.faults).toEqual(['parity']);
    usb.device.emit(Uint8Array.of(1));
    expect((await chunks.next()).value).not.toHaveProperty('faults');
    await transport.close();
  });

  test('another speed at the far end is a framing fault of the next bytes', async () => {
    const { usb, transport } = rig(() => new SimFtdi());
    await transport.open(SLOW);
    const chunks = transport.read()[Symbol.asyncIterator]();
    usb.farLine = { ...SLOW, baud: 2400 };
    usb.device.emit(Uint8Array.of(1));
    usb.farLine = SLOW;
    usb.device.emit(Uint8Array.of(2));
    const { value } = await chunks.next();
    expect(value).toMatchObject({ bytes: Uint8Array.of(2), faults: ['framing'] });
    await transport.close();
  });
});

test('what the chip cannot do makes it unfit', async () => {
  const even: SerialSettings = { baud: 2400, dataBits: 8, parity: 'even', stopBits: 1 };
  const { transport, usb } = rig(() => new SimCh34x(0x27));
  await expect(transport.open(even)).rejects.toMatchObject({ code: 'unfit' });
  expect(usb.device.opened).toBe(false);
  const fast = rig(() => new SimFtdi());
  await expect(fast.transport.open({ ...even, baud: 100 })).rejects.toMatchObject({
    code: 'unfit',
  });
});

test('close wins over an opening that is under way', async () => {
  const { transport, usb } = rig(() => new SimFtdi());
  const opening = transport.open(SLOW).catch((error: unknown) => error);
  await transport.close();
  expect(await opening).toMatchObject({ code: 'disconnected' });
  expect([transport.status, usb.device.opened]).toEqual(['closed', false]);
});
