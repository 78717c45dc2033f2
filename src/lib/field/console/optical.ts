/**
 * A meter with an optical eye at the console: sign-on, readout, load profile (IEC 62056-21:2002
 * clauses 6.4 and 6.3.14; VDEW 2.1 for `P.01`). Knows the sessions, no meter model.
 */
import { formatDecimal } from '#lib/base/decimal.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { createLineRun } from '#lib/meters/iec62056-21/line.ts';
import type { DataSet } from '#lib/meters/iec62056-21/data-set.ts';
import type { Identification } from '#lib/meters/iec62056-21/message.ts';
import {
  formatProfileTime,
  parseProfiles,
  profileInstant,
  type ProfileBlock,
  type ProfileValue,
} from '#lib/meters/iec62056-21/profile.ts';
import {
  runProgramming,
  type ProgrammingJob,
  type ProgrammingResult,
} from '#lib/meters/iec62056-21/programming.ts';
import { initialReadState, step, type ReadState } from '#lib/meters/iec62056-21/session.ts';
import { identify, type SignOnFailure } from '#lib/meters/iec62056-21/sign-on.ts';
import type { SerialSettings } from '#lib/transport/transport.ts';
import { serialOf } from '../read-optical.ts';
import type {
  FoundDevice,
  Identity,
  Period,
  ProfileRef,
  ProfileTable,
  ReadParts,
} from './types.ts';
import { dataSetValue } from './values.ts';
import { runSession, type Work } from './work.ts';

const MINUTE_MS = 60_000;
const failed = (code: string): Result<never> => fault(code, `The meter's eye says: ${code}.`);

const identityOf = (from: Identification, serial: string): Identity => ({
  serial,
  manufacturer: from.manufacturer,
  model: from.identification,
});

export async function detectOptical(
  work: Work,
  settings: SerialSettings,
): Promise<Result<FoundDevice>> {
  const run = createLineRun(identify({ eightBits: settings.dataBits === 8 }));
  const result = await runSession<Identification | SignOnFailure>(work, run.step);
  if (!result.ok) return result;
  if (typeof result.value === 'string') return failed(result.value);
  if (result.value.speaksHdlc) {
    const { detectDlms } = await import('./dlms.ts');
    const behind = await detectDlms(work, settings, true);
    if (behind.ok || behind.error.code === 'stopped') return behind;
  }
  const identity = identityOf(result.value, '');
  return ok({ protocol: 'iec', settings, identity, kind: 'meter', address: '' });
}

/** Modes that have a programming mode can be asked for profiles. */
const PROFILES: readonly ProfileRef[] = [
  { code: 'P.01', name: 'load', capacity: null },
  { code: 'P.98', name: 'other', capacity: null },
];

export async function readOpticalMeter(
  work: Work,
  device: FoundDevice,
): Promise<Result<ReadParts>> {
  let state: ReadState = initialReadState({ eightBits: device.settings.dataBits === 8 });
  const result = await runSession(work, (event) => {
    const next = step(state, event);
    state = next.state;
    return { ...next, result: state.result };
  });
  if (!result.ok) return result;
  if (result.value.kind === 'failed') return failed(result.value.code);
  const { identification, dataSets } = result.value.readout;
  return ok({
    identity: identityOf(identification, serialOf(dataSets) ?? ''),
    values: dataSets.map(dataSetValue),
    profiles: identification.mode === 'C' ? PROFILES : [],
    neighbours: [],
  });
}

/** A range of VDEW 2.1: from and to as ten digits; `;` alone is everything. */
function rangeText(period: Period | null): string {
  const digits = (at: number): string => new Date(at).toISOString().replace(/\D/g, '').slice(2, 12);
  return period ? `${digits(period.from)};${digits(period.to)}` : ';';
}

const cellText = (cell: ProfileValue): string | null => {
  if (cell.kind === 'number') return formatDecimal(cell.value);
  return /^[-*\s]*$/.test(cell.text) ? null : cell.text;
};

function rowsOf({ time, periodMinutes, rows }: ProfileBlock): ProfileTable['rows'] {
  const start = Date.parse(`${time.local}Z`);
  return rows.map((row, i) => {
    const local = new Date(start + i * (periodMinutes ?? 0) * MINUTE_MS).toISOString().slice(0, 19);
    const cells = row.map(cellText);
    return { at: profileInstant({ ...time, local }), time: local, cells };
  });
}

function tableOf(blocks: readonly ProfileBlock[], ref: ProfileRef, serial: string): ProfileTable {
  const columns = blocks[0]?.columns ?? [];
  const rows = blocks.flatMap((block) =>
    block.rows.length > 0
      ? rowsOf(block)
      : [{ at: profileInstant(block.time), time: formatProfileTime(block.time), cells: [] }],
  );
  return { ref, serial, columns, rows };
}

/** Errors: those of programming mode; `bad_profile`, `no_profile`. */
export async function readOpticalProfile(
  work: Work,
  device: FoundDevice,
  ask: { readonly ref: ProfileRef; readonly period: Period | null },
): Promise<Result<ProfileTable>> {
  const { ref, period } = ask;
  const job: ProgrammingJob = {
    command: 'R',
    type: '5',
    address: ref.code,
    value: rangeText(period),
  };
  const eightBits = device.settings.dataBits === 8;
  const run = createLineRun(runProgramming({ jobs: [job], eightBits }));
  const result = await runSession<ProgrammingResult>(work, run.step);
  if (!result.ok) return result;
  const { kind, code, detail, answers } = result.value;
  if (kind === 'failed') return fault(code ?? 'no_reply', detail);
  const sets: readonly DataSet[] = answers.flatMap(({ dataSets }) => dataSets);
  const blocks = parseProfiles(sets);
  if (!blocks.ok) return blocks;
  if (blocks.value.length === 0) return fault('no_profile', 'The meter has no such profile.');
  return ok(tableOf(blocks.value, ref, device.identity.serial));
}
