/**
 * Whether the records of a telegram may be read as readings. Some makers announce one record more
 * than they send: the frame is whole by its own length and check sums, and every record before the
 * cut is complete. A frame that is itself cut off is never readable.
 */
import type { WmbusTelegram } from './decode.ts';

export const isReadable = ({ status, fault, records, payload }: WmbusTelegram): boolean =>
  status === 'decoded' ||
  (status === 'incomplete' &&
    fault?.code === 'truncated' &&
    payload !== null &&
    records.length > 0);
