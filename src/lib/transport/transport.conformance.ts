/**
 * What every transport must do, whatever carries the bytes. Each transport's test calls this with
 * a way to make itself connected to a device that echoes; nothing else may call it.
 */
import { expect, test } from 'vitest';
import { concatBytes } from '#lib/base/bytes.ts';
import { DeviceError, type Chunk, type SerialSettings, type Transport } from './transport.ts';

const SETTINGS: SerialSettings = { baud: 300, dataBits: 7, parity: 'even', stopBits: 1 };
const FASTER: SerialSettings = { ...SETTINGS, baud: 9600 };

export type Rig = {
  readonly transport: Transport;
  /** The device sends these bytes on its own. */
  emit(bytes: Uint8Array): Promise<void> | void;
  /** What the device has received so far. */
  received(): Uint8Array;
  /** The cable or the radio link goes away; absent where that cannot happen. */
  lose?(): Promise<void> | void;
};

export async function takeBytes(chunks: AsyncIterable<Chunk>, count: number): Promise<Uint8Array> {
  let all = new Uint8Array(0);
  for await (const { bytes } of chunks) {
    all = concatBytes(all, bytes) as Uint8Array<ArrayBuffer>;
    if (all.length >= count) break;
  }
  return all;
}

const bytes = (from: number, count: number): Uint8Array =>
  Uint8Array.from({ length: count }, (_, i) => (from + i) & 255);

async function rejection(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => null,
    (error: unknown) => error,
  );
}

export function transportConformance(make: () => Promise<Rig> | Rig): void {
  test('is closed until opened, and closed again afterwards', async () => {
    const { transport } = await make();
    expect(transport.status).toBe('closed');
    await transport.open(SETTINGS);
    expect(transport.status).toBe('open');
    await transport.close();
    expect(transport.status).toBe('closed');
    expect(transport.name.length).toBeGreaterThan(0);
  });

  test('delivers bytes that came before anybody read, in order', async () => {
    const rig = await make();
    await rig.transport.open(SETTINGS);
    await rig.emit(bytes(1, 10));
    await rig.emit(bytes(11, 10));
    expect(await takeBytes(rig.transport.read(), 20)).toEqual(bytes(1, 20));
    await rig.transport.close();
  });

  test('writes more than one radio packet whole and in order', async () => {
    const rig = await make();
    await rig.transport.open(SETTINGS);
    await Promise.all([rig.transport.write(bytes(0, 45)), rig.transport.write(bytes(45, 7))]);
    expect(rig.received()).toEqual(bytes(0, 52));
    await rig.transport.close();
  });

  test('a change of speed keeps the reader', async () => {
    const rig = await make();
    await rig.transport.open(SETTINGS);
    const reading = takeBytes(rig.transport.read(), 8);
    await rig.emit(bytes(0, 4));
    // The adapter hands bytes over in its own time; what has not left the wire is not promised.
    await new Promise((later) => setTimeout(later, 30));
    await rig.transport.open(FASTER);
    await rig.emit(bytes(4, 4));
    expect(await reading).toEqual(bytes(0, 8));
    await rig.transport.close();
  });

  test('close ends the reading loop and refuses writing', async () => {
    const rig = await make();
    await rig.transport.open(SETTINGS);
    const reading = takeBytes(rig.transport.read(), 1);
    await rig.transport.close();
    expect(await reading).toHaveLength(0);
    const error = await rejection(rig.transport.write(bytes(0, 1)));
    expect(error).toBeInstanceOf(DeviceError);
  });

  test('can be opened again after closing, and hears each byte once', async () => {
    const rig = await make();
    await rig.transport.open(SETTINGS);
    await rig.transport.close();
    await rig.transport.open(SETTINGS);
    await rig.emit(bytes(7, 3));
    await rig.emit(bytes(10, 1));
    expect(await takeBytes(rig.transport.read(), 4)).toEqual(bytes(7, 4));
    await rig.transport.close();
  });
  test('a lost device throws disconnected and can come back', async ({ skip }) => {
    const rig = await make();
    if (!rig.lose) return skip();
    await losesAndReturns(rig, rig.lose);
  });
}

async function losesAndReturns(rig: Rig, lose: () => Promise<void> | void): Promise<void> {
  await rig.transport.open(SETTINGS);
  const reading = rejection(takeBytes(rig.transport.read(), 1));
  await lose();
  const error = (await reading) as DeviceError;
  expect(error).toBeInstanceOf(DeviceError);
  expect(error.code).toBe('disconnected');
  expect(rig.transport.status).toBe('lost');
  await rig.transport.open(SETTINGS);
  await rig.emit(bytes(1, 2));
  expect(await takeBytes(rig.transport.read(), 2)).toEqual(bytes(1, 2));
  await rig.transport.close();
}
