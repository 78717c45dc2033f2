/**
 * Modbus protocol data units: function code and fields, both directions (MODBUS Application
 * Protocol V1.1b3, MAP). Knows the layouts of `pdu.table.ts` and walks them; it knows no unit
 * address and no check sum (`rtu.ts`, `tcp.ts`, `ascii.ts`). Called by those, by `session.ts`, the
 * virtual device and the command line.
 */
import { ByteReader, ByteWriter } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { readPart, writePart } from './pdu-parts.ts';
import { FUNCTION_TABLE, type FunctionRow, type NumberName, type Part } from './pdu.table.ts';

export type Direction = 'request' | 'response';

export type FileRecord = {
  readonly fileNumber: number | null;
  readonly recordNumber: number | null;
  /** Registers of the record, as announced or as sent. */
  readonly recordLength: number;
  readonly data: Uint8Array;
};

export type DeviceObject = { readonly id: number; readonly value: Uint8Array };

/** Only the fields that the function has in this direction are present. */
export type PduFields = { readonly [K in NumberName]?: number } & {
  readonly bits?: readonly boolean[];
  readonly registers?: readonly number[];
  readonly writeRegisters?: readonly number[];
  readonly data?: Uint8Array;
  readonly messageCount?: number;
  readonly events?: readonly number[];
  readonly serverId?: Uint8Array;
  /** Byte behind the identifier: FFh is running. */
  readonly runIndicator?: number;
  readonly records?: readonly FileRecord[];
  readonly objects?: readonly DeviceObject[];
};

/** The fields while they are read. */
export type PduDraft = { -readonly [K in keyof PduFields]: PduFields[K] };

export type ModbusPdu = {
  /** 1 to 127: the exception bit is told by `exceptionCode`. */
  readonly functionCode: number;
  readonly direction: Direction;
  readonly fields: PduFields;
};

/** MAP clause 4.1: 256 bytes of a serial frame less address and check sum. */
export const MAX_PDU = 253;
const EXCEPTION_BIT = 0x80;
const EXCEPTION: readonly Part[] = [{ part: 'u8', name: 'exceptionCode' }];
const CLAUSE = { clause: 'MODBUS Application Protocol V1.1b3 6' };
const ROWS: ReadonlyMap<number, FunctionRow> = new Map(
  FUNCTION_TABLE.map((row): [number, FunctionRow] => [row.code, row]),
);

/** The layout behind the function code; null when the function has none in this direction. */
export function partsOf(code: number, direction: Direction): readonly Part[] | null {
  if (code & EXCEPTION_BIT) return direction === 'response' ? EXCEPTION : null;
  return ROWS.get(code)?.[direction] ?? null;
}

export type SizedPdu = { readonly pdu: ModbusPdu; readonly length: number };

/**
 * Reads the PDU at the start of `bytes` and tells its length; what is behind it is left alone.
 * Errors: `truncated`, `unsupported_function`, `bad_pdu`.
 */
export function readPdu(bytes: Uint8Array, direction: Direction): Result<SizedPdu> {
  const reader = new ByteReader(bytes.length > MAX_PDU ? bytes.subarray(0, MAX_PDU) : bytes);
  const code = reader.byte();
  if (code === null) return fault('truncated', 'There is no function code.', CLAUSE);
  const parts = partsOf(code, direction);
  if (!parts) return fault('unsupported_function', `Function ${code} is not public.`, CLAUSE);
  const fields: PduDraft = {};
  for (const part of parts) {
    const offset = reader.at;
    const trouble = readPart(reader, part, fields);
    if (trouble === 'truncated') {
      return fault('truncated', 'The PDU is cut off.', { ...CLAUSE, offset });
    }
    if (trouble === 'bad') {
      return fault('bad_pdu', `Its ${part.part} contradicts itself.`, { ...CLAUSE, offset });
    }
  }
  const functionCode = code & ~EXCEPTION_BIT;
  return ok({ pdu: { functionCode, direction, fields }, length: reader.at });
}

/** One whole PDU. Errors: those of `readPdu`, and `bad_pdu` for bytes left over. */
export function decodePdu(bytes: Uint8Array, direction: Direction): Result<ModbusPdu> {
  const read = readPdu(bytes, direction);
  if (!read.ok) return read;
  const { pdu, length } = read.value;
  if (length === bytes.length) return ok(pdu);
  return fault('bad_pdu', 'Bytes are left behind the PDU.', { ...CLAUSE, offset: length });
}

/**
 * Twin of `decodePdu`. Errors: `unsupported_function`, `bad_pdu` when a field that the function
 * needs is missing, out of range, or too much for one PDU.
 */
export function encodePdu(pdu: ModbusPdu): Result<Uint8Array> {
  const { functionCode, direction, fields } = pdu;
  const isException = fields.exceptionCode !== undefined;
  const code = isException ? functionCode | EXCEPTION_BIT : functionCode;
  const parts = partsOf(code, direction);
  if (!parts) return fault('unsupported_function', `Function ${code} is not public.`, CLAUSE);
  const writer = new ByteWriter().byte(code);
  for (const part of parts) {
    if (!writePart(writer, part, fields)) {
      return fault('bad_pdu', `Its ${part.part} is missing or out of range.`, CLAUSE);
    }
  }
  if (writer.length > MAX_PDU) return fault('bad_pdu', 'More than fits into one PDU.', CLAUSE);
  return ok(writer.done());
}

/** True when the length of this PDU is told by its frame alone (diagnostics). */
export const isOpenEnded = (code: number): boolean =>
  ROWS.get(code)?.response.some(({ part }) => part === 'data') ?? false;
