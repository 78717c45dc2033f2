import { describe, expect, test } from 'vitest';
import { fromLatin1 } from '#lib/base/bytes.ts';
import { readCapture, ReplayTransport } from './replay.ts';
import { SimulatedTransport } from './simulated.ts';
import { takeBytes, transportConformance } from './transport.conformance.ts';

const SLOW = { baud: 300, dataBits: 7, parity: 'even', stopBits: 1 } as const;

describe('simulated device', () => {
  transportConformance(() => {
    const waiting: Uint8Array[] = [];
    const got: number[] = [];
    const transport = new SimulatedTransport('Virtual', {
      write: (bytes) => void got.push(...bytes),
      poll: () => waiting.splice(0),
    });
    return {
      transport,
      emit: (bytes) => void waiting.push(bytes),
      received: () => Uint8Array.from(got),
    };
  });
});

describe('replay', () => {
  test('hands out the recording in pieces and keeps what was written', async () => {
    const file = Uint8Array.from({ length: 120 }, (_, i) => i | 0x80);
    const transport = new ReplayTransport('capture', readCapture(file));
    await transport.open(SLOW);
    await transport.write(Uint8Array.of(5));
    expect(await takeBytes(transport.read(), 120)).toEqual(file);
    expect(transport.written).toEqual([Uint8Array.of(5)]);
    await transport.close();
  });

  test('a capture may be hex text', () => {
    expect(readCapture(fromLatin1('A5 81\n04:00'))[0]!.bytes).toEqual(
      Uint8Array.of(0xa5, 0x81, 0x04, 0x00),
    );
    // A CUL writes lines that begin with b, which is a hex digit, but carry an r or a space line.
    expect(readCapture(fromLatin1('bY12\r\n'))[0]!.bytes).toEqual(fromLatin1('bY12\r\n'));
  });

  test('falls silent when closed, goes on when opened again', async () => {
    const steps = [1, 2].map((n) => ({ afterMs: 5, bytes: Uint8Array.of(n) }));
    const transport = new ReplayTransport('capture', steps);
    await transport.open(SLOW);
    expect(await takeBytes(transport.read(), 1)).toEqual(Uint8Array.of(1));
    await transport.open({ ...SLOW, baud: 9600 });
    expect(await takeBytes(transport.read(), 1)).toEqual(Uint8Array.of(2));
    expect(transport.opened.map((s) => s.baud)).toEqual([300, 9600]);
    await transport.close();
  });

  test('can end with a lost device', async () => {
    const transport = new ReplayTransport('capture', [], { thenLost: true });
    await transport.open(SLOW);
    await expect(takeBytes(transport.read(), 1)).rejects.toMatchObject({ code: 'disconnected' });
  });
});
