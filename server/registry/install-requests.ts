/**
 * Self-installations waiting for a decision: kept as sent, judged again from the same evidence,
 * turned into a meter when an operator approves.
 *
 * It knows the registry's tables and the rules of an installation; it knows no screen and takes the
 * way into the readings from its caller. Procedures of server/api/install call it.
 */
import { decimal, formatDecimal, parseDecimal, type Decimal } from '#lib/base/decimal.ts';
import type { InstallDraft, InstallProof, InstallSeen } from '#lib/contract/install.ts';
import type { Observation, ProofPlan } from '#lib/domain/install-evidence.ts';
import { judgeProof } from '#lib/domain/install-proof.ts';
import { registerType, TOTAL_REGISTER } from '#lib/domain/register-types.table.ts';
import { writeAudit } from '#server/access/audit.ts';
import type { Caller } from '#server/api/trpc.ts';
import type { Tx } from '#server/db/client.ts';
import { AppError } from '#server/errors.ts';
import type { IngestRow } from '#server/ingest/types.ts';

export type By = { readonly caller: Caller; readonly now: number };

export type RequestView = {
  readonly id: string;
  readonly status: string;
  readonly address: string;
  readonly submittedAt: number;
  readonly decidedAt: number | null;
  readonly reason: string | null;
  readonly draft: InstallDraft;
};

type Row = {
  id: string;
  status: string;
  placeId: number;
  submittedAt: Date;
  decidedAt: Date | null;
  reason: string | null;
  body: unknown;
};

/** Stores a draft once; the same id again answers with what became of it. */
export async function submitInstall(tx: Tx, by: By, draft: InstallDraft): Promise<RequestView> {
  const known = await tx.installRequest.findUnique({ where: { id: draft.id } });
  if (known) {
    if (known.userId !== by.caller.userId) throw new AppError('conflict', 'This id is taken.');
    return viewOf(tx, known);
  }
  await mustLiveAt(tx, by.caller, draft.placeId);
  const row = await tx.installRequest.create({
    data: {
      id: draft.id,
      orgId: by.caller.orgId,
      placeId: draft.placeId,
      userId: by.caller.userId,
      body: { ...draft, proof: judgedAgain(draft) },
      submittedAt: new Date(by.now),
    },
  });
  await audit(tx, by, { action: 'submit-installation', id: draft.id });
  return viewOf(tx, row);
}

/** My own requests, newest first. */
export async function listOwnRequests(tx: Tx, caller: Caller): Promise<RequestView[]> {
  const rows = await tx.installRequest.findMany({
    where: { userId: caller.userId },
    orderBy: { submittedAt: 'desc' },
    take: 20,
  });
  return viewsOf(tx, rows);
}

/** For the desk: what waits first, then what was decided lately. */
export async function listRequests(tx: Tx, status: string): Promise<RequestView[]> {
  const rows = await tx.installRequest.findMany({
    where: { status },
    orderBy: { submittedAt: status === 'submitted' ? 'asc' : 'desc' },
    take: 100,
  });
  return viewsOf(tx, rows);
}

/** One after another: a transaction is one connection, which answers one question at a time. */
async function viewsOf(
  tx: Tx,
  rows: readonly Parameters<typeof viewOf>[1][],
): Promise<RequestView[]> {
  const views: RequestView[] = [];
  for (const row of rows) views.push(await viewOf(tx, row));
  return views;
}

/** Sends it back with words the tenant reads. Throws `not-found`, `conflict`. */
export async function returnRequest(
  tx: Tx,
  by: By,
  answer: { readonly id: string; readonly reason: string },
): Promise<void> {
  await decide(tx, by, { id: answer.id, status: 'returned', reason: answer.reason });
  await audit(tx, by, { action: 'return-installation', id: answer.id });
}

export type Installed = {
  readonly meterId: number;
  readonly pointId: number;
  /** The dial when the tap was shut again: the meter's first reading, for the ingest. */
  readonly first: IngestRow;
};

