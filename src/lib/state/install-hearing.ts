/**
 * What the wizard heard: the plan and marks it is judged by, how much of it is kept, and how it is
 * told to the server.
 *
 * It knows shapes only; the judgement is domain/install-proof.ts's. The wizard calls it.
 */
import { toBase64 } from '#lib/base/bytes.ts';
import { decimal, formatDecimal, parseDecimal, type Decimal } from '#lib/base/decimal.ts';
import type { InstallProof } from '#lib/contract/install.ts';
import type { ProofMarks, ProofPlan, ProofVerdict } from '#lib/domain/install-evidence.ts';
import type { Heard } from '#lib/field/install-receiver.ts';
import type { Given } from './install-given.ts';

export const noMarks = (listenedAt: number): ProofMarks => ({
  listenedAt,
  openedAt: null,
  closedAt: null,
  dialAfter: null,
});

/** A number as typed; what can't be read counts as nothing. */
export function numberOf(text: string): Decimal {
  const parsed = parseDecimal(text);
  return parsed.ok ? parsed.value : decimal(0);
}

export const planOf = (given: Given): ProofPlan => ({
  resource: given.resource,
  attach: given.attach,
  deviceId: given.deviceId,
  channel: given.channel,
  pulseWeight: numberOf(given.pulseWeight),
  start: numberOf(given.start),
  decimals: given.decimals,
});

export const flagsOf = (v: ProofVerdict): InstallProof['flags'] => [
  ...(v.wireWhole === false ? (['wire-break'] as const) : []),
  ...(v.noShort === false ? (['short-circuit'] as const) : []),
  ...(v.noMagnet === false ? (['magnet'] as const) : []),
];

const plainId = (id: string): string => id.replace(/^0+/, '').toUpperCase();

/** What was heard, as the server takes it: neighbours' meters are judged here and stay here. */
export const seenBy = (plan: ProofPlan, heard: readonly Heard[]): InstallProof['seen'] =>
  heard
    .filter(({ observation }) => plainId(observation.deviceId) === plainId(plan.deviceId))
    .map(seenOf);

/** As many as a request may carry. */
const KEPT = 200;

/**
 * A long draw brings more telegrams than are kept: the count before the opening and the newest
 * ones stay of every device, the oldest between them go.
 */
export function keepEvidence(heard: readonly Heard[], openedAt: number | null): readonly Heard[] {
  if (heard.length <= KEPT) return heard;
  const byDevice = new Map<string, Heard[]>();
  for (const one of heard) {
    const id = one.observation.deviceId;
    byDevice.set(id, [...(byDevice.get(id) ?? []), one]);
  }
  const needed = new Set<Heard | undefined>();
  for (const of of byDevice.values()) {
    needed.add(of.findLast((h) => h.observation.at <= (openedAt ?? Infinity)) ?? of[0]);
    needed.add(of.at(-1));
  }
  const drop = heard.findIndex((h) => !needed.has(h));
  return heard.filter((_, i) => i !== Math.max(0, drop));
}

function seenOf({ observation: o, raw }: Heard): InstallProof['seen'][number] {
  const pulse = o.kind === 'pulse';
  return {
    at: o.at,
    deviceId: o.deviceId,
    inputs: pulse ? [...o.inputs] : null,
    value: pulse || !o.value ? null : formatDecimal(o.value),
    ...(!pulse && { media: [...o.media] }),
    magnet: pulse ? false : o.magnet,
    raw: toBase64(raw),
  };
}
