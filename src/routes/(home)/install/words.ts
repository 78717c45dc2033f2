/** Words of the wizard that depend on a code: what to open, what is wrong, what to do. */
import type { Decimal } from '#lib/base/decimal.ts';
import { parseDecimal } from '#lib/base/decimal.ts';
import type { ProofPlan, ProofVerdict } from '#lib/domain/install-evidence.ts';
import type { Resource } from '#lib/domain/resource.ts';
import { formatNumber } from '#lib/i18n/format.ts';
import { m } from '#lib/i18n/paraglide/messages.js';

const OPEN: Readonly<Record<Resource, () => string>> = {
  'cold-water': m.install_open_cold,
  'hot-water': m.install_open_hot,
  electricity: m.install_open_electricity,
  gas: m.install_open_gas,
  heat: m.install_open_heat,
};
export const openWords = (resource: Resource): string => OPEN[resource]();

/** Unit printed on the dial. */
export const dialUnit = (resource: Resource): string =>
  resource === 'electricity' || resource === 'heat' ? m.common_unit_kwh() : m.common_unit_m3();

/** A decimal with exactly the digits it has. */
export const exactly = (value: Decimal): string =>
  formatNumber(value, { decimals: Math.max(0, -value.scale) });

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

function weightWords({ suggested }: ProofVerdict, plan: ProofPlan): string {
  if (!suggested) return m.install_p_wrong_weight_none();
  return m.install_p_wrong_weight_do({
    suggested: exactly(suggested),
    weight: exactly(plan.pulseWeight),
    unit: dialUnit(plan.resource),
  });
}