/**
 * Makes meter, module and installation from an approved request. Throws `not-found`, `conflict`
 * when somebody decided already, the metering point is occupied, or the serial or input is taken.
 */
export async function approveRequest(tx: Tx, by: By, id: string): Promise<Installed> {
  const row = await tx.installRequest.findUnique({ where: { id } });
  if (!row) throw new AppError('not-found', 'There is no such request.');
  await decide(tx, by, { id, status: 'approved', reason: null });
  const draft = row.body as InstallDraft;
  const pointId = await freePoint(tx, by, draft);
  const meterId = await createMeter(tx, by, draft);
  await tx.installation.create({
    data: {
      orgId: by.caller.orgId,
      meterId,
      pointId,
      fromAt: new Date(draft.startedAt),
      startRegisters: [
        {
          register: TOTAL_REGISTER[draft.resource],
          value: inRegisterUnit(draft, draft.start),
        },
      ],
      seals: draft.sealNumber ? [draft.sealNumber] : [],
    },
  });
  await audit(tx, by, { action: 'approve-installation', id, detail: { meterId, pointId } });
  return { meterId, pointId, first: firstReading(draft, { meterId, userId: row.userId }) };
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

function numberOf(text: string): Decimal {
  const parsed = parseDecimal(text);
  return parsed.ok ? parsed.value : decimal(0);
}

/** The server believes the telegrams, not the verdict that came with them. */
function judgedAgain(draft: InstallDraft): InstallProof {
  const { proof } = draft;
  if (!proof.proved) return proof;
  const verdict = judgeProof(planOf(draft), marksOf(proof), {
    observations: proof.seen.map((seen) => observationOf(seen)),
    now: proof.closedAt ?? draft.finishedAt,
  });
  return verdict.stage === 'proved'
    ? proof
    : { ...proof, proved: false, problem: verdict.problem ?? 'no-flow' };
}

const planOf = (draft: InstallDraft): ProofPlan => ({
  resource: draft.resource,
  attach: draft.attach,
  deviceId: draft.deviceId,
  channel: draft.channel,
  pulseWeight: numberOf(draft.pulseWeight),
  start: numberOf(draft.start),
  decimals: draft.decimals,
});

const marksOf = (proof: InstallProof) => ({
  listenedAt: proof.listenedAt,
  openedAt: proof.openedAt,
  closedAt: proof.closedAt,
  dialAfter: proof.dialAfter === null ? null : numberOf(proof.dialAfter),
});

const observationOf = (seen: InstallSeen): Observation =>
  seen.inputs
    ? { kind: 'pulse', at: seen.at, deviceId: seen.deviceId, inputs: seen.inputs }
    : {
        kind: 'radio',
        at: seen.at,
        deviceId: seen.deviceId,
        value: seen.value === null ? null : numberOf(seen.value),
        magnet: seen.magnet,
      };

async function mustLiveAt(tx: Tx, caller: Caller, placeId: number): Promise<void> {
  const place = await tx.place.findUnique({ where: { id: placeId }, select: { id: true } });
  if (!place) throw new AppError('not-found', 'There is no such place.');
  const staff = caller.roles.some((role) => role === 'operator' || role === 'admin');
  if (!staff && !caller.placeIds.includes(placeId)) {
    throw new AppError('forbidden', 'This place is not yours.');
  }
}

type Decision = {
  readonly id: string;
  readonly status: 'approved' | 'returned';
  readonly reason: string | null;
};

/** Only what waits may be decided, once. */
async function decide(tx: Tx, by: By, { id, status, reason }: Decision): Promise<void> {
  const { count } = await tx.installRequest.updateMany({
    where: { id, status: 'submitted' },
    data: { status, reason, decidedAt: new Date(by.now), decidedBy: by.caller.userId },
  });
  if (count === 0) throw new AppError('conflict', 'Somebody has decided this request already.');
}

/** The place's metering point of this resource without a meter, or a new one. */
async function freePoint(tx: Tx, by: By, draft: InstallDraft): Promise<number> {
  const points = await tx.meteringPoint.findMany({
    where: { placeId: draft.placeId, resource: draft.resource, role: 'consumer' },
    include: { installations: { where: { toAt: null } } },
    orderBy: { id: 'asc' },
  });
  const free = points.find((point) => point.installations.length === 0);
  if (free) return free.id;
  const made = await tx.meteringPoint.create({
    data: {
      orgId: by.caller.orgId,
      placeId: draft.placeId,
      resource: draft.resource,
      role: 'consumer',
      name: points.length === 0 ? '' : String(points.length + 1),
    },
  });
  return made.id;
}

async function createMeter(tx: Tx, by: By, draft: InstallDraft): Promise<number> {
  const orgId = by.caller.orgId;
  const taken = await tx.meter.findFirst({ where: { serial: draft.serial } });
  if (taken) throw new AppError('conflict', `Meter ${draft.serial} is already in the registry.`);
  const meter = await tx.meter.create({
    data: {
      orgId,
      serial: draft.serial,
      protocol: draft.attach === 'pulse' ? 'pulse' : 'wmbus',
      radioId: draft.attach === 'radio' ? draft.deviceId.padStart(8, '0') : null,
      digits: draft.digits,
      decimals: draft.decimals,
      createdAt: new Date(by.now),
    },
  });
  const register = TOTAL_REGISTER[draft.resource];
  await tx.register.create({
    data: { orgId, meterId: meter.id, register, digits: draft.digits, decimals: draft.decimals },
  });
  if (draft.attach === 'pulse') await attachModule(tx, draft, { orgId, meterId: meter.id });
  return meter.id;
}

/** One module carries up to six meters (B-19); the second meter finds the module already known. */
async function attachModule(
  tx: Tx,
  draft: InstallDraft,
  { orgId, meterId }: { readonly orgId: number; readonly meterId: number },
): Promise<void> {
  const { deviceId: serial, channel } = draft;
  const channels = Math.max(channel, ...draft.proof.seen.map((s) => s.inputs?.length ?? 0));
  const module = await tx.communicationModule.upsert({
    where: { orgId_serial: { orgId, serial } },
    create: { orgId, serial, kind: 'pulse-radio', channels },
    update: {},
  });
  const input = { moduleId_channel: { moduleId: module.id, channel } };
  const taken = await tx.pulseChannel.findUnique({ where: input });
  if (taken?.meterId) {
    throw new AppError('conflict', `Input ${channel} of module ${serial} already has a meter.`);
  }
  const wiring = {
    meterId,
    pulseWeight: draft.pulseWeight,
    startValue: draft.start,
    flags: draft.proof.flags,
  };
  await tx.pulseChannel.upsert({
    where: input,
    create: { moduleId: module.id, channel, orgId, ...wiring },
    update: wiring,
  });
  await tx.meter.update({
    where: { id: meterId },
    data: { moduleId: module.id, moduleChannel: channel },
  });
}

async function viewOf(tx: Tx, row: Row): Promise<RequestView> {
  const place = await tx.place.findUnique({
    where: { id: row.placeId },
    select: { address: true },
  });
  return {
    id: row.id,
    status: row.status,
    address: place?.address ?? '',
    submittedAt: row.submittedAt.getTime(),
    decidedAt: row.decidedAt?.getTime() ?? null,
    reason: row.reason,
    draft: row.body as InstallDraft,
  };
}

const audit = (
  tx: Tx,
  by: By,
  deed: { action: string; id: string; detail?: { [key: string]: number } },
): Promise<void> =>
  writeAudit(tx, {
    orgId: by.caller.orgId,
    userId: by.caller.userId,
    action: deed.action,
    subject: `install-request ${deed.id}`,
    detail: deed.detail ?? {},
    at: by.now,
  });
