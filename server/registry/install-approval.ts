/**
 * An approved self-installation becomes module, meter and installation.
 *
 * It knows the order of the steps and what stands against one; install-approval-store.ts knows the
 * tables. It takes the way into the readings from its caller, which runs both in one transaction:
 * a meter without its first reading, or the other way round, cannot be left behind.
 */
import type pg from 'pg';
import { formatDecimal } from '#lib/base/decimal.ts';
import type { InstallDraft } from '#lib/contract/install.ts';
import { registerType, TOTAL_REGISTER } from '#lib/domain/register-types.table.ts';
import { writeAuditSql } from '#server/access/audit.ts';
import { AppError } from '#server/errors.ts';
import type { IngestRow } from '#server/ingest/types.ts';
import { staffPlaces } from './access.ts';
import { recordEvents, type MeterEvent } from './events.ts';
import {
  attachInput,
  decideRequest,
  findPointWithoutMeter,
  isSerialTaken,
  lockRequest,
} from './install-approval-store.ts';
import { numberOf, type By } from './install-requests.ts';
import { insertMeter } from './meter-store.ts';

export type Installed = {
  readonly meterId: number;
  readonly pointId: number;
  /** The dial when the tap was shut again: the meter's first reading, for the ingest. */
  readonly first: IngestRow;
};

/**
 * Throws `not-found`, and `conflict` when somebody decided already or the serial or the input is
 * taken.
 */
export async function approveRequest(
  client: pg.ClientBase,
  by: By,
  id: string,
): Promise<Installed> {
  const request = await lockRequest(client, id, staffPlaces(by.caller));
  if (!request) throw new AppError('not-found', 'There is no such request.');
  if (request.status !== 'submitted') {
    throw new AppError('conflict', 'Somebody has decided this request already.');
  }
  await decideRequest(client, { id, at: by.now, userId: by.caller.userId });
  const { draft } = request;
  const { orgId, userId } = by.caller;
  const pointId = await findPointWithoutMeter(client, orgId, draft);
  const meterId = await createMeter(client, { orgId, pointId, draft });
  await recordEvents(client, orgId, eventsOf(draft, { meterId, at: by.now, request: id }));
  await writeAuditSql(client, {
    orgId,
    userId,
    action: 'approve-installation',
    subject: `install-request ${id}`,
    detail: { meterId, pointId },
    at: by.now,
  });
  return { meterId, pointId, first: firstReading(draft, { meterId, userId: request.userId }) };
}

/** The decision, and what the module complained about while the wire was proved. */
function eventsOf(
  draft: InstallDraft,
  { meterId, at, request }: { meterId: number; at: number; request: string },
): MeterEvent[] {
  const seenAt = draft.proof.closedAt ?? draft.finishedAt;
  const flags = draft.proof.flags.map((code) => ({
    meterId,
    at: seenAt,
    code,
    source: 'self-install',
  }));
  return [...flags, { meterId, at, code: 'approved', source: 'desk', detail: { request } }];
}

async function createMeter(
  client: pg.ClientBase,
  { orgId, pointId, draft }: { orgId: number; pointId: number; draft: InstallDraft },
): Promise<number> {
  const taken = new AppError('conflict', `Meter ${draft.serial} is already in the registry.`);
  if (await isSerialTaken(client, draft.serial)) throw taken;
  const meterId = await insertMeter(client, {
    orgId,
    pointId,
    register: TOTAL_REGISTER[draft.resource],
    serial: draft.serial,
    manufacturer: null,
    radioId: draft.attach === 'radio' ? draft.deviceId.padStart(8, '0') : null,
    radioVersion: null,
    protocol: draft.attach === 'pulse' ? 'pulse' : 'wmbus',
    digits: draft.digits,
    decimals: draft.decimals,
    multiplier: '1',
    fromAt: draft.startedAt,
    startValue: inRegisterUnit(draft, draft.start),
    seals: draft.sealNumber ? [draft.sealNumber] : [],
  });
  if (meterId === null) throw taken;
  if (draft.attach === 'pulse' && !(await attachInput(client, { orgId, meterId, draft }))) {
    const { channel, deviceId } = draft;
    throw new AppError('conflict', `Input ${channel} of module ${deviceId} already has a meter.`);
  }
  return meterId;
}

/** What the dial showed after the proof, or at the start when there was none. */
function firstReading(
  draft: InstallDraft,
  of: { readonly meterId: number; readonly userId: string | null },
): IngestRow {
  const { proof } = draft;
  const last = draft.attach === 'radio' ? proof.seen.at(-1)?.raw : null;
  return {
    meterId: of.meterId,
    register: TOTAL_REGISTER[draft.resource],
    value: inRegisterUnit(draft, proof.dialAfter ?? draft.start),
    at: proof.closedAt ?? draft.finishedAt,
    source: 'self-install',
    raw: last ? new Uint8Array(Buffer.from(last, 'base64')) : null,
    userId: of.userId,
    // The operator has looked at the photographs and said yes.
    confirmed: true,
  };
}

/** Dials show m³ or kWh; the catalogue counts energy in Wh. */
function inRegisterUnit(draft: InstallDraft, dial: string): string {
  const { units, scale } = numberOf(dial);
  const unit = registerType(TOTAL_REGISTER[draft.resource])?.unit;
  return formatDecimal({ units, scale: unit === 'Wh' ? scale + 3 : scale });
}
