/**
 * A Dutch or Luxembourg smart meter that sends a P1 telegram every second: two tariffs, power, a
 * gas meter behind it, encrypted where a key is set. Knows the codec, no port and no clock: the
 * caller names the instant. Driven by tests and the command line.
 */
import { fromLatin1 } from '#lib/base/bytes.ts';
import { formatDecimal } from '#lib/base/decimal.ts';
import type { Instant } from '#lib/base/interval.ts';
import { createPrng } from '#lib/base/prng.ts';
import { sealTelegram, type P1Keys } from '../../meters/dsmr/encrypted.ts';
import { encodeP1 } from '../../meters/dsmr/telegram.ts';
import { formatP1Time } from '../../meters/dsmr/time.ts';

export type P1SenderOptions = {
  readonly seed: number;
  /** 3 ends without check sum and writes gas on two lines. */
  readonly version: 3 | 5;
  readonly keys?: P1Keys;
};

export type P1Sender = { telegramAt(at: Instant): Uint8Array };

const HOUR_MS = 3_600_000;
const SECOND_MS = 1000;
/** The simulated meter stays on winter time: UTC+1, letter W. */
const WINTER_MS = HOUR_MS;
const TITLE = fromLatin1('KLT\x00\x00\x00\x00\x01');

const fixed = (units: bigint, places: number, digits: number): string =>
  formatDecimal({ units, scale: -places }).padStart(digits, '0');

export function createP1Sender({ seed, version, keys }: P1SenderOptions): P1Sender {
  const random = createPrng(seed);
  const start = BigInt(random.int(1_000_000, 60_000_000));
  const gas = BigInt(random.int(100_000, 9_000_000));
  const watt = BigInt(random.int(120, 3_000));
  const epoch = Date.UTC(2026, 0, 1);

  const stamp = (at: Instant): string =>
    formatP1Time({
      local: new Date(at + WINTER_MS).toISOString().slice(0, 19),
      isSummer: version === 5 ? false : null,
    });

  function gasObject(at: Instant) {
    const hour = Math.floor(at / HOUR_MS) * HOUR_MS;
    const value = fixed(gas + BigInt((hour - epoch) / HOUR_MS), 3, 9);
    return version === 5
      ? { obis: '0-1:24.2.1', groups: [stamp(hour), `${value}*m3`] }
      : { obis: '0-1:24.3.0', groups: [stamp(hour), '00', '60', '1', '0-1:24.2.1', 'm3', value] };
  }

  return {
    telegramAt(at) {
      const drawn = (watt * BigInt(Math.floor((at - epoch) / SECOND_MS))) / 3600n;
      const telegram = encodeP1({
        manufacturer: 'KLT',
        identification: version === 5 ? '5\\2KILTER-SIM' : '5KILTER-SIM-3',
        withCrc: version === 5,
        objects: [
          ...(version === 5 ? [{ obis: '1-3:0.2.8', groups: ['50'] }] : []),
          ...(version === 5 ? [{ obis: '0-0:1.0.0', groups: [stamp(at)] }] : []),
          { obis: '1-0:1.8.1', groups: [`${fixed(start + drawn, 3, 10)}*kWh`] },
          { obis: '1-0:1.8.2', groups: [`${fixed(start, 3, 10)}*kWh`] },
          { obis: '0-0:96.14.0', groups: ['0001'] },
          { obis: '1-0:1.7.0', groups: [`${fixed(watt, 3, 6)}*kW`] },
          gasObject(at),
        ],
      });
      if (!keys) return telegram;
      const invocationCounter = Math.floor((at - epoch) / SECOND_MS);
      return sealTelegram(telegram, { systemTitle: TITLE, invocationCounter }, keys);
    },
  };
}
