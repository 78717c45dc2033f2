/**
 * What a captured event does to its meter's row on the round, inside the capturing transaction: the
 * row is green exactly when the reading is safe. It knows which event types visit a meter.
 */
import type { FieldEvent } from '#lib/contract/fieldsync.ts';
import type { MeterRow, PhoneDatabase } from './database.ts';
import type { MeterView } from './types.ts';

type Visit = MeterRow['trail'][number];

export async function stopChange(db: PhoneDatabase, event: FieldEvent): Promise<void> {
  const { meterId, roundId, eventId } = event.body as Record<string, unknown>;
  if (event.type === 'reading.voided') {
    const visited = db.meter.filter((row) => row.trail.some((v) => v.eventId === eventId));
    for (const row of await visited.toArray()) {
      await db.meter.put({ ...row, trail: row.trail.filter((v) => v.eventId !== eventId) });
    }
    return;
  }
  const visit = visitOf(event);
  if (!visit || typeof meterId !== 'number' || typeof roundId !== 'number') return;
  const row = await db.meter.get([roundId, meterId]);
  if (row) await db.meter.put({ ...row, trail: [...row.trail, visit] });
}

function visitOf(event: FieldEvent): Visit | null {
  const { body } = event;
  const base = { eventId: event.id, at: Date.parse(event.at.wall) };
  if (event.type === 'access.failed') {
    const reason = String(body['reason']);
    return { ...base, state: 'cannot', value: null, reason, source: null };
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

/** The row as the app sees it; what this phone did itself comes before what the server knew. */
export function meterView(row: MeterRow): MeterView {
  const { trail, wrappedKey, ...rest } = row;
  const last = trail.at(-1);
  if (!last) return { ...rest, hasKey: wrappedKey !== null, capture: null };
  const { state, ...capture } = last;
  return { ...rest, hasKey: wrappedKey !== null, state, capture };
}
