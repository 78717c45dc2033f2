/**
 * A row of the round after its meter was exchanged on this phone: the new meter stands there at
 * once, without a network. It knows what of the event the row shows; stops.ts keeps and undoes it.
 */
import { parseDecimal, rescale } from '#lib/base/decimal.ts';
import type { FieldEvent } from '#lib/contract/fieldsync.ts';
import type { MeterExchanged } from '#lib/contract/exchange.ts';
import { registerType } from '#lib/domain/register-types.table.ts';
import type { RoundMeter } from '#lib/contract/round.ts';
import type { PhoneDatabase, Trail } from './database.ts';
import { openTrail, sealTrail } from './sealed-rows.ts';
import type { MeterView } from './types.ts';

/** The plate of the meter that hangs there now, as far as the round's row shows it. */
export type HungMeter = Pick<
  MeterExchanged['new'],
  'serial' | 'manufacturer' | 'radioId' | 'protocol' | 'digits' | 'decimals'
> & {
  /** Decimal text in the register's unit. */
  readonly start: string;
  readonly radioSeen: boolean;
};

type Visit = Trail[number];

/** The start value is the round's reading, unless a radio has still to prove itself. */
export function exchangeVisit(event: FieldEvent): Visit {
  const { new: meter, firstTelegram } = event.body as MeterExchanged;
  const { serial, manufacturer, radioId, protocol, digits, decimals } = meter;
  const start = (meter.registers[0]?.value ?? '0').replace(',', '.');
  const radioSeen = firstTelegram.at !== null;
  return {
    eventId: event.id,
    at: Date.parse(event.at.wall),
    state: radioId === null || radioSeen ? 'read' : 'ahead',
    value: start,
    reason: null,
    source: 'exchange',
    hung: { serial, manufacturer, radioId, protocol, digits, decimals, start, radioSeen },
  };
}

/** What the last exchange changes of the row; null when this phone exchanged nothing there. */
export function exchangedParts(
  row: Pick<RoundMeter, 'register' | 'serial'>,
  trail: Trail = [],
): Partial<MeterView> | null {
  const visit = trail.findLast(({ hung }) => hung !== undefined);
  if (!visit?.hung) return null;
  const { start, radioSeen, ...plate } = visit.hung;
  const value = parseDecimal(start);
  const scale = registerType(row.register)?.scale ?? 0;
  const units = value.ok ? rescale(value.value, scale).units : 0n;
  const { eventId, at } = visit;
  return {
    ...plate,
    // The old meter's values say nothing about the new one; the usual use is the point's.
    history: [[at, String(units)]],
    hasKey: false,
    exchange: { eventId, at, oldSerial: row.serial, radioSeen },
  };
}

/** A point where another meter hangs than in the round as it was before. */
export type MovedStop = { readonly from: number; readonly to: number };

export function movedStops(
  before: readonly RoundMeter[],
  now: readonly RoundMeter[],
): readonly MovedStop[] {
  const meterAt = new Map(before.map(({ pointId, meterId }) => [pointId, meterId]));
  return now.flatMap(({ pointId, meterId }) => {
    const from = meterAt.get(pointId);
    return from === undefined || from === meterId ? [] : [{ from, to: meterId }];
  });
}

/**
 * Once the server names the new meter, its row takes over what was captured since the exchange.
 * Inside a transaction over stop.
 */
export async function carryTrails(
  db: PhoneDatabase,
  roundId: number,
  moved: readonly MovedStop[],
): Promise<void> {
  for (const { from, to } of moved) {
    const [old, has] = await Promise.all([
      db.stop.get([roundId, from]),
      db.stop.get([roundId, to]),
    ]);
    const carried = old && !has ? sinceExchange(openTrail(db, old)) : [];
    if (carried.length) await db.stop.put(sealTrail(db, { roundId, meterId: to }, carried));
  }
}

function sinceExchange(trail: Trail): Trail {
  const from = trail.findLastIndex(({ hung }) => hung !== undefined);
  return from < 0 ? [] : trail.slice(from).map(({ hung: _, ...visit }) => visit);
}
