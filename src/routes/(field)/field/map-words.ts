/** Words of the map: how far, which way, how much is done. Only the pages of (field) call it. */
import { compassOf, type Compass } from '#lib/domain/position.ts';
import { formatNumber } from '#lib/i18n/format.ts';
import { m } from '#lib/i18n/paraglide/messages.js';
import type { MapHouse } from '#lib/state/field-map.svelte.ts';

const DIRECTION: Readonly<Record<Compass, () => string>> = {
  n: m.map_dir_n,
  ne: m.map_dir_ne,
  e: m.map_dir_e,
  se: m.map_dir_se,
  s: m.map_dir_s,
  sw: m.map_dir_sw,
  w: m.map_dir_w,
  nw: m.map_dir_nw,
};
/** Nearer than satellites can tell. */
const HERE_M = 25;

/** A phone knows its place to some ten metres: more digits would be invented. */
export const distanceText = (distance: number): string =>
  distance < 995
    ? m.map_meters_unit({ n: formatNumber(Math.max(10, Math.round(distance / 10) * 10)) })
    : m.map_km_unit({ n: formatNumber(distance / 1000, { decimals: distance < 9950 ? 1 : 0 }) });

/** "350 м на северо-восток"; null while one of the two places is unknown. */
export function wayWords({ distanceM, bearingDeg }: MapHouse): string | null {
  if (distanceM === null || bearingDeg === null) return null;
  if (distanceM < HERE_M) return m.map_here();
  const direction = DIRECTION[compassOf(bearingDeg)]();
  return m.map_way({ distance: distanceText(distanceM), direction });
}

export function progressWords({ done, ahead, meters }: MapHouse): string {
  const total = meters.length;
  return ahead > 0 ? m.map_progress({ done, total, left: ahead }) : m.map_done({ total });
}
