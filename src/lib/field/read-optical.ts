/**
 * Reading one meter through its optical eye: the session of IEC 62056-21 over any byte pipe, and
 * whether the meter that answered is the one of the round.
 *
 * It knows ports and sessions, not screens. lib/state runs it; tests run it against the virtual
 * meter of the codec.
 */
import type { Instant } from '#lib/base/interval.ts';
import type { DataSet } from '#lib/meters/iec62056-21/data-set.ts';
import { initialReadState, step } from '#lib/meters/iec62056-21/session.ts';
import type { ReadFailure, ReadOptions, Readout } from '#lib/meters/iec62056-21/session.ts';
import { normaliseDataSets } from '#lib/meters/normalise.ts';
import { DeviceError, type DeviceErrorCode } from '#lib/transport/transport.ts';
import type { Transport } from '#lib/transport/transport.ts';
import { Port, runSteps, STOPPED } from './port.ts';
import { roundRegister } from './round-register.ts';

export type OpticalMeter = { readonly serial: string; readonly register: number };

export type OpticalResult =
  | {
      readonly kind: 'read';
      /** Integer in the register's scale. */
      readonly value: bigint;
      readonly at: Instant;
      /** Number the meter told; null when it told none: the person compares by eye. */
      readonly serial: string | null;
      readonly raw: Uint8Array;
    }
  /** Another meter answered: nothing may be kept for this row. */
  | { readonly kind: 'other-meter'; readonly serial: string; readonly raw: Uint8Array }
  | { readonly kind: 'no-register'; readonly raw: Uint8Array }
  | { readonly kind: 'failed'; readonly code: ReadFailure | DeviceErrorCode | 'aborted' };

export type OpticalDeps = {
  readonly transport: Transport;
  readonly meter: OpticalMeter;
  readonly options?: ReadOptions;
  /** Bytes so far; a sign of life for the person who holds the head. */
  readonly onBytes?: (count: number) => void;
};

export async function readOptical(deps: OpticalDeps, signal: AbortSignal): Promise<OpticalResult> {
  try {
    const readout = await runSession(deps, signal);
    if (typeof readout === 'string') return { kind: 'failed', code: readout };
    return judge(readout, deps.meter);
  } catch (cause) {
    if (cause instanceof DeviceError) return { kind: 'failed', code: cause.code };
    throw cause;
  } finally {
    await deps.transport.close();
  }
}

/** Identification numbers in the order of trust: C.1.0 and C.1 are the meter's own (annex B). */
const NUMBER_CODES = [/^(?:\d+-\d+:)?96\.1\.0/, /^C\.1\.0$/, /^0\.0(?:\.[01])?$/, /^C\.1(?:\.1)?$/];

export function serialOf(sets: readonly Pick<DataSet, 'address' | 'value'>[]): string | null {
  for (const code of NUMBER_CODES) {
    const found = sets.find(({ address, value }) => code.test(address) && /\d{4}/.test(value));
    if (found) return found.value.trim();
  }
  return null;
}

/** Printed numbers come with spaces and leading noughts; the digits must be the same. */
export function sameSerial(told: string, printed: string): boolean {
  const bare = (text: string): string => text.replace(/[^0-9a-z]/gi, '').replace(/^0+/, '');
  const [a, b] = [bare(told).toUpperCase(), bare(printed).toUpperCase()];
  return (
    a !== '' && (a === b || (Math.min(a.length, b.length) >= 6 && (a.endsWith(b) || b.endsWith(a))))
  );
}

function judge(readout: Readout, meter: OpticalMeter): OpticalResult {
  const { raw, dataSets } = readout;
  const serial = serialOf(dataSets);
  if (serial !== null && !sameSerial(serial, meter.serial)) {
    return { kind: 'other-meter', serial, raw };
  }
  const value = roundRegister(normaliseDataSets(dataSets).values, meter.register);
  if (value === null) return { kind: 'no-register', raw };
  return { kind: 'read', value, at: Date.now(), serial, raw };
}

async function runSession(
  { transport, options, onBytes }: OpticalDeps,
  signal: AbortSignal,
): Promise<Readout | ReadFailure | 'aborted'> {
  let state = initialReadState(options);
  let count = 0;
  const port = new Port(transport, (note) => {
    if (note.kind === 'received') onBytes?.((count += note.bytes.length));
  });
  const result = await runSteps(
    port,
    (event) => {
      const next = step(state, event);
      state = next.state;
      return { ...next, result: state.result };
    },
    { signal },
  );
  if (result === STOPPED) return 'aborted';
  return result.kind === 'done' ? result.readout : result.code;
}
