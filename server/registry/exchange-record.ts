/**
 * Exchanges as people tell them: each is written down once with everything that was seen, and the
 * registry follows. A second report of the same exchange is kept beside the first for a person.
 *
 * It knows versions and their states; it knows no phone and no reading. server/sync applies and
 * withdraws, the desk lists and corrects, each inside a transaction of one organisation.
 */
import type pg from 'pg';
import type { Instant } from '#lib/base/interval.ts';
import type { MeterExchanged } from '#lib/contract/exchange.ts';
import { recordEvents } from './events.ts';
import { hangInstead } from './exchange.ts';
import { insertVersion, selectCurrent, swapStops, unhang } from './exchange-store.ts';
import type { ExchangeRow, ExchangeVersion } from './exchange-store.ts';
import { serialOf, type RegisterText } from './meter-store.ts';

export type ToldExchange = {
  /** The event's id. */
  readonly id: string;
  readonly userId: string;
  readonly source: 'field' | 'desk';
  readonly at: Instant;
  readonly body: MeterExchanged;
};

export type { ExchangeVersion } from './exchange-store.ts';

/** People write commas, the registry points. */
export const plainRegisters = (list: readonly RegisterText[]): RegisterText[] =>
  list.map(({ register, value }) => ({ register, value: value.replace(',', '.') }));

/** Applies what was told, once; the same id again answers what became of it. */
export async function recordExchange(
  client: pg.ClientBase,
  orgId: number,
  told: ToldExchange,
): Promise<ExchangeVersion> {
  const [known] = await selectCurrent(client, { ids: [told.id] });
  if (known) return known;
  const { body, at } = told;
  const registers = plainRegisters(body.new.registers);
  const done = await hangInstead(client, {
    orgId,
    pointId: body.pointId,
    oldMeterId: body.meterId,
    at,
    endRegisters: plainRegisters(body.old.registers),
    meter: { ...body.new, registers, seals: body.sealsPlaced },
  });
  const base = { ...told, version: 1, pointId: body.pointId, oldMeterId: body.meterId };
  const version: ExchangeVersion =
    'fault' in done
      ? { ...base, newMeterId: null, state: 'conflict', why: done.fault }
      : { ...base, newMeterId: done.meterId, state: 'applied', why: null };
  await insertVersion(client, orgId, version);
  if (version.newMeterId !== null) await tell(client, orgId, version);
  return version;
}

/** One line of the journal, at the meter that hangs there from now on. */
async function tell(client: pg.ClientBase, orgId: number, e: ExchangeVersion): Promise<void> {
  const { body, at, newMeterId, source } = e;
  const detail = {
    old: await serialOf(client, e.oldMeterId),
    serial: body.new.serial,
    endValue: body.old.registers[0]?.value ?? '—',
    startValue: body.new.registers[0]?.value ?? '—',
    reason: body.reason,
  };
  const event = { meterId: newMeterId!, at, code: 'exchanged', detail };
  await recordEvents(client, orgId, [
    { ...event, source: source === 'desk' ? 'desk' : 'exchange' },
  ]);
}

/** For each exchange that is in force: the meter it hung. */
export async function exchangedMeters(
  client: pg.ClientBase,
  ids: readonly string[],
): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map();
  const rows = await selectCurrent(client, { ids });
  return new Map(
    rows.flatMap((e) => (e.state === 'applied' && e.newMeterId ? [[e.id, e.newMeterId]] : [])),
  );
}

/**
 * Takes back exchanges that their own reporter withdrew. One that another exchange followed stays:
 * then only the desk can say what hung when.
 */
export async function withdrawExchanges(
  client: pg.ClientBase,
  { orgId, userId }: { readonly orgId: number; readonly userId: string },
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  for (const e of await selectCurrent(client, { ids })) {
    if (e.userId !== userId || e.state === 'voided') continue;
    const { pointId, oldMeterId, newMeterId, at } = e;
    if (newMeterId !== null) {
      if (!(await unhang(client, { pointId, oldMeterId, newMeterId, at }))) continue;
      await swapStops(client, { pointId, from: newMeterId, to: oldMeterId, openOnly: false });
    }
    await insertVersion(client, orgId, nextVersion(e, { state: 'voided', userId, why: 'undo' }));
  }
}

export const nextVersion = (e: ExchangeRow, change: Partial<ExchangeVersion>): ExchangeVersion => ({
  ...e,
  version: e.version + 1,
  ...change,
});
