/**
 * P1 telegrams in the words of the decoder contract. Knows the contract's field names; the codec
 * knows the rest. Called by `decode-protocols.ts`.
 */
import { toHex } from '#lib/base/bytes.ts';
import { toNumber } from '#lib/base/decimal.ts';
import { openEnvelope, readEnvelope } from '#lib/meters/dsmr/encrypted.ts';
import { createP1Framer } from '#lib/meters/dsmr/framer.ts';
import type { P1LogRow, P1Object, P1Value } from '#lib/meters/dsmr/object.ts';
import { parseTelegram, type P1Telegram } from '#lib/meters/dsmr/telegram.ts';
import { instantOf } from '#lib/meters/dsmr/time.ts';
import { statusOf } from '#lib/meters/status.ts';
import type { DecodeInput, DecodeOutput } from './decode-protocols.ts';

function valueJson(value: P1Value): object {
  switch (value.kind) {
    case 'number':
      return { value: toNumber(value.value), unit: value.unit };
    case 'text':
      return { value: value.text, unit: null };
    case 'none':
      return { value: null, unit: null };
  }
}

const logJson = ({ times, value }: P1LogRow): object => ({
  times: times.map(({ local }) => local),
  ...valueJson(value),
});

function objectJson({ obis, groups, value, time, log }: P1Object): object {
  const instant = time && instantOf(time);
  return {
    obis,
    ...valueJson(value),
    ...(time && { time: time.local }),
    ...(instant !== null && { instant: new Date(instant).toISOString() }),
    ...(groups.length > 1 && { raw: groups.map((group) => `(${group})`).join('') }),
    ...(log.length > 0 && { log: log.map(logJson) }),
  };
}

const hex4 = (sum: number): string => sum.toString(16).toUpperCase().padStart(4, '0');

function crcJson(crc: P1Telegram['crc']): object {
  if (!crc) return {};
  return {
    crc: { valid: crc.valid, received: hex4(crc.received), computed: hex4(crc.computed) },
  };
}

function plain(bytes: Uint8Array): DecodeOutput {
  const telegram = parseTelegram(bytes);
  if (!telegram.ok) return { status: statusOf(telegram.error), error: telegram.error };
  const { objects, crc, isWhole, manufacturer, identification, unreadable } = telegram.value;
  const isEmpty = objects.length === 0;
  return {
    status: isWhole ? (isEmpty ? 'error' : 'decoded') : 'incomplete',
    ...(isWhole && isEmpty && { error: { code: 'no_data' } }),
    message: { kind: 'data', manufacturer, identification },
    values: objects.map(objectJson),
    ...crcJson(crc),
    ...(unreadable.length > 0 && { unreadable }),
  };
}

function encrypted({ bytes, key, authKey }: DecodeInput): DecodeOutput {
  const framer = createP1Framer();
  const events = [...framer.push(bytes), ...framer.flush()];
  const sealed = events.find(({ kind }) => kind === 'encrypted')?.bytes ?? bytes;
  const envelope = readEnvelope(sealed);
  if (!envelope.ok) return { status: statusOf(envelope.error), error: envelope.error };
  const { systemTitle, securityControl, invocationCounter } = envelope.value;
  const security = {
    system_title: toHex(systemTitle),
    security_control: securityControl,
    invocation_counter: invocationCounter,
  };
  if (!key) return { status: 'encrypted', error: { code: 'no_key' }, security };
  const opened = openEnvelope(envelope.value, { key, authKey });
  if (!opened.ok) return { status: statusOf(opened.error), error: opened.error, security };
  const { telegram, authKey: source } = opened.value;
  const proved = { authenticated: true, authentication_key: source };
  return { ...plain(telegram), security: { ...security, ...proved } };
}

export const decodeDsmr = (input: DecodeInput): DecodeOutput =>
  input.protocol === 'dsmr_encrypted' ? encrypted(input) : plain(input.bytes);
