/**
 * Does this meter really answer on this channel? The proof of a self-installation (X12).
 *
 * It knows what was heard while a tap was open and what the dial showed; it knows no radio, no
 * screen and no sentence: it returns codes. The tenant's wizard judges with it while listening, the
 * server judges again with the same evidence.
 */
import {
  addDecimal,
  compareDecimal,
  decimal,
  multiplyDecimal,
  subtractDecimal,
  toNumber,
  type Decimal,
} from '#lib/base/decimal.ts';
import { SECOND_MS, type Instant } from '#lib/base/interval.ts';
import type {
  Observation,
  ProofMarks,
  ProofPlan,
  ProofProblem,
  ProofVerdict,
  PulseInput,
} from './install-evidence.ts';
import {
  agreesWithDial,
  MIN_PULSES,
  pulsesNeeded,
  weightThatFits,
  type DialCount,
} from './pulse-weights.ts';
import type { Resource } from './resource.ts';

export const OPEN_MS = 10 * SECOND_MS;
const SILENCE_MS = 30 * SECOND_MS;
const PATIENCE_MS = 20 * SECOND_MS;
/** Two pulses of 100 litres from a tap at 6 l/min: nobody waits longer for one. */
const PATIENCE_LIMIT_MS = 2000 * SECOND_MS;

/** A slow but honest draw in dial units per second: a tap at 6 l/min, a kettle, one gas ring. */
const DRAW_PER_S: Readonly<Record<Resource, number>> = {
  electricity: 0.0004,
  'cold-water': 0.0001,
  'hot-water': 0.0001,
  gas: 0.00003,
  heat: 0.001,
};

/** Judges everything heard so far. Pure: the same evidence gives the same verdict anywhere. */
export function judgeProof(
  plan: ProofPlan,
  marks: ProofMarks,
  heard: { readonly observations: readonly Observation[]; readonly now: Instant },
): ProofVerdict {
  const own = heard.observations.filter((o) => isOwn(plan, o));
  const last = own.at(-1);
  const input = last?.kind === 'pulse' ? inputOf(last, plan.channel) : undefined;
  const counted = ownGrowth(plan, marks, own);
  const pulses = plan.attach === 'pulse' ? pulseGrowth(own, plan.channel, marks.openedAt) : 0;
  const facts: Facts = {
    plan,
    marks,
    now: heard.now,
    own,
    heardOwn: own.length > 0,
    pulses,
    needed: pulsesNeeded(dialOf(plan)),
    counted,
    grew: counted.units > 0n,
    ownValue: last?.kind === 'radio' ? last.value : null,
    media: last?.kind === 'radio' ? last.media : [],
    input: brokenSince(own, plan.channel, marks.openedAt) ?? input,
    magnet: last?.kind === 'radio' ? last.magnet : (input?.magnet ?? false),
    others: growthOfOthers(plan, marks.openedAt, heard.observations),
  };
  const { problem, found, suggested } = findProblem(facts);
  return {
    stage: problem ? 'failed' : stageOf(facts),
    problem,
    found,
    suggested,
    wireWhole: wired(plan, facts.input) ? !facts.input.wireBreak : null,
    noShort: wired(plan, facts.input) ? !facts.input.shortCircuit : null,
    noMagnet: last ? !facts.magnet : null,
    pulses,
    needed: facts.needed,
    counted,
    expectedDial: addDecimal(plan.start, counted),
    enough: isEnough(facts),
  };
}

type Other = {
  readonly deviceId: string;
  readonly channel: number | null;
  readonly pulses: number;
};
type Facts = {
  readonly plan: ProofPlan;
  readonly marks: ProofMarks;
  readonly now: Instant;
  readonly own: readonly Observation[];
  readonly heardOwn: boolean;
  readonly pulses: number;
  readonly needed: number;
  readonly counted: Decimal;
  readonly grew: boolean;
  readonly ownValue: Decimal | null;
  readonly media: readonly Resource[];
  readonly input: PulseInput | undefined;
  readonly magnet: boolean;
  readonly others: readonly Other[];
};
type Finding = {
  readonly problem: ProofProblem | null;
  readonly found: string | null;
  readonly suggested: Decimal | null;
};

const finding = (problem: ProofProblem, found: string | null = null): Finding => ({
  problem,
  found,
  suggested: null,
});

