/**
 * What a captured event does to its meter's row on the round, inside the capturing transaction: the
 * row is green exactly when the reading is safe. It knows which event types visit a meter.
 */
import type { CollectorRead } from '#lib/contract/collector-read.ts';
import type { FieldEvent } from '#lib/contract/fieldsync.ts';
import type { RoundMeter } from '#lib/contract/round.ts';
import type { PhoneDatabase, Trail } from './database.ts';
import { exchangedParts, exchangeVisit } from './exchanged.ts';
import { openEvent, openTrail, sealTrail } from './sealed-rows.ts';
import type { MeterView } from './types.ts';

type Visit = Trail[number];

export async function stopChange(db: PhoneDatabase, event: FieldEvent): Promise<void> {
  if (event.type === 'reading.voided') return takeBack(db, event.body['eventId']);
  const { meterId, roundId } = event.body;
  const visit = visitOf(event);
  if (!visit || typeof meterId !== 'number' || typeof roundId !== 'number') return;
  const row = await db.stop.get([roundId, meterId]);
  const trail = row ? openTrail(db, row) : [];
  // What a collector remembers does not take the place of what somebody saw at the meter.
  const before = trail.at(-1)?.state;
  if (event.type === 'collector.read' && (before === 'read' || before === 'doubt')) return;
  await db.stop.put(sealTrail(db, { roundId, meterId }, [...trail, visit]));
}

/** The voided event names its round itself; one that left the phone long ago changes nothing. */
async function takeBack(db: PhoneDatabase, eventId: unknown): Promise<void> {
  const voided = typeof eventId === 'string' ? await db.event.get(eventId) : undefined;
  if (!voided) return;
  const { roundId } = openEvent(db, voided).event.body;
  if (typeof roundId !== 'number') return;
  // After an exchange the same visit also stands at the meter that hangs there now.
  for (const row of await db.stop.where({ roundId }).toArray()) {
    const trail = openTrail(db, row);
    const left = trail.filter((visit) => visit.eventId !== eventId);
    if (left.length < trail.length) {
      await db.stop.put(sealTrail(db, { roundId, meterId: row.meterId }, left));
    }
  }
}

function visitOf(event: FieldEvent): Visit | null {
  const { body } = event;
  if (event.type === 'meter.exchanged') return exchangeVisit(event);
  const base = { eventId: event.id, at: Date.parse(event.at.wall) };
  if (event.type === 'access.failed') {
    const reason = String(body['reason']);
    return { ...base, state: 'cannot', value: null, reason, source: null };
  }
  if (event.type === 'collector.read') {
    const { due } = body as CollectorRead;
    if (!due) return null;
    return { ...base, state: 'read', value: due.value, reason: null, source: 'concentrator' };
  }
  if (event.type !== 'reading.captured') return null;
  const open = Array.isArray(body['flags']) && body['flags'].length > 0 && !body['confirmed'];
  return {
    ...base,
    state: open ? 'doubt' : 'read',
    value: String(body['value']),
    reason: null,
    source: String(body['source']),
  };
}

/** The meter as the app sees it; what this phone did comes before what the server knew. */
export function meterView(
  { wrappedKey: _, ...meter }: RoundMeter,
  about: { readonly roundId: number; readonly hasKey: boolean; readonly trail: Trail | undefined },
): MeterView {
  const { roundId, hasKey } = about;
  const last = about.trail?.at(-1);
  if (!last) return { ...meter, roundId, hasKey, capture: null };
  const { state, hung: _h, ...capture } = last;
  return { ...meter, roundId, hasKey, ...exchangedParts(meter, about.trail), state, capture };
}
