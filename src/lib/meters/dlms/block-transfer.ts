/**
 * General block transfer: an APDU in numbered blocks (IEC 62056-5-3:2017 clause 6.13). Knows block
 * numbers, not what is inside; called by the push reader.
 */
import { concatBytes } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import type { ServiceApdu } from './apdu.ts';
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