/** The first thing that a person must put right, in the order in which it can be put right. */
function findProblem(f: Facts): Finding {
  const swapped = f.others.find((o) => countsInstead(f, o));
  const stranger = f.others.find((o) => !sameId(o.deviceId, f.plan.deviceId));
  // An input without a cable reports a break, so a counting neighbour input explains more.
  if (swapped) return finding('swapped', String(swapped.channel));
  if (!f.heardOwn && stranger && hadItsTurn(f)) return finding('wrong-meter', stranger.deviceId);
  if (f.input?.wireBreak) return finding('wire-break');
  if (f.input?.shortCircuit) return finding('short-circuit');
  if (f.magnet) return finding('magnet');
  if (!f.heardOwn) {
    return isOverdue(f.now - f.marks.listenedAt, SILENCE_MS) ? finding('no-signal') : NOTHING;
  }
  if (f.plan.attach === 'radio') {
    const [medium] = f.media;
    if (medium && !f.media.includes(f.plan.resource)) return finding('other-medium', medium);
    if (!f.ownValue) return finding('encrypted');
    if (!isNearDial(f, f.plan.start)) return finding('wrong-start');
  }
  return (
    standstill(f, stranger) ?? (f.marks.dialAfter ? dialFinding(f, f.marks.dialAfter) : NOTHING)
  );
}

const NOTHING: Finding = { problem: null, found: null, suggested: null };
const isOverdue = (passedMs: number, limitMs: number): boolean => passedMs >= limitMs;
const dialOf = (plan: ProofPlan): DialCount => ({
  resource: plan.resource,
  weight: plan.pulseWeight,
  decimals: plan.decimals,
});

/** A radio meter speaks every ten to twenty seconds; a module in set-up answers at once. */
const hadItsTurn = ({ plan, marks, now }: Facts): boolean =>
  plan.attach === 'pulse' || now - (marks.openedAt ?? now) >= PATIENCE_MS;

/**
 * Another input of our module runs while ours has at most a stray pulse, as of a tap that drips.
 * Where both count, the dial decides (`dialFinding`).
 */
const countsInstead = (f: Facts, other: Other): boolean =>
  sameId(other.deviceId, f.plan.deviceId) &&
  f.pulses <= 1 &&
  other.pulses >= MIN_PULSES * (f.pulses + 1);

/** Nothing counts, or no longer, although it is open: null while a slow draw may be the reason. */
function standstill(f: Facts, stranger: Other | undefined): Finding | null {
  const { openedAt, closedAt } = f.marks;
  if (openedAt === null) return null;
  if (!f.grew) {
    if (!isOverdue(f.now - openedAt, patienceMs(f.plan))) return null;
    // A module that answers but stands still while a stranger counts is the wrong one.
    return stranger ? finding('wrong-meter', stranger.deviceId) : finding('no-flow');
  }
  if (f.plan.attach === 'radio' || closedAt !== null || f.pulses >= f.needed) return null;
  const lastAt = lastPulseAt(f.own, f.plan.channel, openedAt);
  return isOverdue(f.now - lastAt, patienceMs(f.plan)) ? finding('count-stopped') : null;
}

/** The dial must have moved by what was counted, give or take one pulse and one dial step. */
function dialFinding(f: Facts, dialAfter: Decimal): Finding {
  if (f.plan.attach === 'radio') {
    return isNearDial(f, dialAfter) ? NOTHING : finding('wrong-start');
  }
  const moved = subtractDecimal(dialAfter, f.plan.start);
  const dial = dialOf(f.plan);
  if (agreesWithDial(moved, f.pulses, dial)) {
    return f.pulses < f.needed ? finding('too-few') : NOTHING;
  }
  const instead = f.others.find(
    (o) => sameId(o.deviceId, f.plan.deviceId) && agreesWithDial(moved, o.pulses, dial),
  );
  if (instead) return finding('swapped', String(instead.channel));
  const suggested = weightThatFits(moved, f.pulses, dial);
  return { problem: 'wrong-weight', found: null, suggested };
}

/** A radio value may run ahead of the typed dial by what flowed since; it may not lag behind. */
function isNearDial(f: Facts, dial: Decimal): boolean {
  const ahead = subtractDecimal(f.ownValue!, dial);
  const step = decimal(1, -f.plan.decimals);
  const flowed = addDecimal(f.counted, multiplyDecimal(step, decimal(2)));
  // Telegrams carry a value up to a minute old and the tap may have run before: two units of room.
  const room = addDecimal(flowed, f.plan.resource === 'electricity' ? decimal(2) : decimal(2, -1));
  return compareDecimal(absolute(ahead), room) <= 0;
}

function stageOf(f: Facts): ProofVerdict['stage'] {
  if (f.marks.openedAt === null) return f.heardOwn ? 'ready' : 'listening';
  if (f.marks.closedAt === null) return 'open';
  if (f.marks.dialAfter === null) return 'compare';
  return f.grew ? 'proved' : 'open';
}

function isEnough(f: Facts): boolean {
  if (f.marks.openedAt === null || f.now - f.marks.openedAt < OPEN_MS) return false;
  return f.plan.attach === 'pulse' ? f.pulses >= f.needed : f.grew;
}

