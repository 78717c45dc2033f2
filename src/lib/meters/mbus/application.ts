/**
 * The application layer behind a transport header: full, compact and format frames, application
 * errors and alarms (EN 13757-3:2018 clauses 6 and 10, annex F). Knows no key and no link layer;
 * called by the wired and the wireless decoder with the bytes in clear.
 *
 * Compact frames leave out the record headers. The headers that full frames have shown are kept in
 * a `FormatCache`, a value that goes in and comes out, so that the caller may store it.
 */
import { concatBytes, fromHex, toHex } from '#lib/base/bytes.ts';
import type { Fault } from '#lib/base/result.ts';
import { crcEn13757 } from '../crypto/crc.ts';
import { COMPACT_FORMATS } from '../drivers/compact-format.table.ts';
import type { CiContent } from './ci.table.ts';
import { MANUFACTURER_MODES } from './security.ts';
import type { Tpl } from './tpl.ts';
import { decodeRecords, formatSignature, recordFormat, type RecordList } from './records.ts';

/** Record headers by their format signature. */
export type FormatCache = ReadonlyMap<number, Uint8Array>;
export const NO_FORMATS: FormatCache = new Map();

export type Application = RecordList & { readonly formats: FormatCache };

/** A reader meets a few formats; the limit keeps a noisy ether from filling memory. */
const MAX_FORMATS = 512;

const nothing = (formats: FormatCache, fault: Fault | null): Application => ({
  records: [],
  manufacturerData: null,
  moreRecordsFollow: false,
  fault,
  formats,
});

function learn(formats: FormatCache, format: Uint8Array): FormatCache {
  const signature = formatSignature(format);
  if (formats.has(signature) || formats.size >= MAX_FORMATS) return formats;
  return new Map(formats).set(signature, format.slice());
}

/** The formats as hex, for storage: what a phone heard yesterday it can read today. */
export const exportFormats = (formats: FormatCache): readonly string[] =>
  [...formats.values()].map((format) => toHex(format));

/** Twin of `exportFormats`. Rows that are no hex are left out: storage may hold anything. */
export function restoreFormats(rows: readonly string[]): FormatCache {
  let formats = NO_FORMATS;
  for (const row of rows) {
    const bytes = fromHex(row);
    if (bytes.ok && bytes.value.length > 0) formats = learn(formats, bytes.value);
  }
  return formats;
}

/** Formats that are known before any full frame was heard. */
const WELL_KNOWN = restoreFormats(COMPACT_FORMATS.map(({ format }) => format));

const word = (b: Uint8Array, at: number): number => b[at]! | (b[at + 1]! << 8);

/** Puts headers and data of a compact frame together again; fillers are not part of it. */
function fullFrame(list: RecordList, format: Uint8Array, data: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  let dataAt = 0;
  for (const { offset, dif, vif, raw, lvar } of list.records) {
    const head = ((dif?.length ?? 0) + (vif?.length ?? 0)) / 2;
    const size = raw.length / 2 + (lvar === undefined ? 0 : 1);
    parts.push(format.subarray(offset, offset + head), data.subarray(dataAt, dataAt + size));
    dataAt += size;
  }
  return concatBytes(...parts);
}

/** Annex F.2: format signature, CRC of the full frame, data. */
function decodeCompact(body: Uint8Array, formats: FormatCache): Application {
  const clause = 'EN 13757-3:2018 annex F';
  if (body.length < 4) {
    return nothing(formats, { code: 'truncated', detail: 'No format signature.', clause });
  }
  const format = formats.get(word(body, 0)) ?? WELL_KNOWN.get(word(body, 0));
  if (!format) {
    const detail = 'The full frame with this format has not been received yet.';
    return nothing(formats, { code: 'unknown_format', detail, clause });
  }
  const data = body.subarray(4);
  const list = decodeRecords(data, format);
  if (list.fault) return { ...nothing(formats, list.fault), records: list.records };
  if (crcEn13757(fullFrame(list, format, data)) !== word(body, 2)) {
    return nothing(formats, { code: 'bad_crc', detail: 'The full frame CRC is wrong.', clause });
  }
  return { ...list, formats };
}

/** Annex F.3: length, format signature, headers. */
function decodeFormat(body: Uint8Array, formats: FormatCache): Application {
  const clause = 'EN 13757-3:2018 annex F';
  const format = body.subarray(3, 1 + (body[0] ?? 0));
  if (body.length < 3 || body.length < 1 + body[0]!) {
    return nothing(formats, { code: 'truncated', detail: 'The format is cut off.', clause });
  }
  if (formatSignature(format) !== word(body, 1)) {
    return nothing(formats, { code: 'bad_crc', detail: 'The format signature is wrong.', clause });
  }
  return nothing(learn(formats, format), null);
}

/** Clause 10: CI 6Eh, 6Fh, 70h; the code byte may be absent. */
const applicationError = (body: Uint8Array): Fault => ({
  code: 'application_error',
  detail: `The meter reports application error ${body[0] ?? 'without code'}.`,
  clause: 'EN 13757-3:2018 10',
});

const unsupported = (content: CiContent): Fault => ({
  code: content === 'manufacturer' ? 'proprietary' : 'unsupported_application',
  detail: `The application layer (${content}) is not made of records.`,
});

function decodeFull(body: Uint8Array, formats: FormatCache): Application {
  const list = decodeRecords(body);
  if (list.fault || list.records.length === 0) return { ...list, formats };
  return { ...list, formats: learn(formats, recordFormat(body, list.records)) };
}

/**
 * Under a manufacturer's own security mode the body may be clear records or anything else: it is
 * taken for records only when it reads as records to its end.
 */
function doubtful(application: Application, mode: number): Application {
  if (mode < MANUFACTURER_MODES || !application.fault) return application;
  const detail = `Security mode ${mode} is the manufacturer's own.`;
  return nothing(application.formats, { code: 'unsupported_mode', detail });
}

/** Reads `body`, the bytes behind the transport header `tpl`, in clear. */
export function decodeApplication(
  tpl: Pick<Tpl, 'content' | 'mode'>,
  body: Uint8Array,
  formats: FormatCache,
): Application {
  return doubtful(decodeContent(tpl.content, body, formats), tpl.mode);
}

function decodeContent(content: CiContent, body: Uint8Array, formats: FormatCache): Application {
  switch (content) {
    case 'records':
      return decodeFull(body, formats);
    case 'compact':
      return decodeCompact(body, formats);
    case 'format':
      return decodeFormat(body, formats);
    case 'application_error':
      return nothing(formats, applicationError(body));
    case 'transport_only':
      return nothing(formats, null);
    default:
      return { ...nothing(formats, unsupported(content)), manufacturerData: body };
  }
}

/** Twin of the compact frame: the body behind CI 79h for records that a full frame has shown. */
export function encodeCompact(payload: Uint8Array): Uint8Array {
  const { records } = decodeRecords(payload);
  const parts: Uint8Array[] = [];
  const data: Uint8Array[] = [];
  for (const { offset, dif, vif, raw, lvar } of records) {
    const head = ((dif?.length ?? 0) + (vif?.length ?? 0)) / 2;
    const end = offset + head + raw.length / 2 + (lvar === undefined ? 0 : 1);
    parts.push(payload.subarray(offset, end));
    data.push(payload.subarray(offset + head, end));
  }
  const signature = formatSignature(recordFormat(payload, records));
  const crc = crcEn13757(concatBytes(...parts));
  return concatBytes(Uint8Array.of(signature, signature >> 8, crc, crc >> 8), ...data);
}
