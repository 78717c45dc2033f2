import { describe, expect, test } from 'vitest';
import { must } from '#lib/base/assert.ts';
import type { SerialSettings } from '../transport.ts';
import { usbAdapter } from './adapters.table.ts';
import { cdcAcm } from './cdc-acm.ts';
import { ch34x, ch34xDivisor, ch34xLineControl, withParity } from './ch34x.ts';
import type { ChipFacts, UsbChip } from './chip.ts';
import { cp210x, cp210xLineControl } from './cp210x.ts';
import { ftdi, ftdiDivisor, ftdiKind, ftdiUnpack } from './ftdi.ts';

const LINE_7E1: SerialSettings = { baud: 300, dataBits: 7, parity: 'even', stopBits: 1 };
const LINE_8N1: SerialSettings = { baud: 9600, dataBits: 8, parity: 'none', stopBits: 1 };
const LINE_8E1: SerialSettings = { ...LINE_8N1, baud: 2400, parity: 'even' };
const LINE_8N2: SerialSettings = { ...LINE_8N1, stopBits: 2 };
const FACTS: ChipFacts = {
  release: 0x0600,
  interfaceCount: 1,
  dataInterface: 0,
  controlInterface: 0,
  endpointBytes: 64,
};

/** The requests as numbers: code, value, index, data. */
function told(chip: UsbChip, line: SerialSettings, isOpen = true, answer?: number[]) {
  const setup = chip.setUp(line, answer ? Uint8Array.from(answer) : null, isOpen);
  if (!setup.ok) return setup.error.code;
  return setup.value.requests.map(({ request, value, index, data }) =>
    data ? [request, value, index, ...data] : [request, value, index],
  );
}

const divisor = (baud: number, release = 0x0600): string => {
  const found = ftdiDivisor(baud, ftdiKind(release));
  return found.ok ? found.value.encoded.toString(16) : found.error.code;
};

describe('FTDI', () => {
  // AN232B-05, table of the standard rates and the example of an additional one.
  test.each([
    [300, '2710'],
    [600, '1388'],
    [1200, '9c4'],
    [2400, '4e2'],
    [4800, '271'],
    [9600, '4138'],
    [19200, '809c'],
    [38400, 'c04e'],
    // The table's own 52.0 is for the first generation; 52.125 is nearer.
    [57600, 'c034'],
    [115200, '1a'],
    [230400, 'd'],
    [460800, '4006'],
    [921600, '8003'],
    [14406, '80d0'],
    [55944, '14035'],
    [3_000_000, '0'],
    [2_000_000, '1'],
    [1_500_000, '2'],
  ])('AN232B-05: %i Bd is divisor %s', (baud, encoded) => expect(divisor(baud)).toBe(encoded));

  test('every fraction has its code', () => {
    const codes = Array.from({ length: 8 }, (_, i) => divisor(24_000_000 / (8 * 100 + i)));
    expect(codes).toEqual(['64', 'c064', '8064', '10064', '4064', '14064', '18064', '1c064']);
  });

  test('the first generation has only three fractions', () => {
    const codes = Array.from({ length: 8 }, (_, i) => divisor(24_000_000 / (800 + i), 0x0200));
    const allowed = codes.map((code) => (parseInt(code, 16) >> 14) & 7);
    expect(Math.max(...allowed)).toBe(3);
    expect(codes[7]).toBe('65');
  });

  test('high-speed chips count 12 MHz where the divisor has room', () => {
    expect(divisor(9600, 0x0700)).toBe('204e2');
    expect(divisor(12_000_000, 0x0700)).toBe('20000');
    expect(divisor(300, 0x0700)).toBe('2710');
  });

  test.each([100, 183, 2_500_000, 7_000_000, 0, -1, Number.NaN])('%d Bd is refused', (baud) => {
    expect(divisor(baud)).toBe('line_unsupported');
  });

  test('every rate from 184 Bd to a megabaud is within 3 %', () => {
    for (let baud = 184; baud < 1_000_000; baud += 97) {
      const found = ftdiDivisor(baud, ftdiKind(0x0600));
      expect(found.ok && Math.abs(found.value.actualBaud / baud - 1) < 0.03, `${baud}`).toBe(true);
    }
  });

  test('requests of a whole set-up, of a change, and of the end', () => {
    const chip = ftdi(FACTS);
    expect(told(chip, LINE_7E1, false)).toEqual([
      [0, 0, 0],
      [9, 8, 0],
      [2, 0, 0],
      [1, 0x0303, 0],
      [3, 0x2710, 0],
      [4, 0x0207, 0],
    ]);
    expect(told(chip, LINE_8N2)).toEqual([
      [3, 0x4138, 0],
      [4, 0x1008, 0],
    ]);
    expect(told(chip, { ...LINE_8N1, baud: 55944, parity: 'odd' })).toEqual([
      [3, 0x4035, 1],
      [4, 0x0108, 0],
    ]);
    expect(chip.stop).toMatchObject([{ request: 1, value: 0x0300 }]);
  });

  test('ports stand in the index, high bits of the divisor above them', () => {
    const chip = ftdi({ ...FACTS, release: 0x0500, interfaceCount: 2, dataInterface: 1 });
    expect(told(chip, { ...LINE_8N1, baud: 55944 })).toEqual([
      [3, 0x4035, 0x0102],
      [4, 0x0008, 2],
    ]);
    const fast = ftdi({ ...FACTS, release: 0x0900 });
    expect(told(fast, LINE_8N1)).toMatchObject([
      [3, 0x04e2, 0x0201],
      [4, 8, 1],
    ]);
  });

  test('status bytes go from the front of every packet, their errors are told', () => {
    const first = [0x01, 0x60, ...new Array<number>(62).fill(7)];
    const second = [0x01, 0x6e, 8, 9];
    expect(ftdiUnpack(Uint8Array.from([...first, ...second]), 64)).toEqual({
      bytes: Uint8Array.from([...new Array<number>(62).fill(7), 8, 9]),
      faults: ['overrun', 'parity', 'framing'],
    });
    const status = Uint8Array.of(0x01, 0x70);
    expect(ftdiUnpack(status, 64)).toEqual({ bytes: new Uint8Array(0), faults: ['break'] });
    expect(ftdiUnpack(Uint8Array.of(1), 64)).toEqual({ bytes: new Uint8Array(0), faults: [] });
  });
});

