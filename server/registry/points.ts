/**
 * Metering points for the desk: found by address or last digits of a meter, and told in full.
 *
 * It knows points, meters and installations; it knows no rights (access.ts does) and no bytes.
 * Procedures call it inside a transaction of one organisation.
 */
import type pg from 'pg';
import { formatDecimal } from '#lib/base/decimal.ts';
import type { Instant } from '#lib/base/interval.ts';
import type {
  PlaceNode,
  PointDetail,
  PointInstallation,
  PointPage,
  PointRow,
} from '#lib/contract/registry.ts';
import { unpackStatus } from '#lib/domain/reading.ts';
import { registerType, TOTAL_REGISTER } from '#lib/domain/register-types.table.ts';
import { AppError } from '#server/errors.ts';
import { readLast } from '#server/readings/service.ts';
import type { StoredReading } from '#server/readings/types.ts';
import { installationsOf, type Installation } from './installations.ts';
import {
  selectMeters,
  selectPlaces,
  selectPointHead,
  selectPoints,
  selectSeals,
  type FoundPoint,
  type MeterHead,
  type PointQuery,
} from './point-store.ts';

/** One page of metering points with their meters and last readings. */
export async function findPoints(
  client: pg.ClientBase,
  ask: PointQuery,
  now: Instant,
): Promise<PointPage> {
  const found = await selectPoints(client, ask);
  const keys = found.map((p) => ({
    meterId: p.meterId ?? 0,
    register: TOTAL_REGISTER[p.resource],
  }));
  const last = await readLast(client, keys, now + 1);
  const points = found.map((point, i) => rowOf(point, last[i] ?? null));
  return { points, total: found[0]?.total ?? 0 };
}

function rowOf(point: FoundPoint, last: StoredReading | null): PointRow {
  const { pointId, placeId, address, resource, role, name, meterId } = point;
  const { serial, manufacturer, radioId, protocol, hasKey } = point;
  const register = TOTAL_REGISTER[resource];
  const unit = registerType(register)?.unit ?? '';
  const meter =
    meterId === null ? null : { meterId, serial, manufacturer, radioId, protocol, hasKey };
  const head = { pointId, placeId, address, resource, role, name, register, unit };
  return { ...head, meter, last: last && lastOf(last) };
}

const lastOf = (reading: StoredReading) => {
  const { quality, source } = unpackStatus(reading.status);
  return {
    at: reading.at,
    value: decimalText(reading.value, reading.register),
    quality,
    source,
  };
};

/** Decimal text in the catalogue's unit. */
export const decimalText = (value: bigint, register: number): string =>
  formatDecimal({ units: value, scale: registerType(register)?.scale ?? 0 });

/** A point with every meter that ever hung there, newest first. Throws `not-found`. */
export async function pointDetail(
  client: pg.ClientBase,
  pointId: number,
  now: Instant,
): Promise<PointDetail> {
  const head = await selectPointHead(client, pointId);
  if (!head) throw new AppError('not-found', 'There is no such metering point.');
  const list = await installationsOf(client, { pointIds: [pointId] });
  const meters = await selectMeters(
    client,
    list.map((i) => i.meterId),
  );
  const seals = await selectSeals(client, pointId);
  const keys = list.flatMap((i) => i.registers.map((r) => ({ ...i, register: r.register })));
  const found = await readLast(client, keys, now + 1);
  const last = new Map(found.flatMap((r) => (r ? [[`${r.meterId}/${r.register}`, r]] : [])));
  const installations = list
    .map((i) => installationView(i, { meter: meters.get(i.meterId), seals: seals.get(i.id), last }))
    .reverse();
  return { ...head, installations };
}

function installationView(
  { meterId, fromAt, toAt, registers }: Installation,
  more: {
    meter: MeterHead | undefined;
    seals: string[] | undefined;
    last: ReadonlyMap<string, StoredReading>;
  },
): PointInstallation {
  const { meter } = more;
  return {
    meterId,
    serial: meter?.serial ?? '',
    manufacturer: meter?.manufacturer ?? null,
    model: meter?.model ?? null,
    radioId: meter?.radioId ?? null,
    protocol: meter?.protocol ?? 'none',
    hasKey: meter?.hasKey ?? false,
    verificationDueOn: meter?.verificationDueOn ?? null,
    fromAt,
    toAt,
    seals: more.seals ?? [],
    registers: registers.map((r) => {
      const type = registerType(r.register);
      const last = more.last.get(`${meterId}/${r.register}`);
      return {
        register: r.register,
        obis: type?.obis ?? '',
        unit: type?.unit ?? '',
        digits: r.digits,
        decimals: r.decimals,
        multiplier: r.multiplier,
        start: r.start === null ? null : decimalText(r.start, r.register),
        end: r.end === null ? null : decimalText(r.end, r.register),
        last: last ? lastOf(last) : null,
      };
    }),
  };
}

/** The tree of places, parents before children. */
export const listPlaceTree = (
  client: pg.ClientBase,
  within: readonly number[] | null,
): Promise<PlaceNode[]> => selectPlaces(client, within);
