/**
 * Twin of `push.ts`: a notification in the carrier of a meter that sends unasked, in clear or
 * sealed, with HDLC segments, M-Bus segments or general blocks where asked for. Called by simulated
 * meters.
 */
import { concatBytes } from '#lib/base/bytes.ts';
import { encodeApdu } from './apdu.ts';
import { encodeData, type DlmsData } from './axdr.ts';
import { cutBlocks } from './block-transfer.ts';
import type { HdlcAddress } from './hdlc/address.ts';
import { LLC_RESPONSE } from './hdlc/assemble.ts';
import { encodeHdlc } from './hdlc/frame.ts';
import { cutMessage } from './hdlc/segments.ts';
import { withFlags } from './hdlc/stream.ts';
import { encodeMbusMessage } from './mbus-segment.ts';
import type { Push } from './push.ts';
import { sealApdu, type SealInput } from './security.ts';
import { encodeWrapped } from './wrapper.ts';

export type PushInput = {
  readonly body: DlmsData;
  readonly longInvoke: number;
  /** Twelve bytes, or empty. */
  readonly dateTime: Uint8Array;
  /** Null sends in clear. */
  readonly seal: SealInput | null;
};

/** The APDU of a notification (IEC 62056-5-3:2017 clause 6.4.6). */
export function encodeNotification({ body, longInvoke, dateTime, seal }: PushInput): Uint8Array {
  const plain = encodeApdu({
    type: 'data-notification',
    longInvoke,
    dateTime: { bytes: dateTime, isTagged: false },
    data: encodeData(body),
  });
  if (!seal) return plain;
  const { systemTitle } = seal;
  return encodeApdu({
    type: 'general-glo-ciphering',
    systemTitle,
    ciphered: sealApdu(plain, seal),
  });
}

export type PushCarrier = {
  readonly carrier: Push['carrier'];
  readonly source: HdlcAddress;
  readonly destination: HdlcAddress;
  /** Bytes of information in one frame or segment. */
  readonly size: number;
  /** Bytes of a general block; null sends the APDU whole. */
  readonly blockSize: number | null;
};

function inFrames(apdu: Uint8Array, c: PushCarrier): Uint8Array {
  const parts = cutMessage(concatBytes(LLC_RESPONSE, apdu), c.size);
  const frames = parts.map((payload, i) =>
    withFlags(
      encodeHdlc({
        type: 'UI',
        destination: c.destination,
        source: c.source,
        isSegmented: i + 1 < parts.length,
        isFinal: false,
        send: null,
        receive: null,
        payload,
      }),
    ),
  );
  return concatBytes(...frames);
}

function carry(apdu: Uint8Array, c: PushCarrier): Uint8Array {
  switch (c.carrier) {
    case 'hdlc':
      return inFrames(apdu, c);
    case 'mbus':
      return encodeMbusMessage(apdu, c.size);
    case 'wrapper':
      return encodeWrapped({ source: c.source.upper, destination: c.destination.upper, apdu });
    default:
      return apdu;
  }
}

/** Bytes on the line. */
export function encodePush(input: PushInput, c: PushCarrier): Uint8Array {
  const apdu = encodeNotification(input);
  const messages = c.blockSize === null ? [apdu] : cutBlocks(apdu, c.blockSize);
  return concatBytes(...messages.map((message) => carry(message, c)));
}