/** How long a usual slow draw takes for so many pulses; a radio meter needs ten seconds. */
export const drawMs = (plan: ProofPlan, pulses: number): number =>
  plan.attach === 'radio'
    ? OPEN_MS
    : ((pulses * toNumber(plan.pulseWeight)) / DRAW_PER_S[plan.resource]) * SECOND_MS;

/** How long a slow draw may need for its next pulse: the heavier the pulse, the longer we wait. */
function patienceMs(plan: ProofPlan): number {
  if (plan.attach === 'radio') return 3 * PATIENCE_MS;
  const perPulseMs = drawMs(plan, 1);
  return Math.min(PATIENCE_LIMIT_MS, Math.max(PATIENCE_MS, 2 * perPulseMs));
}

const sameId = (a: string, b: string): boolean =>
  a.replace(/^0+/, '').toUpperCase() === b.replace(/^0+/, '').toUpperCase();
const isOwn = (plan: ProofPlan, o: Observation): boolean =>
  o.kind === plan.attach && sameId(o.deviceId, plan.deviceId);
const absolute = (d: Decimal): Decimal => (d.units < 0n ? { ...d, units: -d.units } : d);
const wired = (plan: ProofPlan, input: PulseInput | undefined): input is PulseInput =>
  plan.attach === 'pulse' && input !== undefined;
const inputOf = (o: Observation, channel: number): PulseInput | undefined =>
  o.kind === 'pulse' ? o.inputs.find((i) => i.channel === channel) : undefined;

type Count = { readonly at: Instant; readonly pulses: number };
const countsOf = (of: readonly Observation[], channel: number): Count[] =>
  of.flatMap((o) => {
    const input = inputOf(o, channel);
    return input ? [{ at: o.at, pulses: input.pulses }] : [];
  });

/** Pulses since the tap was opened: the newest count less the last one before. */
function pulseGrowth(
  of: readonly Observation[],
  channel: number,
  openedAt: Instant | null,
): number {
  if (openedAt === null) return 0;
  const counts = countsOf(of, channel);
  const base = counts.findLast((c) => c.at <= openedAt) ?? counts[0];
  const last = counts.at(-1);
  return base && last ? Math.max(0, last.pulses - base.pulses) : 0;
}

/** When the count last grew; the opening while it never did. */
function lastPulseAt(of: readonly Observation[], channel: number, openedAt: Instant): Instant {
  const counts = countsOf(of, channel);
  const at = counts.findLastIndex((c, i) => i > 0 && c.pulses > counts[i - 1]!.pulses);
  return Math.max(openedAt, counts[at]?.at ?? openedAt);
}

/** A loose wire reports a break now and then: one while the tap is open is enough. */
const brokenSince = (
  own: readonly Observation[],
  channel: number,
  openedAt: Instant | null,
): PulseInput | undefined =>
  openedAt === null
    ? undefined
    : own
        .filter((o) => o.at > openedAt)
        .map((o) => inputOf(o, channel))
        .find((input) => input?.wireBreak);

function valueGrowth(of: readonly Observation[], openedAt: Instant | null): Decimal {
  const values = of.flatMap((o) =>
    o.kind === 'radio' && o.value ? [{ at: o.at, v: o.value }] : [],
  );
  if (openedAt === null) return decimal(0);
  const base = values.findLast((c) => c.at <= openedAt) ?? values[0];
  const last = values.at(-1);
  if (!base || !last) return decimal(0);
  const grown = subtractDecimal(last.v, base.v);
  return grown.units > 0n ? grown : decimal(0);
}

const ownGrowth = (plan: ProofPlan, marks: ProofMarks, own: readonly Observation[]): Decimal =>
  plan.attach === 'pulse'
    ? multiplyDecimal(plan.pulseWeight, decimal(pulseGrowth(own, plan.channel, marks.openedAt)))
    : valueGrowth(own, marks.openedAt);

/** Devices and inputs other than the planned one that counted while the tap was open. */
function growthOfOthers(
  plan: ProofPlan,
  openedAt: Instant | null,
  observations: readonly Observation[],
): Other[] {
  if (openedAt === null) return [];
  const ids = [...new Set(observations.map((o) => o.deviceId))];
  return ids.flatMap((deviceId): Other[] => {
    const of = observations.filter((o) => o.deviceId === deviceId);
    const own = sameId(deviceId, plan.deviceId);
    const channels = new Set(
      of.flatMap((o) => (o.kind === 'pulse' ? o.inputs : [])).map((i) => i.channel),
    );
    const counting = [...channels]
      .filter((channel) => !(own && channel === plan.channel))
      .map((channel) => ({ deviceId, channel, pulses: pulseGrowth(of, channel, openedAt) }))
      .filter(({ pulses }) => pulses >= MIN_PULSES);
    const radio = !own && valueGrowth(of, openedAt).units > 0n;
    return radio ? [...counting, { deviceId, channel: null, pulses: 0 }] : counting;
  });
}
