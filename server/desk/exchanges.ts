/**
 * Exchanges at a metering point as the desk sees and mends them.
 *
 * It knows versions, both meters' readings and the audit log; how a phone tells an exchange is
 * server/sync's. The desk's procedures call it, each in one transaction of an organisation.
 */
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { MeterExchanged } from '#lib/contract/exchange.ts';
import type { CorrectExchange, ExchangeMeter } from '#lib/contract/registry.ts';
import { TOTAL_REGISTER } from '#lib/domain/register-types.table.ts';
import { writeAuditSql } from '#server/access/audit.ts';
import { AppError } from '#server/errors.ts';
import { exchangeRows } from '#server/ingest/exchange-rows.ts';
import { ingestInTransaction, type IngestDeps } from '#server/ingest/pipeline.ts';
import { correctReadings } from '#server/readings/service.ts';
import { currentExchanges, exchangesOf, mendExchange } from '#server/registry/exchange-history.ts';
import { recordExchange } from '#server/registry/exchange-record.ts';
import { scaledValue } from '#server/registry/installations.ts';
import { pointHead } from '#server/registry/exchange-history.ts';

/** Every exchange of a point with all its versions, newest first. */
export const listExchanges = (client: pg.ClientBase, pointId: number) =>
  exchangesOf(client, pointId);

/** Throws `not-found` (no such point), `conflict` (with the reason), `invalid` (too early). */
export async function exchangeAtDesk(
  client: pg.ClientBase,
  deps: IngestDeps & { readonly userId: string },
  input: ExchangeMeter,
): Promise<{ oldMeterId: number; meterId: number }> {
  const point = await pointHead(client, input.pointId);
  if (!point) throw new AppError('not-found', 'There is no such metering point.');
  if (point.meterId === null) throw new AppError('conflict', 'No meter hangs at this point.');
  const id = randomUUID();
  const { userId, orgId } = deps;
  const body = bodyOf(input, point.meterId, TOTAL_REGISTER[point.resource]);
  const told = { id, userId, source: 'desk' as const, at: input.at, body };
  const done = await recordExchange(client, orgId, told);
  if (done.newMeterId === null) throw refusal(done.why, input.serial);
  const source = { kind: 'import', name: 'desk' } as const;
  const rows = exchangeRows(done, null);
  await ingestInTransaction(client, deps, { source, sourceKey: `exchange/${id}`, rows });
  const audit = { action: 'exchange-meter', subject: `exchange ${id}`, at: deps.now };
  await writeAuditSql(client, { orgId, userId, ...audit });
  return { oldMeterId: done.oldMeterId, meterId: done.newMeterId };
}

function refusal(why: string | null, serial: string): AppError {
  if (why === 'too-early') {
    return new AppError('invalid', 'The exchange is dated before the old meter was hung.');
  }
  return why === 'serial-in-use'
    ? new AppError('conflict', `Meter ${serial} hangs at another metering point.`)
    : new AppError('conflict', 'Another meter hangs at this point meanwhile.');
}

/** What the desk knows of an exchange that nobody recorded with a phone. */
function bodyOf(input: ExchangeMeter, meterId: number, register: number): MeterExchanged {
  const { pointId, at, serial, manufacturer, radioId, protocol, digits, decimals } = input;
  const meter = { serial, manufacturer, radioId: radioId?.toUpperCase() ?? null, protocol };
  return {
    roundId: null,
    meterId,
    pointId,
    at,
    reason: 'other',
    old: { registers: [{ register, value: input.endValue }], photo: null, unreadable: null },
    new: {
      ...{ ...meter, digits, decimals, model: null, keyReference: null, pulseWeight: null },
      registers: [{ register, value: input.startValue }],
      photo: null,
    },
    sealsRemoved: [],
    sealsPlaced: input.seals,
    firstTelegram: { at: null, skipped: null },
    signatures: { reader: null, resident: null, absent: null },
    checklist: [],
    orderId: null,
    flags: [],
    confirmed: true,
    photos: [],
  };
}

/**
 * Writes the next version: both values, the number and the seals as they really were. The first
 * version stays readable. Throws `not-found`, `conflict`.
 */
export async function correctExchange(
  client: pg.ClientBase,
  by: { readonly orgId: number; readonly userId: string; readonly now: number; zone: string },
  input: CorrectExchange,
): Promise<void> {
  const { before, after } = await mendExchange(client, by, input);
  const { at, oldMeterId, newMeterId, body } = after;
  const ends = [
    ...body.old.registers.map((r) => ({ ...r, meterId: oldMeterId })),
    ...body.new.registers.map((r) => ({ ...r, meterId: newMeterId! })),
  ];
  const rows = ends.flatMap(({ meterId, register, value }) => {
    const units = scaledValue(value.replace(',', '.'), register);
    return units === null ? [] : [{ meterId, register, at, value: units }];
  });
  const told = { source: 'exchange', trusted: true, userId: by.userId, reason: input.why } as const;
  await correctReadings(
    client,
    by.zone,
    rows.map((row) => ({ ...row, ...told })),
  );
  const values = (e: Pick<typeof before, 'body'>) => ({
    end: e.body.old.registers[0]?.value ?? null,
    start: e.body.new.registers[0]?.value ?? null,
    serial: e.body.new.serial,
  });
  await writeAuditSql(client, {
    orgId: by.orgId,
    userId: by.userId,
    action: 'correct-exchange',
    subject: `exchange ${after.id}`,
    detail: { from: values(before), to: values(after), why: input.why },
    at: by.now,
  });
}

/** Throws `not-found`; the point decides who may mend it. */
export async function pointOfExchange(client: pg.ClientBase, id: string): Promise<number> {
  const [found] = await currentExchanges(client, [id]);
  if (!found) throw new AppError('not-found', 'There is no such exchange.');
  return found.pointId;
}
