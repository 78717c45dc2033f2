/**
 * Which look the light around asks for. Knows the ambient light sensor of the few browsers that
 * have one and two thresholds; it changes no theme.
 */
export type LightLook = 'dark' | 'sunlight';

/** Lux. Shade on a bright day has ten thousand; a stairwell a hundred; between them all stays. */
const SUN_LUX = 10_000;
const SHADE_LUX = 1_500;

export function lookFor(lux: number, now: LightLook): LightLook {
  if (lux >= SUN_LUX) return 'sunlight';
  return lux <= SHADE_LUX ? 'dark' : now;
}

type LightSensor = EventTarget & { readonly illuminance: number; start(): void; stop(): void };

/** Calls with each measurement in lux; without a sensor, or without leave, never. */
export function watchLight(onLux: (lux: number) => void): () => void {
  const { AmbientLightSensor: Sensor } = globalThis as {
    AmbientLightSensor?: new (options: { frequency: number }) => LightSensor;
  };
  if (!Sensor) return () => {};
  try {
    const sensor = new Sensor({ frequency: 1 });
    sensor.addEventListener('reading', () => onLux(sensor.illuminance));
    // A phone that refuses the sensor has one tap instead.
    sensor.addEventListener('error', () => sensor.stop());
    sensor.start();
    return () => sensor.stop();
  } catch {
    return () => {};
  }
}
