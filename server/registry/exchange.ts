/**
 * A meter is taken off and another one hung in its place: one act, so that consumption goes from
 * end register to start register without a step.
 *
 * It knows installations; readings of both meters stay where they are. The exchange procedure and
 * the imports call it inside a transaction of one organisation.
 */
import type pg from 'pg';
import type { ExchangeMeter } from '#lib/contract/registry.ts';
import { TOTAL_REGISTER } from '#lib/domain/register-types.table.ts';
import { AppError } from '#server/errors.ts';
import { recordEvents } from './events.ts';
import {
  closeInstallation,
  insertMeter,
  openInstallationOf,
  serialOf,
  type NewMeter,
} from './meter-store.ts';
import { selectPointHead } from './point-store.ts';

/**
 * Returns both meters. Throws `not-found` (no such point), `conflict` (nothing hangs there, or the
 * serial is in use), `invalid` (before the old meter was hung).
 */
export async function exchangeMeter(
  client: pg.ClientBase,
  orgId: number,
  exchange: ExchangeMeter,
): Promise<{ oldMeterId: number; meterId: number }> {
  const point = await selectPointHead(client, exchange.pointId);
  if (!point) throw new AppError('not-found', 'There is no such metering point.');
  const old = await openInstallationOf(client, exchange.pointId);
  if (!old) throw new AppError('conflict', 'No meter hangs at this metering point.');
  if (exchange.at <= old.fromAt) {
    throw new AppError('invalid', 'The exchange is dated before the old meter was hung.');
  }
  const register = TOTAL_REGISTER[point.resource];
  const plain = (value: string): string => value.replace(',', '.');
  await closeInstallation(client, old.id, {
    at: exchange.at,
    registers: [{ register, value: plain(exchange.endValue) }],
  });
  const meter: NewMeter = {
    orgId,
    pointId: exchange.pointId,
    register,
    serial: exchange.serial,
    manufacturer: exchange.manufacturer,
    radioId: exchange.radioId,
    radioVersion: null,
    protocol: exchange.protocol,
    digits: exchange.digits,
    decimals: exchange.decimals,
    multiplier: '1',
    fromAt: exchange.at,
    startValue: plain(exchange.startValue),
    seals: exchange.seals,
  };
  const meterId = await insertMeter(client, meter);
  if (meterId === null) {
    throw new AppError('conflict', `Meter ${exchange.serial} is already in the registry.`);
  }
  const { at, serial, endValue, startValue } = exchange;
  const detail = { old: await serialOf(client, old.meterId), serial, endValue, startValue };
  await recordEvents(client, orgId, [{ meterId, at, code: 'exchanged', source: 'desk', detail }]);
  return { oldMeterId: old.meterId, meterId };
}
