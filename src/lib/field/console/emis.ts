/**
 * Functions of the concentrator EMIS 951 at the console (rows E-37 to E-59): parameters, clock,
 * managed meters with their profiles, journal, password, clearing, firmware. Each is one session;
 * what a role may not do is refused before anything is sent. Knows the table of the driver.
 */
import { fault, ok, type Result } from '#lib/base/result.ts';
import type { ConsoleFunction, ConsoleRole } from '#lib/domain/console-rights.table.ts';
import { mayAtConsole } from '#lib/domain/console-rights.table.ts';
import type { DlmsData } from '#lib/meters/dlms/axdr.ts';
import { transferImage } from '#lib/meters/dlms/client/image.ts';
import { readObjects, readProfile, type ObjectReading } from '#lib/meters/dlms/client/plans.ts';
import type { Dialog } from '#lib/meters/dlms/client/dialog.ts';
import type { ClientContext } from '#lib/meters/dlms/client/context.ts';
import type { Plan } from '#lib/meters/dlms/client/session.ts';
import { action, set } from '#lib/meters/dlms/client/writing.ts';
import * as make from '#lib/meters/dlms/cosem/build.ts';
import { ACCESS_RESULTS, ACTION_RESULTS } from '#lib/meters/dlms/cosem/results.table.ts';
import { unitOf } from '#lib/meters/dlms/values.ts';
import {
  EMIS_CLIENTS,
  EMIS_JOURNAL,
  EMIS_PARAMETERS,
  EMIS_PROFILES,
  emisProfileObis,
  emisSecretObis,
  type ParameterRow,
} from '#lib/meters/drivers/emis951.table.ts';
import { readDlmsProfile, sessionOptions, tableOf, selectionOf } from './dlms.ts';
import { journalOf, metersOf } from './emis-lists.ts';
import {
  belongsToSet,
  checkPassword,
  dataOf,
  editorOf,
  parameterRow,
  textOf,
} from './emis-parameters.ts';
import type {
  Access,
  FoundDevice,
  JournalEntry,
  ManagedMeterView,
  ParameterSet,
  ParameterValue,
  Period,
  ProfileTable,
  WriteOutcome,
} from './types.ts';
import { runDlms, type Work } from './work.ts';

export type EmisWork = {
  readonly work: Work;
  readonly device: FoundDevice;
  readonly access: Access;
};

const refused = (what: ConsoleFunction, role: ConsoleRole): Result<never> =>
  fault('not_allowed', `A ${role} may not ${what.replaceAll('_', ' ')}. Nothing was sent.`);

async function run<T>({ work, device, access }: EmisWork, plan: Plan<T>): Promise<Result<T>> {
  if (!device.isBehindEye) await work.port.use(device.settings);
  const { role, password } = access;
  const as = { clientId: EMIS_CLIENTS[role], password: role === 'reader' ? '' : password };
  return runDlms(work, sessionOptions(device, as), plan);
}

const targetOf = ({ classId, obis, attribute }: ParameterRow) => ({ classId, obis, attribute });

function parameterOf(row: ParameterRow, reading: ObjectReading): ParameterValue {
  const base = {
    name: row.name,
    group: row.group,
    isWritable: row.isWritable,
    editor: editorOf(row),
  };
  if ('error' in reading) {
    const problem = ACCESS_RESULTS.get(reading.error) ?? String(reading.error);
    return { ...base, text: '', unit: '', problem };
  }
  const { value } = reading;
  return { ...base, text: textOf(row, value), unit: unitOf(value) ?? '', problem: '' };
}

export function readParameters(
  emis: EmisWork,
  names: readonly string[],
): Promise<Result<readonly ParameterValue[]>> {
  const rows = names.map(parameterRow).filter((row) => row !== null);
  return run(emis, function* (context) {
    const readings = yield* readObjects(context, rows.map(targetOf));
    if (!readings.ok) return readings;
    return ok(rows.map((row, i) => parameterOf(row, readings.value[i]!)));
  });
}

const outcome = (name: string, result: number, words: ReadonlyMap<number, string>) => ({
  name,
  isWritten: result === 0,
  problem: result === 0 ? '' : (words.get(result) ?? String(result)),
});

function* write(context: ClientContext, row: ParameterRow, data: DlmsData): Dialog<WriteOutcome> {
  const result = yield* set(context, targetOf(row), data);
  return result.ok ? ok(outcome(row.name, result.value, ACCESS_RESULTS)) : result;
}

export async function writeParameter(
  emis: EmisWork,
  name: string,
  text: string,
): Promise<Result<WriteOutcome>> {
  const what = name === 'clock' ? 'import_clock' : 'write_data';
  if (!mayAtConsole(emis.access.role, what)) return refused(what, emis.access.role);
  const row = parameterRow(name);
  if (!row) return fault('bad_value', `There is no parameter ${name}.`);
  const data = dataOf(row, text);
  return data.ok ? run(emis, (context) => write(context, row, data.value)) : data;
}

