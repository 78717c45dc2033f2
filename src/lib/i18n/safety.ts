/**
 * Words of safety checklists. Knows the codes of domain/safety.table.ts and order.ts and no screen;
 * the phone and the desk say the same.
 */
import { m } from './paraglide/messages.js';

const WORKS: Readonly<Record<string, () => string>> = {
  round: m.safety_work_round,
  cabinet: m.safety_work_cabinet,
  exchange: m.safety_work_exchange,
};

export const SAFETY_WORDS: Readonly<Record<string, () => string>> = {
  dressed: m.safety_p_dressed,
  light: m.safety_p_light,
  reachable: m.safety_p_reachable,
  'look-only': m.safety_p_look_only,
  'gas-smell': m.safety_p_gas_smell,
  'hot-parts': m.safety_p_hot_parts,
  'no-wells': m.safety_p_no_wells,
  dry: m.safety_p_dry,
  insulated: m.safety_p_insulated,
  'no-loose-metal': m.safety_p_no_loose_metal,
  'one-hand': m.safety_p_one_hand,
  'second-person': m.safety_p_second_person,
  'switched-off': m.safety_p_switched_off,
  secured: m.safety_p_secured,
  'no-voltage': m.safety_p_no_voltage,
  'protective-gear': m.safety_p_protective_gear,
};

/** A code that a newer phone knows is shown as it is. */
export const safetyWork = (code: string): string => WORKS[code]?.() ?? code;
export const safetyPoint = (code: string): string => SAFETY_WORDS[code]?.() ?? code;
