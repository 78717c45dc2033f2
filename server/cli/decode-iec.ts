/**
 * IEC 62056-21 messages in the words of the decoder contract. Knows the contract's field names;
 * decodes nothing itself. Called by `decode-protocols.ts`.
 */
import { toNumber } from '#lib/base/decimal.ts';
import type { DataSet } from '#lib/meters/iec62056-21/data-set.ts';
import {
  parseMessage,
  type Identification,
  type IecMessage,
} from '#lib/meters/iec62056-21/message.ts';
import { statusOf } from '#lib/meters/status.ts';
import type { DecodeInput, DecodeOutput } from './decode-protocols.ts';

const identificationJson = (id: Identification): object => ({
  kind: 'identification',
  manufacturer: id.manufacturer,
  baud_char: id.baudChar,
  ...(id.baud !== null && { baud: id.baud }),
  mode: id.mode,
  mode_e: id.speaksHdlc,
  reaction_time_ms: id.reactionTimeMs,
  identification: id.identification,
});

const valueJson = (set: DataSet): object => ({
  obis: set.address,
  value: set.number ? toNumber(set.number) : set.value,
  unit: set.unit,
  text: set.value,
});

function messageJson(message: IecMessage): object {
  switch (message.kind) {
    case 'request':
      return { message: { kind: 'request', device_address: message.address } };
    case 'identification':
      return { message: identificationJson(message) };
    case 'ack': {
      const { kind, protocol, baudChar: baud_char, modeChar: mode_char } = message;
      return { message: { kind, protocol, baud_char, mode_char } };
    }
    case 'nak':
      return { message: { kind: 'nak' } };
    case 'command': {
      const { kind, command, type, data } = message;
      const address = data?.address ? { address: data.address } : {};
      const unit = data?.unit ? { unit: data.unit } : {};
      const value = data ? { value: data.value } : {};
      return { message: { kind, command, type, ...address, ...value, ...unit } };
    }
    case 'data': {
      const { identification: id, dataSets } = message;
      return {
        message: { kind: 'data', ...(id && { identification: identificationJson(id) }) },
        values: dataSets.map(valueJson),
      };
    }
  }
}

export function decodeIec({ bytes, ignoreBcc }: DecodeInput): DecodeOutput {
  const parsed = parseMessage(bytes);
  if (!parsed.ok) return { status: statusOf(parsed.error), error: parsed.error };
  const { message, bccValid } = parsed.value;
  const bcc = bccValid === null || ignoreBcc ? {} : { bcc: { valid: bccValid } };
  if (bccValid === false && !ignoreBcc) {
    return { status: 'error', error: { code: 'bad_bcc' }, ...bcc };
  }
  return { status: 'decoded', ...messageJson(message), ...bcc };
}
