/**
 * DLMS and HDLC in the words of the decoder contract. Knows the contract's parts; the shapes are in
 * `decode-dlms-json.ts`, the codecs in the library. Called by `decode-protocols.ts`.
 */
import { toHex } from '#lib/base/bytes.ts';
import { toNumber } from '#lib/base/decimal.ts';
import type { Fault } from '#lib/base/result.ts';
import type { AcseApdu } from '#lib/meters/dlms/acse.ts';
import { decodeApdu, encodeApdu } from '#lib/meters/dlms/apdu.ts';
import { decodeData, encodeData, type DlmsData } from '#lib/meters/dlms/axdr.ts';
import { readAddress } from '#lib/meters/dlms/hdlc/address.ts';
import { splitHdlc, type StreamFrame } from '#lib/meters/dlms/hdlc/stream.ts';
import { namePositional } from '#lib/meters/dlms/positional.ts';
import {
  openApdu,
  openUserInformation,
  readPush,
  type Notification,
  type OpenedApdu,
} from '#lib/meters/dlms/push.ts';
import type { Keys } from '#lib/meters/dlms/security.ts';
import { valuesOf } from '#lib/meters/dlms/values.ts';
import { statusOf } from '#lib/meters/status.ts';
import { apduJson, treeJson, valueJson } from './decode-dlms-json.ts';
import type { DecodeInput, DecodeOutput } from './decode-protocols.ts';

const failed = (error: Fault): DecodeOutput => ({ status: statusOf(error), error });

const keysOf = ({ key, authKey }: DecodeInput): Keys => ({ key, authKey });

function frameJson({ bytes, read }: StreamFrame): object {
  if (!read.ok) {
    return { status: 'error', error: read.error, fcs_ok: false, hex: toHex(bytes) };
  }
  const { frame, hasHcs } = read.value;
  return {
    frame_type: frame.type,
    destination: frame.destination,
    source: frame.source,
    segmented: frame.isSegmented,
    final: frame.isFinal,
    ...(frame.send !== null && { send_sequence: frame.send }),
    ...(frame.receive !== null && { receive_sequence: frame.receive }),
    ...(hasHcs && { hcs_ok: true }),
    fcs_ok: true,
    payload: toHex(frame.payload),
  };
}

export function decodeHdlcStream({ bytes, octetStuffing }: DecodeInput): DecodeOutput {
  const frames = splitHdlc(bytes, octetStuffing);
  const bad = frames.find(({ read }) => !read.ok)?.read;
  const error = bad && !bad.ok ? bad.error : null;
  const none = { code: 'no_frame', detail: 'There is no HDLC frame.' };
  if (frames.length === 0) return { ...failed(none), frames: [] };
  return { status: statusOf(error), ...(error && { error }), frames: frames.map(frameJson) };
}

export function decodeHdlcAddress({ bytes }: DecodeInput): DecodeOutput {
  const read = readAddress(bytes);
  return read.ok ? { status: 'decoded', address: read.value.address } : failed(read.error);
}

/** Data tree and what can be named in it. */
function bodyJson(body: DlmsData): object {
  const values = valuesOf(body);
  const named = namePositional(body);
  return {
    data: treeJson(body),
    ...(values.length > 0 && { values: values.map(valueJson) }),
    ...(named && {
      positional: {
        list: named.list,
        values: named.values.map(({ obis, unit, number, text }) => ({
          obis,
          value: number ? toNumber(number) : text,
          unit,
        })),
      },
    }),
  };
}

export function decodeDataLine({ bytes, protocol }: DecodeInput): DecodeOutput {
  const read = decodeData(bytes);
  if (!read.ok) return failed(read.error);
  const { data, forms } = read.value;
  const reencoded = toHex(encodeData(data, forms));
  if (protocol === 'dlms_data') return { status: 'decoded', data: treeJson(data), reencoded };
  return { status: 'decoded', ...bodyJson(data), reencoded };
}

const securityJson = ({ security }: OpenedApdu): object =>
  security && security.isAuthenticated !== null
    ? { security: { authenticated: security.isAuthenticated } }
    : {};

function associationParts(apdu: AcseApdu, keys: Keys): DecodeOutput {
  const information = openUserInformation(apdu, keys);
  if (!information) return { status: 'decoded', apdu: apduJson(apdu) };
  if (!information.ok) return { ...failed(information.error), apdu: apduJson(apdu) };
  const { outer, inner, fault } = information.value;
  const isOpened = inner !== null && inner !== outer.apdu;
  const json = { ...apduJson(outer.apdu), ...(isOpened && { plain: apduJson(inner) }) };
  return {
    status: statusOf(fault),
    ...(fault && { error: fault }),
    ...securityJson(information.value),
    apdu: apduJson(apdu, json),
  };
}

function openedParts(opened: OpenedApdu): DecodeOutput {
  const { outer, inner, plain, fault } = opened;
  const isOpened = inner !== null && plain !== null;
  return {
    status: statusOf(fault),
    ...(fault && { error: fault }),
    ...securityJson(opened),
    apdu: { ...apduJson(outer.apdu), ...(isOpened && { plain: apduJson(inner) }) },
  };
}

export function decodeApduLine(input: DecodeInput): DecodeOutput {
  const read = decodeApdu(input.bytes);
  if (!read.ok) return failed(read.error);
  const { apdu, forms } = read.value;
  const parts =
    'parts' in apdu
      ? associationParts(apdu, keysOf(input))
      : openedParts(openApdu(read.value, keysOf(input)));
  return { ...parts, reencoded: toHex(encodeApdu(apdu, forms)) };
}

/** Values of all notifications of a stream; tree and APDU of the first. */
function notificationsJson(list: readonly Notification[]): object {
  const first = list[0];
  if (!first) return {};
  const bodies = list.flatMap(({ body, fault }) => (body && !fault ? [body] : []));
  const values = bodies.flatMap((body) => valuesOf(body)).map(valueJson);
  const { inner, outer } = first;
  const shown = inner && first.security ? { plain: apduJson(inner) } : {};
  return {
    ...securityJson(first),
    apdu: { ...apduJson(outer.apdu), ...shown },
    ...(bodies[0] && bodyJson(bodies[0])),
    ...(values.length > 0 && { values }),
  };
}

export function decodePush(input: DecodeInput): DecodeOutput {
  const { octetStuffing } = input;
  const push = readPush(input.bytes, keysOf(input), { octetStuffing });
  const { fault, frames, notifications } = push;
  return {
    status: statusOf(fault),
    ...(fault && { error: fault }),
    ...(frames.length > 0 && { frames: frames.map(frameJson) }),
    ...notificationsJson(notifications),
  };
}
