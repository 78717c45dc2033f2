/** Words of the wizard that depend on a code: what to open, what is wrong, what to do. */
import type { Decimal } from '#lib/base/decimal.ts';
import {
  decimal,
  formatDecimal,
  multiplyDecimal,
  parseDecimal,
  toNumber,
} from '#lib/base/decimal.ts';
import type { ProofPlan, ProofVerdict } from '#lib/domain/install-evidence.ts';
import type { Resource } from '#lib/domain/resource.ts';
import { formatNumber } from '#lib/i18n/format.ts';
import { m } from '#lib/i18n/paraglide/messages.js';
import { resourceName } from '#lib/ui/look.ts';

const OPEN: Readonly<Record<Resource, () => string>> = {
  'cold-water': m.install_open_cold,
  'hot-water': m.install_open_hot,
  electricity: m.install_open_electricity,
  gas: m.install_open_gas,
  heat: m.install_open_heat,
};
const RUN: Readonly<Record<Resource, () => string>> = {
  'cold-water': m.install_run_cold,
  'hot-water': m.install_run_hot,
  electricity: m.install_run_electricity,
  gas: m.install_run_gas,
  heat: m.install_run_heat,
};

/** Ten seconds where they are enough; heavy pulses and coarse dials need a longer draw. */
export const openWords = (plan: ProofPlan, drawMs: number): string =>
  drawMs > LONG_DRAW_MS ? RUN[plan.resource]() : OPEN[plan.resource]();
const LONG_DRAW_MS = 15_000;

/** A tap is opened and shut, a kettle or a burner is switched on and off. */
export const tapWords = (resource: Resource) =>
  resource === 'electricity' || resource === 'gas'
    ? { open: m.install_tap_on(), shut: m.install_tap_off(), while: m.install_signal_on() }
    : { open: m.install_tap_open(), shut: m.install_tap_close(), while: m.install_signal_open() };

/** Unit printed on the dial. */
const KWH: readonly Resource[] = ['electricity', 'heat'];
export const dialUnit = (resource: Resource): string =>
  KWH.includes(resource) ? m.common_unit_kwh() : m.common_unit_m3();

/** A decimal with exactly the digits it has. */
export const exactly = (value: Decimal): string =>
  formatNumber(value, { decimals: Math.max(0, -value.scale) });

/** Ten seconds of a tap are litres: nobody should have to read 0.006 m³. */
const inLitres = (value: Decimal): Decimal => multiplyDecimal(value, decimal(1000));
const isCubic = ({ resource }: ProofPlan): boolean => !KWH.includes(resource);

export const amountWords = (plan: ProofPlan, moved: Decimal): string =>
  isCubic(plan)
    ? `${shortest(inLitres(moved))} ${m.install_unit_litre()}`
    : `${exactly(moved)} ${dialUnit(plan.resource)}`;

/** A weight as it is printed: litres per pulse for water, pulses per unit for the others. */
export function weightLabel(resource: Resource, weight: Decimal): string {
  if (resource === 'cold-water' || resource === 'hot-water') {
    return m.install_weight_option({
      value: shortest(inLitres(weight)),
      unit: m.install_unit_litre(),
    });
  }
  const unit = dialUnit(resource);
  const rate = 1 / toNumber(weight);
  return rate < 1
    ? m.install_weight_option({ value: exactly(weight), unit })
    : m.install_weight_rate({ n: formatNumber(Math.round(rate)), unit });
}

/** What one pulse stands for, in the unit of `amountWords`. */
export const weightNumber = (plan: ProofPlan): string =>
  isCubic(plan) ? shortest(inLitres(plan.pulseWeight)) : exactly(plan.pulseWeight);

/** A decimal without the zeros behind it. */
const shortest = (value: Decimal): string =>
  formatNumber(value, {
    decimals: /[.](\d*[1-9])?0*$/.exec(formatDecimal(value))?.[1]?.length ?? 0,
  });

export function exactlyText(text: string): string {
  const parsed = parseDecimal(text);
  return parsed.ok ? exactly(parsed.value) : text;
}

export type ProblemWords = { readonly title: string; readonly text: string };

/** What is wrong and the next step, in words with both numbers. */
export function problemWords(verdict: ProofVerdict, plan: ProofPlan): ProblemWords | null {
  const device = plan.deviceId;
  const channel = String(plan.channel);
  const found = verdict.found ?? '';
  switch (verdict.problem) {
    case 'no-signal':
      return { title: m.install_p_no_signal({ device }), text: m.install_p_no_signal_do() };
    case 'wrong-meter':
      return {
        title: m.install_p_wrong_meter({ found }),
        text: m.install_p_wrong_meter_do({ device }),
      };
    case 'swapped':
      return {
        title: m.install_p_swapped({ found, channel }),
        text: m.install_p_swapped_do({ found }),
      };
    case 'wire-break':
      return { title: m.install_p_wire_break({ channel }), text: m.install_p_wire_break_do() };
    case 'short-circuit':
      return {
        title: m.install_p_short_circuit({ channel }),
        text: m.install_p_short_circuit_do(),
      };
    case 'magnet':
      return { title: m.install_p_magnet(), text: m.install_p_magnet_do() };
    case 'no-flow':
      return { title: m.install_p_no_flow(), text: m.install_p_no_flow_do() };
    case 'count-stopped':
      return {
        title: m.install_p_count_stopped({ n: verdict.pulses, needed: verdict.needed }),
        text: m.install_p_count_stopped_do(),
      };
    case 'too-few':
      return {
        title: m.install_p_too_few({ n: verdict.pulses, needed: verdict.needed }),
        text: m.install_p_too_few_do(),
      };
    case 'other-medium':
      return mediumWords(found, plan);
    case 'wrong-weight':
      return { title: m.install_p_wrong_weight(), text: weightWords(verdict, plan) };
    case 'encrypted':
      return { title: m.install_p_encrypted(), text: m.install_p_encrypted_do() };
    case 'wrong-start':
      return { title: m.install_p_wrong_start(), text: m.install_p_wrong_start_do() };
    case null:
      return null;
  }
}

function mediumWords(found: string, plan: ProofPlan): ProblemWords {
  const name = resourceName(found as Resource);
  return {
    title: m.install_p_medium({ found: name }),
    text: m.install_p_medium_do({ found: name, chosen: resourceName(plan.resource) }),
  };
}

function weightWords({ suggested }: ProofVerdict, plan: ProofPlan): string {
  if (!suggested) return m.install_p_wrong_weight_none();
  return m.install_p_wrong_weight_do({
    suggested: weightLabel(plan.resource, suggested),
    weight: weightLabel(plan.resource, plan.pulseWeight),
  });
}

/** Why the server did not take a request, by its code; what to do; that nothing is lost. */
export function refusalWords(code: string): string {
  if (code === 'UNAUTHORIZED') return m.install_refused_signed_out();
  if (code === 'FORBIDDEN') return m.install_refused_place();
  if (code === 'BAD_REQUEST' || code === 'CONFLICT') return m.install_refused_data();
  return m.install_refused_server();
}
