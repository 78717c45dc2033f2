/**
 * Rows of a CSV file of unknown origin: UTF-8 with or without BOM, UTF-16 with one, Windows-1251;
 * fields between `;`, `,` or tabs, quoted or not; lines ended in any way.
 *
 * It knows bytes and quotes (RFC 4180 and what spreadsheets make of it); it knows no column. The
 * import services call it. It never throws on content: a quote that stays open ends with the file.
 */
const [QUOTE, CR, LF] = [0x22, 0x0d, 0x0a];
const DELIMITERS = [0x3b, 0x09, 0x2c];

export type CsvRow = {
  /** Line on which the row begins, counted from 1. */
  readonly line: number;
  readonly fields: readonly string[];
};

/** The rows of a file, empty lines left out; the first is usually the header. */
export function* scanCsv(file: Uint8Array): Generator<CsvRow> {
  const { bytes, decode } = openText(file);
  const delimiter = findDelimiter(bytes);
  let at = 0;
  let line = 1;
  while (at < bytes.length) {
    const begin = line;
    const fields: string[] = [];
    for (;;) {
      const field = readField(bytes, at, delimiter);
      line += field.lines;
      fields.push(decode(field.bytes));
      at = field.end;
      if (bytes[at] !== delimiter) break;
      at++;
    }
    if (bytes[at] === CR) at++;
    if (bytes[at] === LF) at++;
    line++;
    if (fields.length > 1 || fields[0] !== '') yield { line: begin, fields };
  }
}

type Field = { readonly bytes: Uint8Array; readonly end: number; readonly lines: number };

/** The field at `at`, without quotes and outer spaces; `end` is at its delimiter or line end. */
function readField(bytes: Uint8Array, at: number, delimiter: number): Field {
  let start = at;
  while (bytes[start] === 0x20) start++;
  if (bytes[start] === QUOTE) return readQuoted(bytes, start + 1, delimiter);
  let end = start;
  while (end < bytes.length && !isFieldEnd(bytes[end]!, delimiter)) end++;
  let last = end;
  while (last > start && bytes[last - 1] === 0x20) last--;
  return { bytes: bytes.subarray(start, last), end, lines: 0 };
}

const isFieldEnd = (byte: number, delimiter: number): boolean =>
  byte === delimiter || byte === CR || byte === LF;

function readQuoted(bytes: Uint8Array, start: number, delimiter: number): Field {
  const out: number[] = [];
  let lines = 0;
  let at = start;
  for (; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === LF) lines++;
    if (byte !== QUOTE) out.push(byte);
    else if (bytes[at + 1] === QUOTE) out.push(bytes[++at]!);
    else break;
  }
  // What stands between the closing quote and the delimiter belongs to nobody.
  let end = Math.min(at + 1, bytes.length);
  while (end < bytes.length && !isFieldEnd(bytes[end]!, delimiter)) end++;
  return { bytes: Uint8Array.from(out), end, lines };
}

/** The delimiter that the first line has most of; quoted ones do not count. */
function findDelimiter(bytes: Uint8Array): number {
  const counts = DELIMITERS.map(() => 0);
  let quoted = false;
  for (const byte of bytes) {
    if (byte === QUOTE) quoted = !quoted;
    if (!quoted && (byte === LF || byte === CR) && counts.some((n) => n > 0)) break;
    const which = quoted ? -1 : DELIMITERS.indexOf(byte);
    if (which >= 0) counts[which]!++;
  }
  return DELIMITERS[counts.indexOf(Math.max(...counts))]!;
}

type Text = { readonly bytes: Uint8Array; readonly decode: (field: Uint8Array) => string };

/** Bytes in which delimiters and quotes are single bytes, and how their fields are read. */
function openText(file: Uint8Array): Text {
  if (file[0] === 0xff && file[1] === 0xfe) {
    return utf8(new TextEncoder().encode(new TextDecoder('utf-16le').decode(file)));
  }
  const bytes = file[0] === 0xef && file[1] === 0xbb && file[2] === 0xbf ? file.subarray(3) : file;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return utf8(bytes);
  } catch {
    const decoder = new TextDecoder('windows-1251');
    return { bytes, decode: (field) => decoder.decode(field) };
  }
}

function utf8(bytes: Uint8Array): Text {
  const decoder = new TextDecoder();
  return { bytes, decode: (field) => decoder.decode(field) };
}
