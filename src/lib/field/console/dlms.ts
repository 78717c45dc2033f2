/**
 * A DLMS/COSEM meter at the console: found over HDLC, read by its own list of objects
 * (IEC 62056-6-2:2021 clause 4.4.4, association LN), profiles on demand. Knows plans of the client,
 * no meter model; `emis.ts` has the functions of the concentrator.
 */
import { fromLatin1 } from '#lib/base/bytes.ts';
import { formatDecimal } from '#lib/base/decimal.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import type { DlmsData } from '#lib/meters/dlms/axdr.ts';
import { PUBLIC_CLIENT } from '#lib/meters/dlms/client/context.ts';
import {
  rangeOf,
  readObjects,
  readProfile,
  type ObjectReading,
  type Profile,
} from '#lib/meters/dlms/client/plans.ts';
import { get, isData, type Target } from '#lib/meters/dlms/client/services.ts';
import type { Plan } from '#lib/meters/dlms/client/session.ts';
import type { CaptureObject } from '#lib/meters/dlms/cosem/selection.ts';
import { encodeDateTime, formatLocal, instantOf } from '#lib/meters/dlms/date-time.ts';
import type { HdlcAddress } from '#lib/meters/dlms/hdlc/address.ts';
import { formatObis } from '#lib/meters/dlms/obis.ts';
import {
  integerOf,
  plainOf,
  scaledOf,
  unitOf,
  type DlmsValue,
  type ScalerUnit,
} from '#lib/meters/dlms/values.ts';
import type { SerialSettings } from '#lib/transport/transport.ts';
import type {
  DlmsAccess,
  FoundDevice,
  Identity,
  Period,
  ProfileRef,
  ProfileTable,
  ReadParts,
} from './types.ts';
import { dlmsValue } from './values.ts';
import { securedOptions } from './dlms-security.ts';
import { runDlms, type DlmsOptions, type Work } from './work.ts';

/** Server addresses that meters have: logical device 1 with the usual physical ones. */
export const HDLC_SERVERS: readonly HdlcAddress[] = [
  { upper: 1, lower: 17 },
  { upper: 1, lower: null },
  { upper: 1, lower: 16 },
  { upper: 1, lower: 1 },
];

const addressText = ({ upper, lower }: HdlcAddress): string =>
  lower === null ? String(upper) : `${upper}/${lower}`;

function serverOf(address: string): HdlcAddress {
  const [upper = 1, lower] = address.split('/').map(Number);
  return { upper, lower: lower ?? null };
}

/** Where a session goes: a server address, on the line or behind an eye. */
export type Place = { readonly address: string; readonly isBehindEye?: boolean };

export const sessionOptions = (
  { address, isBehindEye = false }: Place,
  { clientId, password }: DlmsAccess,
): DlmsOptions => ({
  isBehindEye,
  counterName: null,
  carrier: { kind: 'hdlc', server: serverOf(address) },
  client: {
    clientId,
    authentication: password ? { kind: 'lls', password: fromLatin1(password) } : { kind: 'none' },
    keys: null,
    ciphering: null,
  },
});

export const PUBLIC: DlmsAccess = { clientId: PUBLIC_CLIENT, password: '' };
/** Asking whether anybody is there must not cost a minute. */
const QUICK = { answerMs: 900, attempts: 2, exchangeMs: 6000, sessionMs: 15_000 };

const data = (obis: string, attribute = 2): Target => ({
  classId: 1,
  obis: `${obis}*255`,
  attribute,
});
const [SERIAL, DEVICE_NAME, EMIS_ADDRESS, FIRMWARE] = [
  data('0-0:96.1.0'),
  data('0-0:42.0.0'),
  data('0-0:128.0.1'),
  data('0-0:96.1.2'),
];

const plain = (reading: ObjectReading | undefined): string =>
  reading && 'value' in reading ? (plainOf(reading.value.data) ?? '').trim() : '';

