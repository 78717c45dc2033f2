/**
 * Modbus frames in the words of the decoder contract. Knows the contract's field names; the codec
 * knows the rest. Called by `decode-protocols.ts`.
 */
import { toHex } from '#lib/base/bytes.ts';
import type { Fault, Result } from '#lib/base/result.ts';
import { decodeAscii, decodeRtu, decodeTcp, type ModbusAdu } from '#lib/meters/modbus/frames.ts';
import { createModbusFramer } from '#lib/meters/modbus/framer.ts';
import { decodePdu, type Direction, type ModbusPdu } from '#lib/meters/modbus/pdu.ts';
import { statusOf } from '#lib/meters/status.ts';
import type { DecodeInput, DecodeOutput } from './decode-protocols.ts';

type Sums = { readonly crc_valid?: boolean; readonly lrc_valid?: boolean };

const snake = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

function fieldJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (!Array.isArray(value)) return value;
  return value.map((item: unknown) =>
    typeof item === 'object' && item !== null ? objectJson(item) : item,
  );
}

const objectJson = (object: object): object =>
  Object.fromEntries(
    Object.entries(object)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [snake(name), fieldJson(value)]),
  );

/** FFh is running, 00h is not (MODBUS Application Protocol V1.1b3 clause 6.13). */
const RUNNING = 0xff;

const pduJson = ({ functionCode, fields }: ModbusPdu): object => ({
  function_code: functionCode,
  ...objectJson(fields),
  ...(fields.runIndicator !== undefined && { run_indicator: fields.runIndicator === RUNNING }),
});

const failed = (error: Fault, more: object = {}): DecodeOutput => ({
  status: statusOf(error),
  error,
  ...more,
});

/** The PDU in the direction that the line states, else in whichever it can be read. */
function readAs(bytes: Uint8Array, direction: string | null): Result<ModbusPdu> {
  const known = direction === 'request' || direction === 'response' ? direction : null;
  const first = decodePdu(bytes, known ?? 'response');
  return first.ok || known ? first : decodePdu(bytes, 'request');
}

function pduOutput(bytes: Uint8Array, direction: string | null, more: object): DecodeOutput {
  const pdu = readAs(bytes, direction);
  return pdu.ok ? { status: 'decoded', ...more, pdu: pduJson(pdu.value) } : failed(pdu.error, more);
}

const aduJson = (adu: ModbusAdu, sums: Sums): object => ({
  unit: adu.unit,
  ...(adu.transaction !== null && { transaction: adu.transaction }),
  ...sums,
});

/** A frame with bytes behind or around it: the first one that proves itself. */
function firstFrame(bytes: Uint8Array, direction: string | null): ModbusAdu | null {
  const sides: readonly Direction[] = direction === 'request' ? ['request'] : ['response'];
  for (const side of sides) {
    const framer = createModbusFramer('rtu', side);
    for (const event of [...framer.push(bytes), ...framer.flush()]) {
      if (event.kind === 'frame') return event.adu;
    }
  }
  return null;
}

function rtu({ bytes, direction }: DecodeInput): DecodeOutput {
  const whole = decodeRtu(bytes);
  const adu = whole.ok ? whole.value : firstFrame(bytes, direction);
  if (adu) return pduOutput(adu.pdu, direction, { adu: aduJson(adu, { crc_valid: true }) });
  const error = whole.ok ? { code: 'bad_crc', detail: '' } : whole.error;
  const more = bytes.length >= 4 ? { adu: { unit: bytes[0], crc_valid: false } } : {};
  return failed(error, more);
}

function enveloped(adu: Result<ModbusAdu>, direction: string | null, sums: Sums): DecodeOutput {
  if (!adu.ok) return failed(adu.error);
  return pduOutput(adu.value.pdu, direction, { adu: aduJson(adu.value, sums) });
}

export function decodeModbus(input: DecodeInput): DecodeOutput {
  const { bytes, direction, protocol } = input;
  switch (protocol) {
    case 'modbus_pdu':
      return pduOutput(bytes, direction, {});
    case 'modbus_rtu':
      return rtu(input);
    case 'modbus_tcp':
      return enveloped(decodeTcp(bytes), direction, {});
    case 'modbus_ascii':
      return enveloped(decodeAscii(bytes), direction, { lrc_valid: true });
    default:
      return { status: 'unsupported', error: { code: 'unsupported_protocol' } };
  }
}
