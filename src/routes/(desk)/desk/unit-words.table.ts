/**
 * Units of telegram records (EN 13757-3, tables of VIF codes) as people of the language write them;
 * others stay as the standard's.
 */
import { m } from '#lib/i18n/paraglide/messages.js';

const UNIT: Readonly<Record<string, () => string>> = {
  h: m.desk_u_h,
  d: m.desk_u_d,
  min: m.desk_u_min,
  s: m.desk_u_s,
  month: m.desk_u_month,
  a: m.desk_u_year,
  W: m.desk_u_w,
  Wh: m.desk_u_wh,
  m3: m.desk_u_m3,
  'm3/h': m.desk_u_m3_per_h,
  'm3/min': m.desk_u_m3_per_min,
  'm3/s': m.desk_u_m3_per_s,
  kg: m.desk_u_kg,
  'kg/h': m.desk_u_kg_per_h,
  V: m.desk_u_v,
  A: m.desk_u_ampere,
  dBm: m.desk_u_dbm,
  bar: m.desk_u_bar,
  Hz: m.desk_u_hz,
  J: m.desk_u_j,
  kvar: m.desk_u_kvar,
  kvarh: m.desk_u_kvarh,
  t: m.desk_u_t,
  kVA: m.desk_u_kva,
};
export const unitName = (unit: string): string => UNIT[unit]?.() ?? unit;
