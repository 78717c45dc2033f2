/**
 * A German electricity meter that pushes an SML file every second through its optical eye: import
 * and export registers with the power that fits between them. Knows the codec, no port and no
 * clock: the caller names the second. Driven by tests and the command line.
 */
import { decimal } from '#lib/base/decimal.ts';
import { createPrng } from '#lib/base/prng.ts';
import { encodeSmlFile } from '../../meters/sml/file.ts';
import type { SmlEntry } from '../../meters/sml/list.ts';
import { encodeTransport, type SmlCrc } from '../../meters/sml/transport.ts';

export type SmlSenderOptions = {
  readonly seed: number;
  readonly serverId: Uint8Array;
  /** Check sum the meter computes; `kermit` is the known deviation. */
  readonly crc?: SmlCrc;
};

export type SmlSender = {
  /** What is sent in second `second` since the meter started. */
  fileAt(second: number): Uint8Array;
};

const [WATT, WATT_HOUR] = [27, 30] as const;
const SECONDS_PER_HOUR = 3600n;

function entry(obis: string, unitCode: number, raw: bigint): SmlEntry {
  const scaler = unitCode === WATT ? 0 : -1;
  return {
    obis,
    status: null,
    time: null,
    unitCode,
    unit: unitCode === WATT ? 'W' : 'Wh',
    scaler,
    content: { kind: 'number', value: decimal(raw, scaler), raw, size: 8 },
  };
}

export function createSmlSender({ seed, serverId, crc = 'x25' }: SmlSenderOptions): SmlSender {
  const random = createPrng(seed);
  const start = BigInt(random.int(1_000_000, 90_000_000));
  const watt = BigInt(random.int(120, 3_000));
  return {
    fileAt(second) {
      // Tenths of a watt-hour drawn by a steady load.
      const drawn = (watt * 10n * BigInt(second)) / SECONDS_PER_HOUR;
      const payload = encodeSmlFile({
        serverId,
        time: { kind: 'index', seconds: second },
        fileId: second & 0xffff,
        crc,
        entries: [
          entry('1-0:1.8.0*255', WATT_HOUR, start + drawn),
          entry('1-0:2.8.0*255', WATT_HOUR, 0n),
          entry('1-0:16.7.0*255', WATT, watt),
        ],
      });
      return encodeTransport(payload, crc);
    },
  };
}
