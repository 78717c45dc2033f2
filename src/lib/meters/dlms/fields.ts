/**
 * Fields of xDLMS services that are more than a number: flags, conformance, date and time.
 * Knows their bits (IEC 62056-5-3:2017 clause 8); called by the service table and its readers.
 */
import { CONFORMANCE } from './conformance.table.ts';
import type { Codec } from './codec.ts';

/** Invoke-Id-And-Priority: bits 0..3 id, 6 confirmed, 7 high priority. */
export type Invoke = {
  readonly invokeId: number;
  readonly confirmed: boolean;
  readonly highPriority: boolean;
};

export const readInvoke = (v: number): Invoke => ({
  invokeId: v & 15,
  confirmed: (v & 0x40) !== 0,
  highPriority: (v & 0x80) !== 0,
});

export const writeInvoke = (v: Invoke): number =>
  v.invokeId | (v.confirmed ? 0x40 : 0) | (v.highPriority ? 0x80 : 0);

/** Long-Invoke-Id-And-Priority: 24 bits of id and four flags. */
export const readLongInvoke = (v: number) => ({
  longInvokeId: v & 0xff_ffff,
  selfDescriptive: (v & 0x1000_0000) !== 0,
  breakOnError: (v & 0x2000_0000) !== 0,
  confirmed: (v & 0x4000_0000) !== 0,
  highPriority: (v & 0x8000_0000) !== 0,
});

/** General-block-transfer, block-control: last block, streaming, window. */
export const readBlockControl = (v: number) => ({
  lastBlock: (v & 0x80) !== 0,
  streaming: (v & 0x40) !== 0,
  window: v & 0x3f,
});

/** Conformance block as transmitted: 24 bits, and whether the tag had its second byte. */
export type ConformanceField = {
  readonly bits: number;
  /** Written 5F 1F by the standard, 5F alone by older meters. */
  readonly isShortTag: boolean;
};

const UNUSED_BITS = 0;

/** [APPLICATION 31] IMPLICIT BIT STRING of 24 bits: 5F 1F 04 00 and three bytes. */
export const conformance: Codec<ConformanceField> = {
  read: (c) => {
    const isTag = c.byte() === 0x5f;
    const isShortTag = c.bytes[c.at] !== 0x1f;
    if (!isShortTag) c.byte();
    if (!isTag || c.byte() !== 4 || c.byte() !== UNUSED_BITS) {
      c.fail('bad_conformance', 'The conformance block does not begin 5F 1F 04 00.');
    }
    return { bits: c.uint(3), isShortTag };
  },
  write: (w, v) => {
    w.byte(0x5f);
    if (!v.isShortTag) w.byte(0x1f);
    w.byte(4, UNUSED_BITS).uintBe(v.bits, 3);
  },
};

export const conformanceNames = ({ bits }: ConformanceField): readonly string[] =>
  CONFORMANCE.filter(([bit]) => (bits >> (23 - bit)) & 1).map(([, name]) => name);

export const conformanceOf = (names: readonly string[]): ConformanceField => ({
  bits: CONFORMANCE.filter(([, name]) => names.includes(name)).reduce(
    (bits, [bit]) => bits | (1 << (23 - bit)),
    0,
  ),
  isShortTag: false,
});

/** The time of a data-notification; `isTagged` meters write the tag 09 of Data in front. */
export type NotificationTime = { readonly bytes: Uint8Array; readonly isTagged: boolean };

const OCTET_STRING = 0x09;
const DATE_TIME_SIZE = 12;

/** OCTET STRING, empty or twelve bytes (IEC 62056-6-2:2021 clause 4.1.6.1). */
export const dateTime: Codec<NotificationTime> = {
  read: (c) => {
    const [first, second] = [c.bytes[c.at], c.bytes[c.at + 1]];
    const isTagged = first === OCTET_STRING && (second === DATE_TIME_SIZE || second === 0);
    if (isTagged) c.byte();
    const bytes = c.octets();
    if (!c.failed && bytes.length !== 0 && bytes.length !== DATE_TIME_SIZE) {
      c.fail('bad_date_time', `A date and time has 12 bytes, not ${bytes.length}.`);
    }
    return { bytes, isTagged };
  },
  write: (w, v) => {
    if (v.isTagged) w.byte(OCTET_STRING);
    w.octets(v.bytes);
  },
};
