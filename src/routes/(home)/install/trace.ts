/** The line that a person watches: pulses of the planned input, or steps of the radio's value. */
import { toNumber } from '#lib/base/decimal.ts';
import type { Observation, ProofPlan } from '#lib/domain/install-evidence.ts';
import { formatNumber } from '#lib/i18n/format.ts';
import { m } from '#lib/i18n/paraglide/messages.js';

const WINDOW_MS = 16_000;
const [HIGH, LOW] = [44, 100];

type Frame = { readonly now: number; readonly listenedAt: number; readonly width: number };
/** `label` is empty between the seconds that are named. */
type Tick = { readonly at: number; readonly label: string; readonly anchor: 'start' | 'middle' };

export function traceOf(plan: ProofPlan, observations: readonly Observation[], frame: Frame) {
  const from = Math.max(frame.listenedAt, frame.now - WINDOW_MS * 0.75);
  const x = (at: number): number =>
    Math.max(0, Math.min(frame.width, ((at - from) / WINDOW_MS) * frame.width));
  const counts = observations.flatMap((o) => {
    const count = countOf(plan, o);
    return count === null ? [] : [{ at: o.at, count }];
  });
  let path = `M0 ${LOW}`;
  let steps = 0;
  counts.forEach(({ at, count }, i) => {
    const before = counts[i - 1];
    const grown = before ? count - before.count : 0;
    if (grown <= 0 || !before || at < from) return;
    // A module reports every two seconds: its pulses are drawn evenly between two reports.
    const drawn = Math.min(8, plan.attach === 'pulse' ? grown : 1);
    const span = (at - before.at) / drawn;
    for (let k = 0; k < drawn; k++) {
      const a = x(before.at + k * span + span * 0.35);
      const b = x(before.at + k * span + span * 0.65);
      if (b > a) path += `H${a.toFixed(1)}V${HIGH}H${b.toFixed(1)}V${LOW}`;
    }
    steps += grown;
  });
  path += `H${x(frame.now).toFixed(1)}`;
  return {
    x,
    path,
    steps: plan.attach === 'pulse' ? steps : Math.sign(steps),
    seconds: Math.round((frame.now - from) / 1000),
    ticks: ticksOf(from, frame.listenedAt),
  };
}

function countOf(plan: ProofPlan, o: Observation): number | null {
  const plain = (id: string): string => id.replace(/^0+/, '').toUpperCase();
  if (o.kind !== plan.attach || plain(o.deviceId) !== plain(plan.deviceId)) return null;
  if (o.kind === 'radio') return o.value ? toNumber(o.value) : null;
  return o.inputs.find((input) => input.channel === plan.channel)?.pulses ?? null;
}

/** Every two seconds since listening began, named every four where the name has room. */
function ticksOf(from: number, listenedAt: number): Tick[] {
  const first = Math.ceil((from - listenedAt) / 2000);
  return Array.from({ length: WINDOW_MS / 2000 + 1 }, (_, i): Tick => {
    const seconds = (first + i) * 2;
    const at = listenedAt + seconds * 1000;
    const hasRoom = at - from < WINDOW_MS * 0.95;
    return {
      at,
      label: seconds % 4 === 0 && hasRoom ? m.install_seconds({ n: formatNumber(seconds) }) : '',
      anchor: at - from < 900 ? 'start' : 'middle',
    };
  }).filter(({ at }) => at - from <= WINDOW_MS);
}