describe('CP210x', () => {
  test('AN571: word length, parity and stop bits', () => {
    expect(cp210xLineControl(LINE_8N1)).toBe(0x0800);
    expect(cp210xLineControl(LINE_7E1)).toBe(0x0720);
    expect(cp210xLineControl(LINE_8N2)).toBe(0x0802);
    expect(cp210xLineControl({ ...LINE_8N1, parity: 'odd' })).toBe(0x0810);
  });

  test('requests of a whole set-up, of a change, and of the end', () => {
    const chip = cp210x({ ...FACTS, dataInterface: 1 });
    expect(told(chip, LINE_7E1, false)).toEqual([
      [0x00, 1, 1],
      [0x12, 0x0f, 1],
      [0x07, 0x0303, 1],
      [0x1e, 0, 1, 0x2c, 0x01, 0, 0],
      [0x03, 0x0720, 1],
    ]);
    expect(told(chip, { ...LINE_8N1, baud: 115200 })).toEqual([
      [0x1e, 0, 1, 0x00, 0xc2, 0x01, 0x00],
      [0x03, 0x0800, 1],
    ]);
    expect(chip.stop).toMatchObject([
      { request: 7, value: 0x0300 },
      { request: 0, value: 0 },
    ]);
    expect(told(chip, { ...LINE_8N1, baud: 110 })).toBe('line_unsupported');
    expect(told(chip, { ...LINE_8N1, baud: Number.NaN })).toBe('line_unsupported');
  });
});

