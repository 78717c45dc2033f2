import { expect, test } from 'vitest';
import { bearingDeg, compassOf, degreeText, distanceM, parsePosition } from './position.ts';

const at = (lat: number, lon: number) => ({
  latUdeg: Math.round(lat * 1e6),
  lonUdeg: Math.round(lon * 1e6),
});

test('distances of known places', () => {
  // One degree along a meridian of the mean sphere: pi R / 180 = 111 195 m.
  expect(distanceM(at(0, 0), at(1, 0))).toBeCloseTo(111_195.08, 1);
  // At 60° north a degree of longitude is half as long.
  expect(distanceM(at(60, 0), at(60, 0.01))).toBeCloseTo(555.97, 1);
  expect(distanceM(at(55.7, 37.6), at(55.7, 37.6))).toBe(0);
  // Over the date line the way is short.
  expect(distanceM(at(0, 179.9), at(0, -179.9))).toBeCloseTo(22_239.02, 1);
});

test('courses and their words', () => {
  const here = at(55, 37);
  expect(compassOf(bearingDeg(here, at(55.1, 37)))).toBe('n');
  expect(compassOf(bearingDeg(here, at(55, 37.1)))).toBe('e');
  expect(compassOf(bearingDeg(here, at(54.9, 37)))).toBe('s');
  expect(compassOf(bearingDeg(here, at(55, 36.9)))).toBe('w');
  expect(compassOf(bearingDeg(here, at(54.95, 36.9)))).toBe('sw');
  expect(compassOf(337.4)).toBe('nw');
  expect(compassOf(337.6)).toBe('n');
});

test('typed numbers, and what is no place', () => {
  expect(parsePosition('55.7512', '37,6184')).toEqual(at(55.7512, 37.6184));
  expect(parsePosition('-33.8688197', '151.2')).toEqual({
    latUdeg: -33_868_820,
    lonUdeg: 151_200_000,
  });
  for (const [lat, lon] of [
    ['', '1'],
    ['north', '1'],
    ['90.000001', '0'],
    ['0', '180.1'],
    ['99999999999999999999', '0'],
  ] as const) {
    expect(parsePosition(lat, lon)).toBeNull();
  }
  expect(degreeText(at(55.7512, 0).latUdeg)).toBe('55.751200');
});
