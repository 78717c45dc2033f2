/**
 * General block transfer: an APDU in numbered blocks (IEC 62056-5-3:2017 clause 6.13). Knows block
 * numbers, not what is inside; called by the push reader, the client and simulated meters.
 */
import { concatBytes } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { encodeApdu, type ServiceApdu } from './apdu.ts';
import { readBlockControl } from './fields.ts';

export type BlockApdu = Extract<ServiceApdu, { readonly type: 'general-block-transfer' }>;

export type Blocks = { readonly next: number; readonly bytes: Uint8Array };

export const NO_BLOCKS: Blocks = { next: 1, bytes: new Uint8Array(0) };

/**
 * Adds a block; `whole` is the APDU once the last block came. Block 1 starts anew. Errors:
 * `lost_block` when a number is missing.
 */
export function addBlock(
  blocks: Blocks,
  apdu: BlockApdu,
): Result<{ readonly blocks: Blocks; readonly whole: Uint8Array | null }> {
  const start = apdu.blockNumber === 1 ? NO_BLOCKS : blocks;
  if (apdu.blockNumber !== start.next) {
    const detail = `Block ${start.next} should follow, ${apdu.blockNumber} came.`;
    return fault('lost_block', detail, { clause: 'IEC 62056-5-3:2017 6.13' });
  }
  const bytes = concatBytes(start.bytes, apdu.data);
  const isLast = readBlockControl(apdu.control).lastBlock;
  return ok(
    isLast
      ? { blocks: NO_BLOCKS, whole: bytes }
      : { blocks: { next: start.next + 1, bytes }, whole: null },
  );
}

const [LAST, WINDOW_OF_ONE] = [0x80, 1];

/** Twin of `addBlock`: an APDU in blocks of `size` bytes, each to be acknowledged. */
export function cutBlocks(apdu: Uint8Array, size: number, ack = 0): readonly Uint8Array[] {
  const count = Math.max(1, Math.ceil(apdu.length / size));
  return Array.from({ length: count }, (_, i) =>
    encodeApdu({
      type: 'general-block-transfer',
      control: WINDOW_OF_ONE | (i === count - 1 ? LAST : 0),
      blockNumber: i + 1,
      blockNumberAck: ack,
      data: apdu.subarray(i * size, (i + 1) * size),
    }),
  );
}