export async function importSet(
  emis: EmisWork,
  { parameters }: ParameterSet,
): Promise<Result<readonly WriteOutcome[]>> {
  const { role } = emis.access;
  if (!mayAtConsole(role, 'write_data')) return refused('write_data', role);
  const rows = EMIS_PARAMETERS.filter((row) => belongsToSet(row) && row.name in parameters);
  const values: { row: ParameterRow; data: DlmsData }[] = [];
  for (const row of rows) {
    const data = dataOf(row, parameters[row.name]!);
    // One wrong value makes the whole file doubtful: nothing of it is written.
    if (!data.ok) return data;
    values.push({ row, data: data.value });
  }
  return run(emis, function* (context) {
    const out: WriteOutcome[] = [];
    for (const { row, data } of values) {
      const written = yield* write(context, row, data);
      if (!written.ok) return written;
      out.push(written.value);
    }
    return ok(out);
  });
}

const LISTS = ['meters', 'black_list', 'topology'] as const;

export function readMeters(emis: EmisWork): Promise<Result<readonly ManagedMeterView[]>> {
  const rows = LISTS.map((name) => EMIS_PARAMETERS.find((row) => row.name === name)!);
  return run(emis, function* (context) {
    const readings = yield* readObjects(context, rows.map(targetOf));
    if (!readings.ok) return readings;
    const [meters, blackList, topology] = readings.value.map((one) =>
      'value' in one ? one.value.data : null,
    );
    if (!meters) return fault('service_error', 'The concentrator refuses its list of meters.');
    return ok(metersOf(meters, { blackList: blackList ?? null, topology: topology ?? null }));
  });
}

export async function readMeterProfile(
  { work, device, access }: EmisWork,
  meter: ManagedMeterView,
  ask: { readonly profile: string; readonly period: Period | null },
): Promise<Result<ProfileTable>> {
  const row = EMIS_PROFILES.find(({ profile }) => profile === ask.profile);
  if (!row) return fault('bad_value', `There is no profile ${ask.profile}.`);
  const ref = {
    code: emisProfileObis(meter.number, row.code),
    name: row.profile,
    capacity: row.capacity,
  };
  const as = { clientId: EMIS_CLIENTS[access.role], password: access.password };
  const { period } = ask;
  const table = await readDlmsProfile(work, device, { ref, access: as, period });
  return table.ok ? ok({ ...table.value, serial: meter.serial }) : table;
}

export function readJournal(
  emis: EmisWork,
  period: Period | null,
): Promise<Result<readonly JournalEntry[]>> {
  const ref = { code: EMIS_JOURNAL.obis, name: 'journal', capacity: EMIS_JOURNAL.capacity };
  return run(emis, function* (context) {
    const profile = yield* readProfile(context, ref.code, selectionOf(period));
    return profile.ok ? ok(journalOf(tableOf(profile.value, ref, ''))) : profile;
  });
}

const ASSOCIATION_CLASS = 15;
const SECRET = 7;

/** Changes the LLS password of a role (E-47, E-45): never to one that is guessed first. */
export async function changePassword(
  emis: EmisWork,
  role: ConsoleRole,
  password: string,
): Promise<Result<WriteOutcome>> {
  const own = emis.access.role;
  const isForeign = role !== own && !mayAtConsole(own, 'manage_roles');
  if (own === 'reader' || role === 'reader' || isForeign) return refused('manage_roles', own);
  const secret = checkPassword(password);
  if (!secret.ok) return secret;
  const target = { classId: ASSOCIATION_CLASS, obis: emisSecretObis(role), attribute: SECRET };
  return run(emis, function* (context) {
    const result = yield* set(context, target, make.octets(secret.value));
    return result.ok ? ok(outcome('password', result.value, ACCESS_RESULTS)) : result;
  });
}

const PROFILE_CLASS = 7;
const RESET = 1;

/** Empties the journal; the device itself enters that somebody did (code 63). */
export async function clearData(emis: EmisWork): Promise<Result<WriteOutcome>> {
  const { role } = emis.access;
  if (!mayAtConsole(role, 'clear_data')) return refused('clear_data', role);
  const method = { classId: PROFILE_CLASS, obis: EMIS_JOURNAL.obis, method: RESET };
  return run(emis, function* (context) {
    const result = yield* action(context, method, make.i8(0));
    return result.ok ? ok(outcome('journal', result.value.status, ACTION_RESULTS)) : result;
  });
}

/** Errors: those of a session; `image_refused` with the device's own reason. */
export async function updateFirmware(
  emis: EmisWork,
  image: Uint8Array,
  onProgress: (part: number) => void,
): Promise<Result<WriteOutcome>> {
  const { role } = emis.access;
  if (!mayAtConsole(role, 'update_firmware')) return refused('update_firmware', role);
  if (image.length === 0) return fault('bad_value', 'The file is empty. Nothing was sent.');
  return run(emis, function* (context) {
    const result = yield* transferImage(context, image, onProgress);
    return result.ok ? ok(outcome('firmware', result.value, ACTION_RESULTS)) : result;
  });
}
