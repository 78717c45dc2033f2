/**
 * UTF-8 bytes as text, without the platform's decoder (RFC 3629). Knows no data type. Called by
 * the readers that show `utf8-string` values.
 */
const REPLACEMENT = '\ufffd';

/** Length of the sequence that `lead` begins; 0 for a byte that begins none. */
function sequenceSize(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

function codePoint(b: Uint8Array, at: number, size: number): number | null {
  let c = size === 1 ? b[at]! : b[at]! & (0x7f >> size);
  for (let i = 1; i < size; i++) {
    const byte = b[at + i] ?? 0;
    if ((byte & 0xc0) !== 0x80) return null;
    c = (c << 6) | (byte & 0x3f);
  }
  const isShortest = size < 3 || c >= (size === 3 ? 0x800 : 0x1_0000);
  const isScalar = c <= 0x10_ffff && (c < 0xd800 || c > 0xdfff);
  return isShortest && isScalar ? c : null;
}

/** Broken sequences become U+FFFD. */
export function toUtf8(b: Uint8Array): string {
  let out = '';
  for (let at = 0; at < b.length;) {
    const size = sequenceSize(b[at]!);
    const c = size > 0 ? codePoint(b, at, size) : null;
    out += c === null ? REPLACEMENT : String.fromCodePoint(c);
    at += c === null ? 1 : size;
  }
  return out;
}
