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
import type { Resource } from './resource.ts';

export const OPEN_MS = 10 * SECOND_MS;
const SILENCE_MS = 30 * SECOND_MS;
const PATIENCE_MS = 20 * SECOND_MS;
const PATIENCE_LIMIT_MS = 300 * SECOND_MS;
/** Fewer pulses cannot tell a weight from its half. */
const MIN_PULSES = 3;

/** A slow but honest draw in dial units per second: a tap at 6 l/min, a kettle, one gas ring. */
const DRAW_PER_S: Readonly<Record<Resource, number>> = {
  electricity: 0.0004,
  'cold-water': 0.0001,
  'hot-water': 0.0001,
  gas: 0.00003,
  heat: 0.001,
};

/** Weights that pulse outputs are sold with, in dial units. */
export const PULSE_WEIGHTS: readonly Decimal[] = [
  decimal(1, -4),
  decimal(25, -5),
  decimal(5, -4),
  decimal(1, -3),
  decimal(25, -4),
  decimal(5, -3),
  decimal(1, -2),
  decimal(25, -3),
  decimal(1, -1),
  decimal(1, 0),
];

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
    heardOwn: own.length > 0,
    pulses,
    counted,
    grew: counted.units > 0n,
    ownValue: last?.kind === 'radio' ? last.value : null,
    input,
    magnet: last?.kind === 'radio' ? last.magnet : (input?.magnet ?? false),
    others: growthOfOthers(plan, marks.openedAt, heard.observations),
  };
  const { problem, found, suggested } = findProblem(facts);
  return {
    stage: problem ? 'failed' : stageOf(facts),
    problem,
    found,
    suggested,
    wireWhole: wired(plan, input) ? !input.wireBreak : null,
    noShort: wired(plan, input) ? !input.shortCircuit : null,
    noMagnet: last ? !facts.magnet : null,
    pulses,
    counted,
    expectedDial: addDecimal(plan.start, counted),
    enough: isEnough(facts),
  };
}

type Other = { readonly deviceId: string; readonly channel: number | null };
type Facts = {
  readonly plan: ProofPlan;
  readonly marks: ProofMarks;
  readonly now: Instant;
  readonly heardOwn: boolean;
  readonly pulses: number;
  readonly counted: Decimal;
  readonly grew: boolean;
  readonly ownValue: Decimal | null;
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
  const swapped = f.others.find((o) => sameId(o.deviceId, f.plan.deviceId));
  const stranger = f.others.find((o) => !sameId(o.deviceId, f.plan.deviceId));
  // An input without a cable reports a break, so a counting neighbour input explains more.
  if (!f.grew && swapped) return finding('swapped', String(swapped.channel));
  if (!f.heardOwn && stranger && hadItsTurn(f)) return finding('wrong-meter', stranger.deviceId);
  if (f.input?.wireBreak) return finding('wire-break');
  if (f.input?.shortCircuit) return finding('short-circuit');
  if (f.magnet) return finding('magnet');
  if (!f.heardOwn) {
    return isOverdue(f.now - f.marks.listenedAt, SILENCE_MS) ? finding('no-signal') : NOTHING;
  }
  if (f.plan.attach === 'radio') {
    if (!f.ownValue) return finding('encrypted');
    if (!isNearDial(f)) return finding('wrong-start');
  }
  if (f.marks.openedAt !== null && !f.grew) {
    // A module that answers but stands still while a stranger counts is the wrong one as well.
    if (stranger && f.now - f.marks.openedAt >= OPEN_MS) {
      return finding('wrong-meter', stranger.deviceId);
    }
    if (isOverdue(f.now - f.marks.openedAt, patienceMs(f.plan))) return finding('no-flow');
  }
  return f.marks.dialAfter ? weightFinding(f, f.marks.dialAfter) : NOTHING;
}

const NOTHING: Finding = { problem: null, found: null, suggested: null };
const isOverdue = (passedMs: number, limitMs: number): boolean => passedMs >= limitMs;

/** A radio meter speaks every ten to twenty seconds; a module in set-up answers at once. */
const hadItsTurn = ({ plan, marks, now }: Facts): boolean =>
  plan.attach === 'pulse' || now - (marks.openedAt ?? now) >= PATIENCE_MS;

/** The dial must have moved by what was counted, give or take one pulse and one dial step. */
function weightFinding(f: Facts, dialAfter: Decimal): Finding {
  if (f.plan.attach === 'radio') return NOTHING;
  const moved = subtractDecimal(dialAfter, f.plan.start);
  if (isConsistent(moved, f.pulses, { weight: f.plan.pulseWeight, decimals: f.plan.decimals })) {
    return NOTHING;
  }
  const suggested = PULSE_WEIGHTS.filter((weight) =>
    isConsistent(moved, f.pulses, { weight, decimals: f.plan.decimals }),
  ).sort((a, b) => distance(moved, f.pulses, a) - distance(moved, f.pulses, b))[0];
  return { problem: 'wrong-weight', found: null, suggested: suggested ?? null };
}

function isConsistent(
  moved: Decimal,
  pulses: number,
  dial: { readonly weight: Decimal; readonly decimals: number },
): boolean {
  const counted = multiplyDecimal(dial.weight, decimal(pulses));
  const slack = addDecimal(dial.weight, decimal(1, -dial.decimals));
  return compareDecimal(absolute(subtractDecimal(moved, counted)), slack) <= 0;
}

const distance = (moved: Decimal, pulses: number, weight: Decimal): number =>
  Math.abs(toNumber(moved) - pulses * toNumber(weight));

/** A radio value may run ahead of the typed dial by what flowed since; it may not lag behind. */
function isNearDial(f: Facts): boolean {
  const ahead = subtractDecimal(f.ownValue!, f.plan.start);
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
  return f.plan.attach === 'pulse' ? f.pulses >= MIN_PULSES : f.grew;
}

/** How long a slow draw needs for the pulses we wait for, between 20 s and 5 min. */
export function patienceMs(plan: ProofPlan): number {
  if (plan.attach === 'radio') return 3 * PATIENCE_MS;
  const perPulseMs = (toNumber(plan.pulseWeight) / DRAW_PER_S[plan.resource]) * SECOND_MS;
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

/** Pulses since the tap was opened: the newest count less the last one before. */
function pulseGrowth(
  of: readonly Observation[],
  channel: number,
  openedAt: Instant | null,
): number {
  if (openedAt === null) return 0;
  const counts = of.flatMap((o) => {
    const input = inputOf(o, channel);
    return input ? [{ at: o.at, pulses: input.pulses }] : [];
  });
  const base = counts.findLast((c) => c.at <= openedAt) ?? counts[0];
  const last = counts.at(-1);
  return base && last ? Math.max(0, last.pulses - base.pulses) : 0;
}

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
    const counting = [...channels].filter(
      (c) => !(own && c === plan.channel) && pulseGrowth(of, c, openedAt) >= MIN_PULSES,
    );
    const radio = !own && valueGrowth(of, openedAt).units > 0n ? [{ deviceId, channel: null }] : [];
    return [...counting.map((channel) => ({ deviceId, channel })), ...radio];
  });
}