/** Number, maker (three letters of the logical device name), firmware; and what kind it is. */
const identify: Plan<{ identity: Identity; kind: FoundDevice['kind'] }> = function* (context) {
  const targets = [SERIAL, DEVICE_NAME, EMIS_ADDRESS, FIRMWARE];
  const found = yield* readObjects(context, targets);
  if (!found.ok) return found;
  const [serial, name, emis, firmware] = found.value;
  const isEmis = emis !== undefined && 'value' in emis;
  const device = plain(name);
  const manufacturer = /^[A-Z]{3}/.exec(device)?.[0] ?? '';
  return ok({
    identity: {
      serial: plain(serial) || device.slice(3),
      manufacturer,
      model: isEmis ? `EMIS 951 ${plain(firmware)}`.trim() : plain(firmware),
    },
    kind: isEmis ? 'emis951' : 'meter',
  });
};

/** Refusals by which a device shows that it speaks DLMS all the same. */
const SPEAKS: readonly string[] = [
  'association_refused',
  'authentication_failed',
  'service_error',
  'exception',
];

/** Errors: those of a session; `no_answer` when no server address answers. */
export async function detectDlms(
  work: Work,
  settings: SerialSettings,
  isBehindEye = false,
): Promise<Result<FoundDevice>> {
  if (!isBehindEye) await work.port.use(settings);
  let last: Result<FoundDevice> = fault('no_answer', 'No HDLC address answers.');
  for (const server of HDLC_SERVERS) {
    const address = addressText(server);
    const found = { protocol: 'dlms', settings, address, isBehindEye } as const;
    const options = { ...sessionOptions(found, PUBLIC), times: QUICK };
    const result = await runDlms(work, options, identify);
    if (result.ok) return ok({ ...found, ...result.value });
    if (result.error.code === 'stopped') return result;
    if (SPEAKS.includes(result.error.code)) {
      const identity = { serial: '', manufacturer: '', model: '' };
      return ok({ ...found, identity, kind: 'meter' });
    }
    last = result;
  }
  return last;
}

type Named = { readonly classId: number; readonly obis: string };

/** Association LN: what this client may see. */
const OBJECT_LIST: Target = { classId: 15, obis: '0-0:40.0.0*255', attribute: 2 };
/** Where the meter does not tell its list, these are what most meters have. */
const USUAL: readonly Named[] = [
  { classId: 8, obis: '0-0:1.0.0*255' },
  ...['1.8.0', '1.8.1', '1.8.2', '2.8.0', '1.7.0', '32.7.0', '31.7.0', '14.7.0'].map((code) => ({
    classId: 3,
    obis: `1-0:${code}*255`,
  })),
];
/** Classes whose attribute 2 is a value: data, registers, clock. */
const VALUES: readonly number[] = [1, 3, 4, 5, 8];
const PROFILE_CLASS = 7;
/** More objects than a console shows are settings that nobody asked for. */
const MAX_VALUES = 200;

function namedOf(item: DlmsData): Named | null {
  if (item.type !== 'structure') return null;
  const [classId, , name] = item.value;
  const obis = name?.type === 'octet-string' ? formatObis(name.value) : null;
  const number = integerOf(classId);
  return obis && number !== null ? { classId: Number(number), obis } : null;
}

function listOf(list: DlmsData): readonly Named[] {
  const items = list.type === 'array' ? list.value : [];
  return items.map(namedOf).filter((one) => one !== null);
}

/** Groups C and D name what a profile holds (IEC 62056-6-1:2017 table 17). */
const PROFILE_NAMES: readonly (readonly [code: RegExp, name: string])[] = [
  [/^1-\d+:99\.[12]\.0/, 'load'],
  [/:98\.2\.0/, 'daily'],
  [/:98\.1\.0/, 'monthly'],
];

const profileRef = (code: string): ProfileRef => ({
  code,
  name: PROFILE_NAMES.find(([pattern]) => pattern.test(code))?.[1] ?? 'other',
  capacity: null,
});

