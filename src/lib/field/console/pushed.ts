/**
 * Meters that speak unasked: SML, P1, IEC mode D, DLMS push. Detecting and reading are the same
 * thing, listening until a whole message came. Knows the framers, sends nothing.
 */
import { concatBytes, toHex, toLatin1 } from '#lib/base/bytes.ts';
import { formatDecimal } from '#lib/base/decimal.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { namePositional, type PositionalValue } from '#lib/meters/dlms/positional.ts';
import { readPush } from '#lib/meters/dlms/push.ts';
import { printable, valuesOf } from '#lib/meters/dlms/values.ts';
import { createP1Framer } from '#lib/meters/dsmr/framer.ts';
import type { P1Object } from '#lib/meters/dsmr/object.ts';
import { parseTelegram } from '#lib/meters/dsmr/telegram.ts';
import { createPushFramer } from '#lib/meters/iec62056-21/push-framer.ts';
import { normalisePositional } from '#lib/meters/normalise-dlms.ts';
import { decodeSmlFile } from '#lib/meters/sml/file.ts';
import { createSmlFramer } from '#lib/meters/sml/transport.ts';
import type { SerialSettings } from '#lib/transport/transport.ts';
import { serialOf } from '../read-optical.ts';
import type { ConsoleProtocol, ConsoleValue, FoundDevice, Identity, ReadParts } from './types.ts';
import { dataSetValue, dlmsValue, p1Values, smlValue } from './values.ts';
import { listenFor, type Work } from './work.ts';

type Message = { readonly identity: Identity; readonly values: readonly ConsoleValue[] };
/** Takes bytes; a message when one is whole, a fault when it is sealed. */
type Ear = (bytes: Uint8Array) => Result<Message> | null;

const textOf = (bytes: Uint8Array | null): string =>
  bytes ? (printable(bytes) ?? toHex(bytes)) : '';

/** DIN 43863-5: ten bytes, of which 3 to 5 are the maker's letters and the rest the number. */
function deviceNumber(serverId: Uint8Array | null): Pick<Identity, 'serial' | 'manufacturer'> {
  const letters = serverId?.length === 10 ? toLatin1(serverId.subarray(2, 5)) : '';
  return /^[A-Z]{3}$/.test(letters)
    ? { manufacturer: letters, serial: toHex(serverId!.subarray(5)) }
    : { manufacturer: '', serial: textOf(serverId) };
}

function smlEar(): Ear {
  const framer = createSmlFramer();
  return (bytes) => {
    for (const event of framer.push(bytes)) {
      if (event.kind !== 'file') continue;
      const { fault: damage, serverId, entries } = decodeSmlFile(event.payload);
      if (damage || entries.length === 0) continue;
      const identity = { ...deviceNumber(serverId), model: '' };
      return ok({ identity, values: entries.map(smlValue) });
    }
    return null;
  };
}

const sealed = fault('encrypted', 'The meter sends encrypted telegrams; the console has no key.');

/** Equipment identifier (DSMR P1 5.0.2 clause 6.12), octets written as hex. */
function p1Serial(objects: readonly P1Object[]): string {
  const told = objects.find(({ obis }) => obis === '0-0:96.1.1')?.groups[0] ?? '';
  const bytes = told.match(/../g)?.map((pair) => Number.parseInt(pair, 16)) ?? [];
  return printable(Uint8Array.from(bytes)) ?? told;
}

function p1Ear(): Ear {
  const framer = createP1Framer();
  return (bytes) => {
    for (const { kind, bytes: told } of framer.push(bytes)) {
      if (kind === 'encrypted') return sealed;
      const telegram = kind === 'telegram' ? parseTelegram(told) : null;
      if (!telegram?.ok || telegram.value.crc?.valid === false) continue;
      const { manufacturer, identification, objects } = telegram.value;
      const identity = { manufacturer, model: identification, serial: p1Serial(objects) };
      return ok({ identity, values: p1Values(objects) });
    }
    return null;
  };
}

function modeDEar(): Ear {
  const framer = createPushFramer();
  return (bytes) => {
    const [message] = framer.push(bytes).flatMap((one) => (one.kind === 'message' ? [one] : []));
    if (!message) return null;
    const { identification: from, dataSets } = message.message;
    const identity = {
      serial: serialOf(dataSets) ?? '',
      manufacturer: from?.manufacturer ?? '',
      model: from?.identification ?? '',
    };
    return ok({ identity, values: dataSets.map(dataSetValue) });
  };
}

function positionalValue(value: PositionalValue): ConsoleValue {
  const [register] = normalisePositional([value]).values;
  return {
    code: value.obis,
    text: value.number ? formatDecimal(value.number) : (value.text ?? ''),
    unit: value.unit ?? '',
    canonical: register ? `${formatDecimal(register.value)} ${register.unit}` : null,
    quantity: register?.quantity ?? '',
    time: register?.at ?? null,
  };
}

const MAX_PUSH = 16_384;
const SERIAL_CODES = /^(?:\d+-\d+:)?(?:96\.1\.[01]|0\.0\.[05]|42\.0\.0)/;

/** Bytes are kept until they are a whole push; an unfinished one waits for its rest. */
function pushEar(): Ear {
  let heard: Uint8Array = new Uint8Array(0);
  return (bytes) => {
    heard = concatBytes(heard, bytes);
    if (heard.length > MAX_PUSH) heard = heard.slice(-MAX_PUSH);
    const push = readPush(heard, { key: null, authKey: null });
    const notice = push.notifications.find(({ body }) => body !== null);
    if (push.fault || !notice?.body) {
      const isSealed = !push.fault && push.notifications.some(({ security }) => security);
      return isSealed ? sealed : null;
    }
    const named = namePositional(notice.body);
    const values = named ? named.values.map(positionalValue) : valuesOf(notice.body).map(dlmsValue);
    if (values.length === 0) return null;
    const serial = values.find(({ code }) => SERIAL_CODES.test(code))?.text ?? '';
    return ok({ identity: { serial, manufacturer: '', model: named?.list ?? '' }, values });
  };
}

const EARS = { sml: smlEar, p1: p1Ear, 'iec-push': modeDEar, 'dlms-push': pushEar } as const;
type Pushing = keyof typeof EARS;

/** A meter sends every second to every ten; what is asked for gets one interval more. */
const READ_MS = 15_000;

async function hear(
  work: Work,
  { protocol, settings, ms }: { protocol: Pushing; settings: SerialSettings; ms: number },
): Promise<Result<Message>> {
  const ear = EARS[protocol]();
  const heard = await listenFor(work, { settings, ms }, ear);
  return heard.ok ? heard.value : heard;
}

export const isPushing = (protocol: ConsoleProtocol): protocol is Pushing => protocol in EARS;

export async function detectPushed(
  work: Work,
  how: { readonly protocol: Pushing; readonly settings: SerialSettings; readonly ms: number },
): Promise<Result<FoundDevice>> {
  const heard = await hear(work, how);
  if (!heard.ok) return heard;
  const { protocol, settings } = how;
  return ok({ protocol, settings, identity: heard.value.identity, kind: 'meter', address: '' });
}

export async function readPushed(work: Work, device: FoundDevice): Promise<Result<ReadParts>> {
  const { protocol, settings } = device;
  if (!isPushing(protocol)) return fault('unknown_protocol', 'Nobody listens to this protocol.');
  const heard = await hear(work, { protocol, settings, ms: READ_MS });
  return heard.ok ? ok({ ...heard.value, profiles: [], neighbours: [] }) : heard;
}