describe('CH34x', () => {
  // 12 MHz / factor / divisor; the error of every common rate is at most 0.16 %.
  test.each([
    [300, 0, 39],
    [600, 1, 156],
    [1200, 1, 78],
    [2400, 1, 39],
    [4800, 2, 156],
    [9600, 2, 78],
    [19200, 2, 39],
    [38400, 3, 156],
    [57600, 3, 104],
    [115200, 3, 52],
    [921600, 7, 13],
  ])('%i Bd: prescaler code %i, divisor %i', (baud, prescaler, expected) => {
    const found = ch34xDivisor(baud);
    expect(found).toMatchObject({ ok: true, value: { prescaler, divisor: expected } });
    expect(found.ok && Math.abs(found.value.actualBaud / baud - 1)).toBeLessThan(0.0017);
  });

  test.each([20, 2_700_000, 0, -1, Number.NaN])('%d Bd is refused', (baud) => {
    expect(ch34xDivisor(baud)).toMatchObject({ ok: false, error: { code: 'line_unsupported' } });
  });

  test('line control', () => {
    expect(ch34xLineControl(LINE_8N1)).toBe(0xc3);
    expect(ch34xLineControl(LINE_7E1)).toBe(0xda);
    expect(ch34xLineControl(LINE_8E1)).toBe(0xdb);
    expect(ch34xLineControl({ ...LINE_8N2, parity: 'odd' })).toBe(0xcf);
  });

  test('requests by version', () => {
    const chip = ch34x();
    expect(told(chip, LINE_7E1, false, [0x31, 0])).toEqual([
      [0xa1, 0, 0],
      [0x9a, 0x1312, 0xd980],
      [0x9a, 0x2518, 0xda],
      [0xa4, 0xff9f, 0],
    ]);
    expect(told(chip, LINE_8N1, true, [0x31, 0])).toEqual([
      [0x9a, 0x1312, 0xb282],
      [0x9a, 0x2518, 0xc3],
    ]);
    expect(told(chip, LINE_7E1, false, [0x27, 0])).toEqual([
      [0xa1, 0, 0],
      [0x9a, 0x1312, 0xd980],
      [0xa4, 0xff9f, 0],
    ]);
    expect(told(chip, LINE_8N1, false, [0x10, 0])).toContainEqual([0x9a, 0x0606, 0x9f9f]);
    expect(told(chip, LINE_8E1, true, [0x27, 0])).toBe('line_unsupported');
  });

  test('an old chip carries seven bits with a parity bit that the driver computes', () => {
    const setup = ch34x().setUp(LINE_7E1, Uint8Array.of(0x27, 0), true);
    const line = must(setup.ok ? setup.value : null, 'the line is supported');
    expect(line.pack(Uint8Array.of(0x2f, 0x3f, 0x21, 0x0d, 0x0a))).toEqual(
      Uint8Array.of(0xaf, 0x3f, 0x21, 0x8d, 0x0a),
    );
    expect(line.unpack(Uint8Array.of(0xaf, 0x3f))).toEqual({
      bytes: Uint8Array.of(0x2f, 0x3f),
      faults: [],
    });
    expect(line.unpack(Uint8Array.of(0x2f)).faults).toEqual(['parity']);
    expect(withParity(0x2f, 'odd')).toBe(0x2f);
  });
});

describe('CDC-ACM', () => {
  test('PSTN120: line coding and control lines', () => {
    const chip = cdcAcm({ ...FACTS, controlInterface: 2, dataInterface: 3 });
    expect(told(chip, { ...LINE_8E1 }, false)).toEqual([
      [0x20, 0, 2, 0x60, 0x09, 0, 0, 0, 2, 8],
      [0x22, 3, 2],
    ]);
    expect(told(chip, LINE_8N2)).toEqual([[0x20, 0, 2, 0x80, 0x25, 0, 0, 2, 0, 8]]);
  });
});

test('an exact id comes before the rest of its vendor', () => {
  const found = (usbVendorId: number, usbProductId: number) =>
    usbAdapter({ usbVendorId, usbProductId });
  expect(found(0x10c4, 0x87ed)).toMatchObject({ kind: 'im871a', driver: 'cp210x' });
  expect(found(0x10c4, 0xea60)).toMatchObject({ name: 'CP210x', kind: null });
  expect(found(0x1a86, 0x7523)).toMatchObject({ driver: 'ch34x' });
  expect(found(0x1a86, 0x55d4)).toMatchObject({ driver: 'cdc-acm' });
  expect(found(0x067b, 0x2303)?.driver).toBeNull();
  expect(found(0x1234, 0x5678)).toBeUndefined();
});
