/**
 * All drivers, in the order in which they are tried. Called by `wmbus/decode.ts`; a driver that is
 * not in this list does not exist.
 */
import type { DataRecord } from '../telegram.ts';
import { APATOR_ALLOCATOR, APATOR_ALLOCATOR_PREFIXED, APATOR_WATER } from './apator.ts';
import { APATOR_NA1 } from './apator-na1.ts';
import { readDriver, type Driver, type DriverInput, type Locked } from './driver.ts';
import { PRIOS } from './prios.ts';
import { TECHEM_ALLOCATOR, TECHEM_HEAT, TECHEM_WATER, TECHEM_WATER_4 } from './techem.ts';
import { ZENNER } from './zenner.ts';

export const DRIVERS: readonly Driver[] = [
  PRIOS,
  TECHEM_WATER,
  TECHEM_WATER_4,
  TECHEM_HEAT,
  TECHEM_ALLOCATOR,
  ZENNER,
  APATOR_WATER,
  APATOR_NA1,
  APATOR_ALLOCATOR,
  APATOR_ALLOCATOR_PREFIXED,
];

export type Driven = {
  readonly name: string;
  readonly records: readonly DataRecord[];
  /** Why a payload that the driver knows stays locked. */
  readonly locked: Locked | null;
  /** The meter's own key opened it. */
  readonly unlocked: boolean;
};

/** What the first driver that knows this payload reads; null when none does. */
export function drivePayload(source: Driver['source'], input: DriverInput): Driven | null {
  for (const driver of DRIVERS) {
    if (driver.source !== source) continue;
    const records = readDriver(driver, input);
    const { name, unlock } = driver;
    if (typeof records === 'string') {
      return { name, records: [], locked: records, unlocked: false };
    }
    if (records) return { name, records, locked: null, unlocked: unlock !== undefined };
  }
  return null;
}
