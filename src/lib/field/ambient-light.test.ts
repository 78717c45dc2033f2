import { afterEach, expect, test, vi } from 'vitest';
import { lookFor, watchLight } from './ambient-light.ts';

afterEach(() => vi.unstubAllGlobals());

test('sun turns to sunlight, a stairwell to dark, dusk changes nothing', () => {
  expect(lookFor(40_000, 'dark')).toBe('sunlight');
  expect(lookFor(100, 'sunlight')).toBe('dark');
  expect(lookFor(5_000, 'dark')).toBe('dark');
  expect(lookFor(5_000, 'sunlight')).toBe('sunlight');
});

test('a sensor is read until it is left; no sensor and a refused one do nothing', () => {
  expect(watchLight(() => {})).toBeTypeOf('function');
  const made: { illuminance: number; stopped: boolean }[] = [];
  class Sensor extends EventTarget {
    illuminance = 12_000;
    stopped = false;
    constructor() {
      super();
      made.push(this);
    }
    start(): void {
      this.dispatchEvent(new Event('reading'));
    }
    stop(): void {
      this.stopped = true;
    }
  }
  vi.stubGlobal('AmbientLightSensor', Sensor);
  const heard: number[] = [];
  const stop = watchLight((lux) => heard.push(lux));
  stop();
  expect(heard).toEqual([12_000]);
  expect(made[0]!.stopped).toBe(true);
  vi.stubGlobal('AmbientLightSensor', function refused() {
    throw new DOMException('no', 'SecurityError');
  });
  expect(() => watchLight(() => {})()).not.toThrow();
});
