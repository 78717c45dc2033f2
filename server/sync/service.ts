/**
 * Takes what phones captured, once, and answers with signed receipts (fieldsync/1).
 *
 * It knows the order: lock the device, look, decide, sign, store, let readings in, all in one
 * transaction; answers leave after the commit. It knows neither HTTP nor how a reading is judged.
 * The endpoints under /api/sync and tests call it.
 */
import type pg from 'pg';
import { fromBase64 } from '#lib/base/bytes.ts';
import { must } from '#lib/base/assert.ts';
import type { ArrivedEvent, ArrivedPush } from '#lib/contract/decode-push.ts';
import {
  PROTO,
  receiptText,
  type DeviceAnswer,
  type FieldEvent,
  type PushAnswer,
  type Receipt,
} from '#lib/contract/fieldsync.ts';
import { publicKeyOf } from '#lib/contract/receipt.ts';
import { STAFF_ROLES } from '#lib/domain/role.ts';
import type { Caller } from '#server/api/trpc.ts';
import type { App } from '#server/app.ts';
import { AppError } from '#server/errors.ts';
import { withdrawResults } from '#server/orders/service.ts';
import { exchangedMeters, withdrawExchanges } from '#server/registry/exchange-record.ts';
import { recordFound, withdrawFound } from '#server/registry/found-meters.ts';
import { gatherDeedFacts } from './deed-facts.ts';
import { effectsOf } from './effects.ts';
import { findMeters, freeStops, moveStops, openRounds, stopsAmong } from './facts-store.ts';
import { judge, type Facts } from './judge.ts';
import { selectOpenPhones } from './device-store.ts';
import { orgPublicKey } from './org-key.ts';
import { insertNotes, insertSafety } from './note-store.ts';
import { textSigner } from './sign.ts';
import { takeBack, takeIn, takeInLater, takeInPending } from './take-in.ts';
import { planPush, receiptOf, type EpochView, type PlannedRow } from './reducer.ts';
import {
  capTransaction,
  insertEvents,
  insertForks,
  lockDevice,
  registerKey,
  serverEpoch,
  takeSequence,
  viewEpoch,
  writeBeat,
  type DeviceRow,
} from './store.ts';

/** Stores a push and says what is stored. Throws AppError `forbidden` for a foreign device. */
export async function pushEvents(app: App, caller: Caller, push: ArrivedPush): Promise<PushAnswer> {
  const taken = new Set<string>();
  for (;;) {
    try {
      const answer = await app.db.withOrgSql(caller.orgId, (client) =>
        pushOnce(client, { app, caller, push, taken }),
      );
      // What could not be taken in with its event is tried at once, and again with every push.
      await takeInPending(app, caller.orgId).catch(() => {});
      return answer;
    } catch (error) {
      if (!(error instanceof HiddenIds) || error.ids.every((id) => taken.has(id))) throw error;
      for (const id of error.ids) taken.add(id);
    }
  }
}

/** The key of the receipts' signatures, base64 of 32 bytes. */
export const receiptKey = (app: App): string => publicKeyOf(seedOf(app));

/** Remembers the keys of a device; answers the organisation's and what other phones still owe. */
export async function registerDevice(
  app: App,
  caller: Caller,
  device: { id: string; publicKey: string; name: string | null; dataKey?: string | undefined },
): Promise<DeviceAnswer> {
  const { userId, orgId } = caller;
  const open = await app.db.withOrgSql(orgId, async (client) => {
    const row = await lockDevice(client, { orgId, userId, device: device.id });
    if (row?.userId !== userId) throw foreignDevice();
    if (row.revoked) throw new AppError('forbidden', REVOKED);
    await registerKey(client, device);
    return selectOpenPhones(client, userId, device.id);
  });
  const orgKey = orgPublicKey(app.config.KILTER_MASTER_KEY, orgId);
  return { proto: PROTO, device: device.id, orgKey, open };
}

/** Told to a phone that was blocked: it must forget its keys (X23). */
export const REVOKED = 'device-revoked';

export const foreignDevice = (): AppError =>
  new AppError('forbidden', 'This device belongs to someone else.');

/** Ids that another organisation's log uses: row security hides them, the primary key does not. */
class HiddenIds extends Error {
  override name = 'HiddenIds';
  constructor(readonly ids: readonly string[]) {
    super('event ids are taken');
  }
}

type Work = { app: App; caller: Caller; push: ArrivedPush; taken: ReadonlySet<string> };

