/**
 * What a meter says about itself: the status byte of the transport header and the error flags among
 * its records, as words. Knows the bits, not their remedy; called by whoever keeps a journal and by
 * the explanation of a telegram.
 *
 * EN 13757-7:2018 clause 7.5.6, status byte:
 *
 * | bits | meaning                                                                      |
 * | 0, 1 | 00 no error, 01 application busy, 10 any application error, 11 abnormal, alarm |
 * | 2    | power low                                                                    |
 * | 3    | permanent error                                                              |
 * | 4    | temporary error                                                              |
 * | 5..7 | specific to the manufacturer                                                 |
 */
import type { DataRecord } from '../telegram.ts';

export const METER_REPORTS = [
  'application-error',
  'alarm',
  'battery-low',
  'permanent-error',
  'temporary-error',
  'maker-status',
  'error-flags',
] as const;
export type MeterReport = (typeof METER_REPORTS)[number];

/** Words of the status byte; busy is no state of the meter and has none. */
export function reportsOfStatus(status: number): MeterReport[] {
  const reports: MeterReport[] = [];
  if ((status & 3) === 2) reports.push('application-error');
  if ((status & 3) === 3) reports.push('alarm');
  if (status & 0x04) reports.push('battery-low');
  if (status & 0x08) reports.push('permanent-error');
  if (status & 0x10) reports.push('temporary-error');
  if (status & 0xe0) reports.push('maker-status');
  return reports;
}

/**
 * True when present error flags are set (VIF FDh 17h, EN 13757-3:2018 table 12). What each bit
 * means is the maker's; stored ones (storage above 0) tell of the past.
 */
export const hasErrorFlags = (records: readonly DataRecord[]): boolean =>
  records.some(
    ({ quantity, storage, value }) =>
      quantity === 'error_flags' &&
      storage === 0 &&
      value.kind === 'number' &&
      value.value.units !== 0n,
  );
