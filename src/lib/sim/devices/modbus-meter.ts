/**
 * A meter that answers Modbus requests, byte by byte: registers from a register map, exceptions
 * for what it does not have, a cap on one request. Knows the codec, no port and no clock. Driven
 * by tests and the command line.
 */
import { must } from '#lib/base/assert.ts';
import { createModbusFramer } from '../../meters/modbus/framer.ts';
import { encodeAdu, type ModbusAdu, type Transmission } from '../../meters/modbus/frames.ts';
import { decodePdu, encodePdu, type ModbusPdu, type PduFields } from '../../meters/modbus/pdu.ts';
import { parseReference, writeNumber, type RegisterMap } from '../../meters/modbus/register-map.ts';

export type ModbusMeterOptions = {
  readonly transmission: Transmission;
  readonly unit: number;
  readonly map: RegisterMap;
  /** By OBIS code, in the unit of the entry; absent ones are zero. */
  readonly values: Readonly<Record<string, number>>;
};

export type ModbusMeter = {
  /** Takes what the reader sends, gives what the meter sends back. */
  write(bytes: Uint8Array): readonly Uint8Array[];
};

const ILLEGAL_FUNCTION = 1;
const ILLEGAL_ADDRESS = 2;
const ILLEGAL_VALUE = 3;

function memoryOf({ map, values }: ModbusMeterOptions): ReadonlyMap<string, number> {
  const memory = new Map<string, number>();
  for (const entry of map.entries) {
    const place = parseReference(entry.reference);
    const { functionCode, address } = must(place.ok ? place.value : null, 'the map is well formed');
    const value = (values[entry.obis] ?? 0) * 10 ** -entry.scale;
    const units = entry.type.startsWith('f') ? value : Math.round(value);
    writeNumber(units, entry).forEach((word, i) =>
      memory.set(`${functionCode}:${address + i}`, word),
    );
  }
  return memory;
}

export function createModbusMeter(options: ModbusMeterOptions): ModbusMeter {
  const memory = memoryOf(options);
  const framer = createModbusFramer(options.transmission, 'request');

  function fieldsFor({ functionCode, fields }: ModbusPdu): PduFields {
    if (functionCode !== 3 && functionCode !== 4) return { exceptionCode: ILLEGAL_FUNCTION };
    const { address = 0, count = 0 } = fields;
    if (count < 1 || count > options.map.maxRegisters) return { exceptionCode: ILLEGAL_VALUE };
    const registers: number[] = [];
    for (let i = 0; i < count; i++) {
      const word = memory.get(`${functionCode}:${address + i}`);
      if (word === undefined && !options.map.readsGaps) return { exceptionCode: ILLEGAL_ADDRESS };
      registers.push(word ?? 0);
    }
    return { registers };
  }

  function answer(adu: ModbusAdu): Uint8Array[] {
    if (adu.unit !== options.unit) return [];
    const asked = decodePdu(adu.pdu, 'request');
    const functionCode = asked.ok ? asked.value.functionCode : adu.pdu[0]! & 0x7f;
    const fields = asked.ok ? fieldsFor(asked.value) : { exceptionCode: ILLEGAL_FUNCTION };
    const pdu = encodePdu({ functionCode, direction: 'response', fields });
    return pdu.ok ? [encodeAdu({ ...adu, pdu: pdu.value }, options.transmission)] : [];
  }

  return {
    write: (bytes) =>
      // A request comes in one piece; the pause behind it ends what was broken.
      [...framer.push(bytes), ...framer.flush()].flatMap((event) =>
        event.kind === 'frame' ? answer(event.adu) : [],
      ),
  };
}
