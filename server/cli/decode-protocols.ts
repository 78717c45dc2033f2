/**
 * The decoder contract: one JSON object in, one out. Knows the field names of the contract and
 * which codec serves which protocol word; the codecs know nothing of it. Called by `decode.ts` and
 * the vector tests.
 */
import { fromHex, fromLatin1 } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import {
  decodeApduLine,
  decodeDataLine,
  decodeHdlcAddress,
  decodeHdlcStream,
  decodePush,
} from './decode-dlms.ts';
import { decodeDongle } from './decode-dongle.ts';
import { decodeDsmr } from './decode-dsmr.ts';
import { decodeIec } from './decode-iec.ts';
import { decodeModbus } from './decode-modbus.ts';
import { decodeSml } from './decode-sml.ts';
import { decodeRecordStream, decodeWired, decodeWireless } from './decode-mbus.ts';

/** One line of input, checked. */
export type DecodeInput = {
  readonly id: string;
  readonly protocol: string;
  readonly bytes: Uint8Array;
  readonly key: Uint8Array | null;
  readonly authKey: Uint8Array | null;
  readonly contextFrames: readonly Uint8Array[];
  readonly frames: readonly Uint8Array[] | null;
  readonly direction: string | null;
  readonly octetStuffing: boolean;
  readonly dongle: string | null;
  readonly ignoreBcc: boolean;
};

export type DecodeOutput = { readonly status: string } & Readonly<Record<string, unknown>>;

const PROTOCOLS: readonly (readonly [RegExp, (input: DecodeInput) => DecodeOutput])[] = [
  [/^mbus_records$/, decodeRecordStream],
  [/^mbus(_dialogue)?$/, decodeWired],
  [/^wmbus(_frame|_layer)?$/, decodeWireless],
  [/^dongle_/, decodeDongle],
  [/^iec62056_21/, decodeIec],
  [/^dsmr(_encrypted)?$/, decodeDsmr],
  [/^sml(_transport)?$/, decodeSml],
  [/^modbus_(pdu|rtu|tcp|ascii)$/, decodeModbus],
  [/^hdlc_address$/, decodeHdlcAddress],
  [/^hdlc(_stream)?$/, decodeHdlcStream],
  [/^dlms_(apdu|security)$/, decodeApduLine],
  [/^dlms_(data|push_body)$/, decodeDataLine],
  [/^(dlms_(push(_llc)?|wrapper)|mbus_dlms_transport)$/, decodePush],
];

function hexField(value: unknown): Result<Uint8Array | null> {
  if (value === undefined || value === null || value === '') return ok(null);
  if (typeof value !== 'string') return fault('bad_input', 'Hex fields are strings.');
  return fromHex(value);
}

function hexList(value: unknown): Result<readonly Uint8Array[]> {
  if (value === undefined) return ok([]);
  if (!Array.isArray(value)) return fault('bad_input', 'Frame lists are arrays.');
  const out: Uint8Array[] = [];
  for (const item of value) {
    const bytes = hexField(item);
    if (!bytes.ok) return bytes;
    if (bytes.value) out.push(bytes.value);
  }
  return ok(out);
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

function readInput(json: Record<string, unknown>): Result<DecodeInput> {
  const ascii = textOf(json.ascii);
  const bytes = ascii === null ? hexField(json.hex) : ok(fromLatin1(ascii));
  const key = hexField(json.key);
  const authKey = hexField(json.auth_key);
  const context = hexList(json.context_frames);
  const frames = hexList(json.frames);
  if (!bytes.ok) return bytes;
  if (!key.ok) return key;
  if (!authKey.ok) return authKey;
  if (!context.ok) return context;
  if (!frames.ok) return frames;
  return ok({
    id: String(json.id ?? ''),
    protocol: textOf(json.protocol) ?? '',
    bytes: bytes.value ?? new Uint8Array(0),
    key: key.value,
    authKey: authKey.value,
    contextFrames: context.value,
    frames: json.frames === undefined ? null : frames.value,
    direction: textOf(json.direction),
    octetStuffing: json.octet_stuffing === true,
    dongle: textOf(json.dongle),
    ignoreBcc: json.bcc === 'ignore',
  });
}

function parseObject(line: string): Record<string, unknown> | null {
  try {
    const json: unknown = JSON.parse(line);
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** Decodes one line of the contract. An exception would be our mistake; it becomes an error. */
export function decodeLine(line: string): Record<string, unknown> {
  const json = parseObject(line);
  if (!json) return { id: null, status: 'error', error: { code: 'bad_json' } };
  const id = json.id ?? null;
  const input = readInput(json);
  if (!input.ok) return { id, status: 'error', error: input.error };
  const decode = PROTOCOLS.find(([name]) => name.test(input.value.protocol))?.[1];
  if (!decode) return { id, status: 'unsupported', error: { code: 'unsupported_protocol' } };
  try {
    return { id, ...decode(input.value) };
  } catch (error) {
    return { id, status: 'error', error: { code: 'internal', detail: String(error) } };
  }
}
