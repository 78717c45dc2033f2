/** The list of meters that readers found, in SQL. */
import type { FoundState, MeterUnknown } from '#lib/contract/unknown-meter.ts';
import type { Resource } from '#lib/domain/resource.ts';
import { inScope } from '#server/registry/scope.ts';
import type { Desk } from './types.ts';

export const FOUND_PAGE = 20;

export type FoundFilter = { readonly decided: boolean; readonly page: number };

/** A meter of the registry with the same number or the same radio address. */
export type SameMeter = {
  readonly meterId: number;
  readonly pointId: number;
  readonly serial: string;
  readonly address: string;
  readonly resource: Resource;
};

export type FoundRow = {
  readonly id: string;
  readonly at: number;
  readonly by: string | null;
  readonly roundId: number | null;
  readonly round: string | null;
  /** House and flat where the reader says that it hangs; null when nobody could tell. */
  readonly house: string | null;
  readonly flat: string | null;
  readonly body: MeterUnknown;
  readonly state: FoundState;
  readonly pointId: number | null;
  readonly meterSerial: string | null;
  readonly decidedBy: string | null;
  readonly decidedAt: number | null;
  readonly why: string | null;
  readonly same: readonly SameMeter[];
};

const MS = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`;

/** The newest first. */
export async function selectFound(
  { client, within }: Desk,
  { decided, page }: FoundFilter,
): Promise<FoundRow[]> {
  const { rows } = await client.query<FoundRow>(
    `SELECT f.event_id::text AS id, ${MS('f.at')} AS at, u.name AS by, f.round_id AS "roundId",
            r.name AS round, h.address AS house,
            CASE WHEN pl.kind = 'flat' THEN pl.name END AS flat, f.body, f.state,
            i.point_id AS "pointId", m.serial AS "meterSerial", d.name AS "decidedBy",
            ${MS('f.decided_at')} AS "decidedAt", f.why,
            (SELECT coalesce(jsonb_agg(jsonb_build_object('meterId', k.id, 'pointId', ki.point_id,
                      'serial', k.serial, 'address', kl.address, 'resource', kp.resource)), '[]')
               FROM meter k
               JOIN installation ki ON ki.meter_id = k.id AND ki.to_at IS NULL
               JOIN metering_point kp ON kp.id = ki.point_id
               JOIN place kl ON kl.id = kp.place_id
              WHERE (k.serial = f.serial OR k.radio_id = f.radio_id)
                AND ${inScope('kp.place_id', 1)}) AS same
       FROM found_meter f
       LEFT JOIN "user" u ON u.id = f.user_id
       LEFT JOIN "user" d ON d.id = f.decided_by
       LEFT JOIN round r ON r.id = f.round_id
       LEFT JOIN place pl ON pl.id = f.place_id
       LEFT JOIN place h ON h.id = house_of(f.place_id)
       LEFT JOIN meter m ON m.id = f.meter_id
       LEFT JOIN LATERAL (SELECT point_id FROM installation WHERE meter_id = f.meter_id
              ORDER BY from_at DESC LIMIT 1) i ON true
      WHERE CASE WHEN $2 THEN f.state IN ('known', 'entered', 'not-ours') ELSE f.state = 'open' END
        AND ${inScope('f.place_id', 1)}
      ORDER BY coalesce(f.decided_at, f.at) DESC, f.event_id LIMIT ${FOUND_PAGE + 1} OFFSET $3`,
    [within, decided, page * FOUND_PAGE],
  );
  return rows;
}

export async function countFound({ client, within }: Desk): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM found_meter f
      WHERE f.state = 'open' AND ${inScope('f.place_id', 1)}`,
    [within],
  );
  return rows[0]?.n ?? 0;
}
