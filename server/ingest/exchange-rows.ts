/**
 * The two readings of an exchange on the ordinary way into the store: what the old meter showed at
 * its end and the new one at its start. Knows both shapes; the phone's and the desk's path call it.
 */
import { plainRegisters, type ExchangeVersion } from '#server/registry/exchange-record.ts';
import type { IngestRow } from './types.ts';

/** None for a report that waits for a person. `eventId` is null for what the desk wrote down. */
export function exchangeRows(e: ExchangeVersion, eventId: string | null): IngestRow[] {
  const { body, at, userId, newMeterId, oldMeterId } = e;
  if (newMeterId === null) return [];
  const source = 'exchange' as const;
  const row =
    (meterId: number, confirmed: boolean) => (r: { register: number; value: string }) => ({
      ...{ meterId, register: r.register, value: r.value, at, source, eventId, userId, confirmed },
    });
  return [
    ...plainRegisters(body.old.registers).map(row(oldMeterId, body.confirmed)),
    // A first value has nothing to be compared with; the photo is its proof.
    ...plainRegisters(body.new.registers).map(row(newMeterId, true)),
  ];
}
