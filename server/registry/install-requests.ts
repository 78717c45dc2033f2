/**
 * Self-installations waiting for a decision: kept as sent, judged again from the same evidence,
 * listed for the tenant and the desk.
 *
 * It knows the registry's tables and the rules of an installation; it knows no screen. What an
 * approval makes of a request is install-approval.ts's. Procedures of server/api/install call it.
 */
import { decimal, parseDecimal, type Decimal } from '#lib/base/decimal.ts';
import type { InstallDraft, InstallProof, InstallSeen } from '#lib/contract/install.ts';
import type { Observation, ProofPlan } from '#lib/domain/install-evidence.ts';
import { judgeProof } from '#lib/domain/install-proof.ts';
import { writeAudit } from '#server/access/audit.ts';
import type { Caller } from '#server/api/trpc.ts';
import type { Tx } from '#server/db/client.ts';
import { AppError } from '#server/errors.ts';
import { staffPlaces } from './access.ts';
import { placesWithin } from './scope.ts';

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
export async function listRequests(tx: Tx, by: By, status: string): Promise<RequestView[]> {
  const ids = await placesWithin(tx, staffPlaces(by.caller));
  const rows = await tx.installRequest.findMany({
    where: { status, ...(ids && { placeId: { in: ids } }) },
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

/** Sends it back with words the tenant reads. Throws `conflict`. */
export async function returnRequest(
  tx: Tx,
  by: By,
  answer: { readonly id: string; readonly reason: string },
): Promise<void> {
  const { id, reason } = answer;
  const ids = await placesWithin(tx, staffPlaces(by.caller));
  // Only what waits may be decided, once.
  const { count } = await tx.installRequest.updateMany({
    where: { id, status: 'submitted', ...(ids && { placeId: { in: ids } }) },
    data: {
      status: 'returned',
      reason,
      decidedAt: new Date(by.now),
      decidedBy: by.caller.userId,
    },
  });
  if (count === 0) throw new AppError('conflict', 'Somebody has decided this request already.');
  await audit(tx, by, { action: 'return-installation', id });
}

/** A number as typed; what can't be read counts as nothing. */
export function numberOf(text: string): Decimal {
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
        media: seen.media ?? [],
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
  deed: { readonly action: string; readonly id: string },
): Promise<void> =>
  writeAudit(tx, {
    orgId: by.caller.orgId,
    userId: by.caller.userId,
    action: deed.action,
    subject: `install-request ${deed.id}`,
    at: by.now,
  });