const readAll: Plan<Omit<ReadParts, 'neighbours'>> = function* (context) {
  const who = yield* identify(context);
  if (!who.ok) return who;
  const list = yield* get(context, OBJECT_LIST);
  if (!list.ok) return list;
  const objects = isData(list.value) ? listOf(list.value.data) : USUAL;
  const named = objects.filter(({ classId }) => VALUES.includes(classId)).slice(0, MAX_VALUES);
  const readings = yield* readObjects(
    context,
    named.map((one) => ({ ...one, attribute: 2 })),
  );
  if (!readings.ok) return readings;
  const values = readings.value.flatMap((one) =>
    'value' in one && 'value' in one.value.data && !Array.isArray(one.value.data.value)
      ? [dlmsValue(one.value)]
      : [],
  );
  const profiles = objects
    .filter(({ classId }) => classId === PROFILE_CLASS)
    .map(({ obis }) => profileRef(obis));
  return ok({ identity: who.value.identity, values, profiles });
};

/** Errors: `bad_value` for keys that are none, `no_counter` where none can be kept. */
async function optionsFor(
  work: Work,
  device: FoundDevice,
  access: DlmsAccess | null,
): Promise<Result<DlmsOptions>> {
  if (!device.isBehindEye) await work.port.use(device.settings);
  const plain = sessionOptions(device, access ?? PUBLIC);
  return access?.security ? securedOptions(work, plain, access.security) : ok(plain);
}

/** `access` null is the public client. Errors: those of a session. */
export async function readDlms(
  work: Work,
  device: FoundDevice,
  access: DlmsAccess | null,
): Promise<Result<ReadParts>> {
  const options = await optionsFor(work, device, access);
  if (!options.ok) return options;
  const result = await runDlms(work, options.value, readAll);
  return result.ok ? ok({ ...result.value, neighbours: [] }) : result;
}

/** Ends of a selection belong to it (IEC 62056-6-2:2021 clause 4.3.6.2.2); ours are half-open. */
export const selectionOf = (period: Period | null) =>
  period && rangeOf(encodeDateTime(period.from), encodeDateTime(period.to - 1000));

const isClock = ({ classId }: CaptureObject): boolean => classId === 8;

/** A cell has no name of its own: its column has. */
const anonymous = (data: DlmsData, scalerUnit: ScalerUnit | null): DlmsValue => ({
  obis: '',
  classId: null,
  attribute: null,
  scalerUnit,
  data,
});

function cellText(cell: DlmsData | undefined, scalerUnit: ScalerUnit | null): string | null {
  if (!cell || cell.type === 'null-data') return null;
  const number = scaledOf(anonymous(cell, scalerUnit));
  return number ? formatDecimal(number) : plainOf(cell);
}

/** Rows as the console shows them; the clock is the row's time, not a column. */
export function tableOf(profile: Profile, ref: ProfileRef, serial: string): ProfileTable {
  const { columns, scalers, rows } = profile;
  const shown = columns.flatMap((column, i) => (isClock(column) ? [] : [i]));
  return {
    ref,
    serial,
    columns: shown.map((i) => ({
      code: columns[i]!.obis.replace('*255', ''),
      unit: unitOf(anonymous({ type: 'null-data' }, scalers[i] ?? null)) ?? '',
    })),
    rows: rows.map(({ time, cells }) => ({
      at: time && instantOf(time),
      time: (time && formatLocal(time)) ?? '',
      cells: shown.map((i) => cellText(cells[i], scalers[i] ?? null)),
    })),
  };
}

export async function readDlmsProfile(
  work: Work,
  device: FoundDevice,
  ask: { ref: ProfileRef; access: DlmsAccess | null; period: Period | null },
): Promise<Result<ProfileTable>> {
  const options = await optionsFor(work, device, ask.access);
  if (!options.ok) return options;
  const plan: Plan<Profile> = (context) =>
    readProfile(context, ask.ref.code, selectionOf(ask.period));
  const result = await runDlms(work, options.value, plan);
  return result.ok ? ok(tableOf(result.value, ask.ref, device.identity.serial)) : result;
}
