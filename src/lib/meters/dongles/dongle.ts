/**
 * The dongles by name: their framer, how a message of `dongles.table.ts` gets its frame, and what
 * the device sends for a telegram. Knows no port and no clock; called by the reader's app, the
 * simulator and the command line.
 */
import { fromHex } from '#lib/base/bytes.ts';
import { assert, must } from '#lib/base/assert.ts';
import { encodeAmb8465, lookAmb8465, wrapAmb8465 } from './amb8465.ts';
import { encodeCul, lookCul, lookRtlwmbus, wrapCul, wrapRtlwmbus } from './cul.ts';
import { DONGLE_TABLE, type DongleName, type DongleRow } from './dongles.table.ts';
import { encodeEmbit, lookEmbit, wrapEmbit } from './embit.ts';
import { createFramer, type Framer, type FrameStep } from './framer.ts';
import { encodeIm871a, lookIm871a, wrapIm871a } from './im871a.ts';
import { encodeIu891a, lookIu891a, wrapIu891a } from './iu891a.ts';
import { lookRc1180, restRc1180, wrapRc1180 } from './rc1180.ts';

type Codec = {
  readonly look: (buffer: Uint8Array) => FrameStep;
  /** What is left after a silence, where that tells something. */
  readonly atRest?: (buffer: Uint8Array) => FrameStep;
  /** Frames command bytes and payload. */
  readonly frame: (message: Uint8Array) => Uint8Array;
  readonly wrap: (telegram: Uint8Array, rssi_dbm: number) => Uint8Array;
};

const CODECS: Readonly<Record<Exclude<DongleName, 'cul' | 'rtlwmbus'>, Codec>> = {
  im871a: {
    look: lookIm871a,
    frame: (m) => encodeIm871a(m[0]!, m[1]!, m.subarray(2)),
    wrap: wrapIm871a,
  },
  iu891a: {
    look: lookIu891a,
    frame: (m) => encodeIu891a(m[0]!, m[1]!, m.subarray(2)),
    wrap: wrapIu891a,
  },
  amb8465: {
    look: lookAmb8465,
    frame: (m) => encodeAmb8465(m[0]!, m.subarray(1)),
    wrap: wrapAmb8465,
  },
  embit: {
    look: lookEmbit,
    frame: (m) => encodeEmbit(m[0]!, m.subarray(1)),
    wrap: wrapEmbit,
  },
  // Commands have no frame.
  rc1180: { look: lookRc1180, atRest: restRc1180, frame: (m) => m, wrap: wrapRc1180 },
};

/** The table row of a dongle. */
export const dongleRow = (name: DongleName): DongleRow =>
  must(
    DONGLE_TABLE.find((row) => row.name === name),
    `no dongle ${name}`,
  );

/** A push parser for what the dongle sends; host messages have the same frame. */
export function createDongleFramer(name: DongleName): Framer {
  if (name === 'cul') return createFramer(lookCul);
  if (name === 'rtlwmbus') return createFramer(lookRtlwmbus);
  const { look, atRest } = CODECS[name];
  return createFramer(look, atRest);
}

/** Frames a message of the dialogue table: hex, or text for a CUL. */
export function frameMessage(name: DongleName, message: string): Uint8Array {
  if (name === 'cul' || name === 'rtlwmbus') return encodeCul(message);
  const bytes = fromHex(message);
  assert(bytes.ok, 'the dialogue table holds valid hex');
  return CODECS[name].frame(bytes.value);
}

/**
 * What the dongle would send for `telegram`. A CUL passes link CRCs on and wants them in; all
 * others want the telegram without.
 */
export function wrapTelegram(name: DongleName, telegram: Uint8Array, rssi_dbm: number): Uint8Array {
  if (name === 'cul') return wrapCul(telegram, rssi_dbm);
  if (name === 'rtlwmbus') return wrapRtlwmbus(telegram, rssi_dbm);
  return CODECS[name].wrap(telegram, rssi_dbm);
}
