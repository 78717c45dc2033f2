/** What the ingest must know of meters to judge and decode their readings. */
import type pg from 'pg';

export type MeterFacts = {
  readonly meterId: number;
  readonly serial: string;
  readonly radioId: string | null;
  readonly protocol: string;
  /** Digits of the dial before the point, by register. */
  readonly digits: ReadonlyMap<number, number>;
};

type Row = {
  readonly id: number;
  readonly serial: string;
  readonly radio_id: string | null;
  readonly protocol: string;
  readonly register: number | null;
  readonly digits: number | null;
};

/** Facts of the organisation's meters among `meterIds`; others are not in the map. */
export async function meterFacts(
  client: pg.ClientBase,
  meterIds: readonly number[],
): Promise<Map<number, MeterFacts>> {
  const { rows } = await client.query<Row>(
    `SELECT m.id, m.serial, m.radio_id, m.protocol, r.register, r.digits
       FROM meter m LEFT JOIN register r ON r.meter_id = m.id WHERE m.id = ANY($1::int4[])`,
    [[...new Set(meterIds)]],
  );
  const facts = new Map<number, MeterFacts & { digits: Map<number, number> }>();
  for (const row of rows) {
    const known = facts.get(row.id) ?? {
      meterId: row.id,
      serial: row.serial,
      radioId: row.radio_id,
      protocol: row.protocol,
      digits: new Map<number, number>(),
    };
    if (row.register !== null) known.digits.set(row.register, row.digits ?? 5);
    facts.set(row.id, known);
  }
  return facts;
}
