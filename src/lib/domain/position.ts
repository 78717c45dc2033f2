/**
 * Where something stands on the earth: distance and direction between two places, and the text a
 * person types. Knows the sphere and no map. Anyone may call it.
 */
import { parseDecimal, rescale } from '#lib/base/decimal.ts';

/** WGS 84 in millionths of a degree: a step is 11 cm, and sums stay exact. */
export type Position = { readonly latUdeg: number; readonly lonUdeg: number };

export const UDEG_PER_DEG = 1_000_000;
const LAT_LIMIT_UDEG = 90 * UDEG_PER_DEG;
const LON_LIMIT_UDEG = 180 * UDEG_PER_DEG;
/** Mean radius of the earth, IUGG. */
const EARTH_RADIUS_M = 6_371_008.8;

export const isPosition = ({ latUdeg, lonUdeg }: Position): boolean =>
  Number.isInteger(latUdeg) &&
  Number.isInteger(lonUdeg) &&
  Math.abs(latUdeg) <= LAT_LIMIT_UDEG &&
  Math.abs(lonUdeg) <= LON_LIMIT_UDEG;

/** From floats of a browser or a map, rounded to the step. */
export const positionOfDegrees = (lat: number, lon: number): Position => ({
  latUdeg: Math.round(lat * UDEG_PER_DEG),
  lonUdeg: Math.round(lon * UDEG_PER_DEG),
});

export const degreesOf = ({ latUdeg, lonUdeg }: Position): [lat: number, lon: number] => [
  latUdeg / UDEG_PER_DEG,
  lonUdeg / UDEG_PER_DEG,
];

/** "55.751200": as many digits as are kept, so that typing it back changes nothing. */
export const degreeText = (udeg: number): string => (udeg / UDEG_PER_DEG).toFixed(6);

/** Two typed numbers with point or comma; null when they are none, or no place on the earth. */
export function parsePosition(lat: string, lon: string): Position | null {
  const [a, b] = [parseDecimal(lat), parseDecimal(lon)];
  if (!a.ok || !b.ok) return null;
  const position = {
    latUdeg: Number(rescale(a.value, -6).units),
    lonUdeg: Number(rescale(b.value, -6).units),
  };
  return isPosition(position) ? position : null;
}

const radians = (udeg: number): number => (udeg / UDEG_PER_DEG) * (Math.PI / 180);

/** Along the great circle, in metres (haversine: exact enough for a walk of any length). */
export function distanceM(from: Position, to: Position): number {
  const [latA, latB] = [radians(from.latUdeg), radians(to.latUdeg)];
  const dLat = latB - latA;
  const dLon = radians(to.lonUdeg) - radians(from.lonUdeg);
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(latA) * Math.cos(latB) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** First course from one place to the other in degrees, 0 = north, 90 = east, below 360. */
export function bearingDeg(from: Position, to: Position): number {
  const [latA, latB] = [radians(from.latUdeg), radians(to.latUdeg)];
  const dLon = radians(to.lonUdeg) - radians(from.lonUdeg);
  const y = Math.sin(dLon) * Math.cos(latB);
  const x = Math.cos(latA) * Math.sin(latB) - Math.sin(latA) * Math.cos(latB) * Math.cos(dLon);
  return ((Math.atan2(y, x) * 180) / Math.PI + 360) % 360;
}

export const COMPASS = ['n', 'ne', 'e', 'se', 's', 'sw', 'w', 'nw'] as const;
export type Compass = (typeof COMPASS)[number];

/** The eighth of the compass a course falls into. */
export const compassOf = (deg: number): Compass =>
  COMPASS[Math.round(deg / 45) % COMPASS.length] ?? 'n';