async function pushOnce(client: pg.ClientBase, work: Work): Promise<PushAnswer> {
  const { app, caller, push, taken } = work;
  const { orgId, userId } = caller;
  await capTransaction(client);
  const device = await lockDevice(client, { orgId, userId, device: push.device });
  if (!device) throw foreignDevice();
  const stored = await viewEpoch(client, push, device.epochs[push.epoch]?.hw ?? 0);
  const view: EpochView = { ...stored, takenIds: new Set([...stored.takenIds, ...taken]) };
  const facts = await gatherFacts(client, work, device);
  const plan = planPush(view, push, (arrived) => judge(facts, arrived));
  const seqs = await takeSequence(client, plan.inserts.length);
  const { sign, renew } = signer(app, push);
  const signed = plan.inserts.map((row, i) => ({ row, receipt: sign(row, seqs[i]!) }));
  const place = { orgId, push, userId };
  const fresh = await insertEvents(client, place, signed);
  const hidden = signed.filter(({ row }) => !fresh.has(row.key));
  if (hidden.length > 0) throw new HiddenIds(hidden.map(({ row }) => row.arrived.id));
  await insertForks(client, place, plan.forks);
  await applyEffects(client, work, plan.inserts);
  await writeBeat(client, push, { hw: plan.hw, fork: plan.fork, device });
  // A fork has no place in the organisation's sequence.
  const forks = [...plan.forks, ...plan.repeatedForks].map((row) => sign(row, '0'));
  return {
    proto: PROTO,
    serverTime: new Date(app.clock.now()).toISOString(),
    serverEpoch: await serverEpoch(client),
    hw: plan.hw,
    receipts: [...plan.repeated.map(renew), ...signed.map(({ receipt }) => receipt), ...forks],
    ...(plan.expect !== null && { expect: plan.expect }),
    ...(plan.fork && { fork: true as const }),
  };
}

/**
 * Ed25519 gives one signature for one text and key, so a renewed receipt is the stored one bit for
 * bit, unless the key was changed: then a phone could never verify what the key before had signed.
 */
function signer(app: App, push: ArrivedPush) {
  const signText = textSigner(seedOf(app));
  const signBare = (bare: Omit<Receipt, 'sig'>): Receipt => ({
    ...bare,
    sig: signText(receiptText(push.device, push.epoch, bare)),
  });
  return {
    sign: (row: PlannedRow, seq: string): Receipt => signBare(receiptOf(row, seq)),
    renew: ({ sig: _, ...bare }: Receipt): Receipt => signBare(bare),
  };
}

/** The setting may be written in either alphabet of base64, with or without padding. */
function seedOf({ config }: App): Uint8Array {
  const text = config.KILTER_RECEIPT_KEY.replaceAll('-', '+').replaceAll('_', '/');
  const seed = fromBase64(text.padEnd(44, '='));
  return must(seed.ok ? seed.value : null, 'KILTER_RECEIPT_KEY is 32 bytes in base64');
}

async function gatherFacts(
  client: pg.ClientBase,
  { app, caller, push }: Work,
  device: DeviceRow,
): Promise<Facts> {
  const bodies = push.events.map((arrived) => arrived.event?.body ?? {});
  const ids = (key: string): number[] => [
    ...new Set(bodies.map((body) => body[key]).filter((id) => isKey(id))),
  ];
  const { userId, roles, placeIds } = caller;
  const staff = roles.some((role) => role === 'reader' || STAFF_ROLES.includes(role));
  const { known, allowed } = await findMeters(client, ids('meterId'), { userId, staff, placeIds });
  return {
    now: app.clock.now(),
    callerId: userId,
    deviceRevoked: device.revoked,
    knownMeters: known,
    allowedMeters: allowed,
    openRounds: await openRounds(client, ids('roundId'), userId),
    collectedStops: await stopsAmong(client, push.events.flatMap(collectedStop)),
    deeds: await gatherDeedFacts(client, push.events, userId),
  };
}

function collectedStop({ event }: ArrivedEvent): { roundId: number; meterId: number }[] {
  const { roundId, meterId } = event?.type === 'collector.read' ? event.body : {};
  return isKey(roundId) && isKey(meterId) ? [{ roundId, meterId }] : [];
}

const isKey = (id: unknown): id is number =>
  typeof id === 'number' && Number.isInteger(id) && id > 0 && id < 2 ** 31;

async function applyEffects(
  client: pg.ClientBase,
  { app, caller, push }: Work,
  inserts: readonly PlannedRow[],
): Promise<void> {
  const events = inserts.flatMap(({ result, arrived }): FieldEvent[] =>
    result === 'stored' && arrived.event ? [arrived.event] : [],
  );
  const effects = effectsOf(events, app.clock.now());
  const via = effects.stops.flatMap(({ exchangeId }) => exchangeId ?? []);
  const hung = await exchangedMeters(client, via);
  const { orgId, userId } = caller;
  await moveStops(
    client,
    effects.stops.map((s) => ({ ...s, meterId: hung.get(s.exchangeId ?? '') ?? s.meterId })),
  );
  await freeStops(client, effects.voided);
  await withdrawExchanges(client, { orgId, userId }, effects.voided);
  await withdrawResults(client, userId, effects.voided);
  await withdrawFound(client, userId, effects.voided);
  await takeBack(client, { orgId, userId }, effects.voided);
  await insertNotes(client, orgId, effects.notes);
  await insertSafety(client, orgId, effects.safety);
  await recordFound(client, orgId, effects.found);
  await takeIn(client, { app, orgId, device: push.device }, effects.taken);
  await takeInLater(client, orgId, effects.later);
}
