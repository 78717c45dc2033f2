/**
 * Character level of IEC 62056-21: control characters, parity and block check (clauses 5.2 and
 * 6.3). Knows no message; called by `message.ts`, `session.ts` and `responder.ts`.
 */
export const [SOH, STX, ETX, EOT, ACK, NAK] = [0x01, 0x02, 0x03, 0x04, 0x06, 0x15] as const;

/**
 * The characters without their parity bit. A port opened with eight data bits delivers 7E1
 * characters with the even parity in bit 7; without any bit 7 the bytes are returned as they are.
 */
export function stripParity(bytes: Uint8Array): Uint8Array {
  return bytes.some((byte) => byte > 0x7f) ? bytes.map((byte) => byte & 0x7f) : bytes;
}

/** Whether bit 7 is a parity: characters with an odd number of ones mostly have it set. */
export function carriesParity(bytes: Uint8Array): boolean {
  let balance = 0;
  for (const byte of bytes) {
    if (evenParity(byte) === 0) continue;
    balance += byte > 0x7f ? 1 : -1;
  }
  return balance > 0;
}

/** 1 when the seven bits of a character have an odd number of ones. */
function evenParity(byte: number): number {
  let ones = byte & 0x7f;
  ones ^= ones >> 4;
  ones ^= ones >> 2;
  ones ^= ones >> 1;
  return ones & 1;
}

/** Twin of `stripParity`: even parity in bit 7 (clause 5.2). */
export function addParity(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => (byte & 0x7f) | (evenParity(byte) << 7));
}

/** Block check character of `bytes[from, to)`: exclusive or (ISO 1155, clause 6.3.10). */
export function blockCheck(bytes: Uint8Array, from: number, to: number): number {
  let bcc = 0;
  for (let i = from; i < to; i++) bcc ^= bytes[i]! & 0x7f;
  return bcc;
}
