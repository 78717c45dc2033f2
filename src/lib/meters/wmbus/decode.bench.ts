import { bench } from 'vitest';
import { padPayload } from '../mbus/security.ts';
import { decodeTelegram } from './decode.ts';
import { encodeTelegram } from './encode.ts';
import { peekAddress } from './peek.ts';

const KEY = new Uint8Array(16).fill(7);
const sender = { manufacturer: 'KLT', id: '12345678', version: 3, type: 7 };
/** Volume, date and time, flow, error flags: what a water meter sends every few seconds. */
const payload = padPayload(
  Uint8Array.of(
    ...[0x0c, 0x14, 0x27, 0x04, 0x85, 0x02, 0x04, 0x6d, 0x32, 0x37, 0x1f, 0x15],
    ...[0x02, 0x3b, 0x10, 0x00, 0x02, 0xfd, 0x17, 0x00, 0x00],
  ),
).subarray(2);
const base = { format: 'A', sender, ci: 0x7a, access: 1, payload } as const;
const clear = encodeTelegram(base);
const sealed = encodeTelegram({ ...base, mode: 5, key: KEY });

bench('decode a clear telegram', () => void decodeTelegram(clear));
bench('decode an encrypted telegram', () => void decodeTelegram(sealed, { keyFor: () => KEY }));
bench('peek at an address', () => void peekAddress(sealed));
