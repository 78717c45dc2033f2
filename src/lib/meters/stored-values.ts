/**
 * The values that a meter keeps in its own memory: due dates, month ends, billing periods, each
 * with the meter's wall clock of the day it was kept.
 *
 * It knows how M-Bus storage numbers and IEC 62056-21 billing periods are dated; it knows no zone
 * and no register catalogue. The server's ingest calls it. A value whose day the meter did not tell
 * is left out: a guessed month would look like a measured one.
 */
import { addMonths, civilMonth, daysInMonth } from '#lib/base/civil.ts';
import type { DataSet } from './iec62056-21/data-set.ts';
import { normaliseDataSets, normaliseRecords, type RegisterValue } from './normalise.ts';
import type { DataRecord } from './telegram.ts';

/** `at` is `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM[:SS]` of the meter's clock. */
export type StoredValue = RegisterValue & { readonly at: string };

/** The stored registers of a telegram of a meter with device type `type`. */
export function storedRecords(records: readonly DataRecord[], type: number): StoredValue[] {
  const { values } = normaliseRecords(records, type);
  const series = seriesOf(records, values);
  return values.filter(isStored).flatMap((value) => {
    const at = value.at ?? dateInSeries(series, value.storage);
    return at === null || !DATED.test(at) ? [] : [{ ...value, at }];
  });
}

/** The billing periods of a readout: `1.8.0*12`, dated by `0.1.2*12`. */
export function storedDataSets(sets: readonly DataSet[]): StoredValue[] {
  const times = new Map<number, string>();
  for (const { address, value } of sets) {
    const [, period] = PERIOD_END.exec(address) ?? [];
    const at = period === undefined ? null : clockText(value);
    if (at) times.set(Number(period), at);
  }
  return normaliseDataSets(sets)
    .values.filter(isStored)
    .flatMap((value) => {
      const at = times.get(value.storage);
      return at === undefined ? [] : [{ ...value, at }];
    });
}

const DATED = /^\d{4}-\d\d-\d\d/;
const isStored = ({ storage, subunit }: RegisterValue): boolean => storage > 0 && subunit === 0;

/** VIF FDh 28h, storage interval in months (EN 13757-3:2018 table 12). */
const INTERVAL_MONTHS = 'FD28';

/** A block of storage numbers of which the first is dated and the others lie `months` apart. */
type Series = { readonly first: number; readonly date: string; readonly months: number };

function seriesOf(records: readonly DataRecord[], values: readonly RegisterValue[]): Series[] {
  return records.flatMap(({ vif, storage, value }) => {
    if (vif?.toUpperCase() !== INTERVAL_MONTHS || value.kind !== 'number') return [];
    const date = values.find((one) => one.storage === storage && one.at !== null)?.at ?? null;
    const months = Number(value.value.units) * 10 ** value.value.scale;
    const isDay = date !== null && /^\d{4}-\d\d-\d\d$/.test(date);
    return isDay && Number.isInteger(months) && months > 0
      ? [{ first: storage, date, months }]
      : [];
  });
}

/** Higher numbers of a block are older (EN 13757-3:2018 annex on storage numbers). */
function dateInSeries(series: readonly Series[], storage: number): string | null {
  const own = series.filter(({ first }) => first <= storage).sort((a, b) => b.first - a.first)[0];
  if (!own) return null;
  const month = civilMonth(own.date);
  const then = addMonths(month, -own.months * (storage - own.first));
  const day = Number(own.date.slice(8));
  // The last day of a month stays the last one, whatever the month's length.
  const isLast = day === daysInMonth(month);
  const days = daysInMonth(then);
  return `${then}-${String(isLast ? days : Math.min(day, days)).padStart(2, '0')}`;
}

/** IEC 62056-6-1 clause 6.2, C = 0, D = 1, E = 2: time of a billing period's end. */
const PERIOD_END = /^(?:1-\d+:)?0\.1\.2[*&](\d+)$/;

/** `YYMMDDhhmm[ss]` of a readout (IEC 62056-21 annex B). */
function clockText(value: string): string | null {
  const match = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\d\d)?$/.exec(value.trim());
  if (!match) return null;
  const [, year, month, day, hour, minute] = match;
  const isReal = Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1;
  const isTime = Number(hour) < 24 && Number(minute) < 60;
  if (!isReal || !isTime || Number(day) > daysInMonth(`20${year}-${month}`)) return null;
  return `20${year}-${month}-${day}T${hour}:${minute}`;
}
