/**
 * Lists of the concentrator EMIS 951 as the console shows them: managed meters with their way
 * through the power line (E-51 to E-54), journal in words (E-58). Knows shapes, no session.
 */
import type { DlmsData } from '#lib/meters/dlms/axdr.ts';
import { instantOf, readDateTime } from '#lib/meters/dlms/date-time.ts';
import { integerOf, plainOf } from '#lib/meters/dlms/values.ts';
import { emisEvent } from '#lib/meters/drivers/emis951.table.ts';
import type { JournalEntry, ManagedMeterView, ProfileTable } from './types.ts';

const itemsOf = (data: DlmsData | null): readonly DlmsData[] =>
  data && (data.type === 'array' || data.type === 'structure') ? data.value : [];

const textOf = (data: DlmsData | undefined): string => (data ? (plainOf(data) ?? '') : '');
const numberOf = (data: DlmsData | undefined): number | null => {
  const integer = integerOf(data);
  return integer === null ? null : Number(integer);
};

function timeOf(data: DlmsData | undefined): number | null {
  const time = data?.type === 'octet-string' ? readDateTime(data.value) : null;
  return time && instantOf(time);
}

/** Rows that have no number or no serial are left out: nobody could ask for them. */
export function metersOf(
  list: DlmsData,
  more: { readonly blackList: DlmsData | null; readonly topology: DlmsData | null },
): readonly ManagedMeterView[] {
  const black = new Set(itemsOf(more.blackList).map(textOf));
  const places = new Map(
    itemsOf(more.topology).map((item) => {
      const [serial, parent, level] = itemsOf(item);
      return [textOf(serial), { parent: numberOf(parent), level: numberOf(level) }] as const;
    }),
  );
  return itemsOf(list).flatMap((item): ManagedMeterView[] => {
    const [number, serial, onLine, success, failure, failures] = itemsOf(item);
    const name = textOf(serial);
    const poll = numberOf(number);
    if (poll === null || !name) return [];
    const { parent = null, level = null } = places.get(name) ?? {};
    return [
      {
        number: poll,
        serial: name,
        isOnLine: onLine?.type === 'boolean' && onLine.value,
        isBlackListed: black.has(name),
        lastSuccessAt: timeOf(success),
        lastFailureAt: timeOf(failure),
        failures: numberOf(failures) ?? 0,
        parent,
        level,
      },
    ];
  });
}

/** Newest first, as a person asks. */
export const journalOf = ({ rows }: ProfileTable): readonly JournalEntry[] =>
  rows
    .map(({ at, cells }): JournalEntry => {
      const code = Number(cells[0] ?? 0);
      const row = emisEvent(code);
      return {
        at,
        code,
        event: row?.event ?? '',
        phase: row?.phase ?? null,
        edge: row?.edge ?? null,
        serial: cells[1] ?? '',
      };
    })
    .toReversed();
