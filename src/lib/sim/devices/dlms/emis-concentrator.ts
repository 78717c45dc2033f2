/**
 * A simulated concentrator EMIS 951: its parameters, the profiles of the meters it polls and the
 * event journal, as its table names them (rows E-25 to E-58 of the reference systems). Knows no
 * line; `device.ts` puts it on one.
 */
import { DAY_MS } from '#lib/base/interval.ts';
import { createPrng } from '#lib/base/prng.ts';
import type { DlmsData } from '../../../meters/dlms/axdr.ts';
import * as make from '../../../meters/dlms/cosem/build.ts';
import { CLOCK, type CaptureObject } from '../../../meters/dlms/cosem/selection.ts';
import { encodeDateTime } from '../../../meters/dlms/date-time.ts';
import {
  EMIS_CLIENTS,
  EMIS_EVENTS,
  EMIS_JOURNAL,
  EMIS_PARAMETERS,
  EMIS_PROFILES,
  emisProfileObis,
  emisSecretObis,
  type EmisProfile,
} from '../../../meters/drivers/emis951.table.ts';
import { imageTransfer } from './image-transfer.ts';
import { cosemObject, profileObject, RESULT, type CosemObject } from './objects.ts';
import type { ServerClient } from './server.ts';

export type ManagedMeter = {
  readonly serial: string;
  readonly loadW: number;
  /** Not synchronised, or not regularly on line (E-52). */
  readonly isBlackListed?: boolean;
};

export type EmisOptions = {
  readonly serial: string;
  readonly meters: readonly ManagedMeter[];
  /** Since when the meters are polled. */
  readonly startAt: number;
  readonly seed?: number;
  /** Since when the journal is kept; absent: as long as the meters are polled. */
  readonly journalStartAt?: number;
  /** The same object that `emisClients` has, so that a changed password counts at once. */
  readonly passwords?: EmisPasswords;
  /** What is kept of one meter; absent: the four profiles of E-57 of an electricity meter. */
  readonly objectsOf?: (meter: ManagedMeter, number: number) => readonly CosemObject[];
};

/** LLS passwords of those who write; the device changes them when it is told to. */
export type EmisPasswords = { configurator: Uint8Array; administrator: Uint8Array };

const UNIT = { Wh: 30, varh: 32, W: 27, var: 29, V: 35, min: 6, h: 5 } as const;
const HOUR_MS = 3_600_000;
/** Every day has so many events of all meters, more or less. */
const EVENTS_PER_DAY = 3;
const EVENTS_CLEARED = 63;
const FIRMWARE_OBIS = '0-0:96.1.2*255';

type Values = Readonly<Record<string, DlmsData>>;

const address = (a: number, b: number, c: number): DlmsData =>
  make.u32(((10 << 24) | (a << 16) | (b << 8) | c) >>> 0);

/** PLC tree: serial, number of the meter before it (0: the concentrator), hops (E-53). */
function topologyOf(meters: readonly ManagedMeter[]): DlmsData {
  const hops: number[] = [];
  return make.array(
    meters.map(({ serial }, i) => {
      const parent = i === 0 ? 0 : Math.ceil(i / 3);
      hops.push(parent === 0 ? 1 : hops[parent - 1]! + 1);
      return make.structure([make.text(serial), make.u16(parent), make.u8(hops[i]!)]);
    }),
  );
}

/** Values of the parameters at delivery; there is no password that a stranger could know. */
const initialValues = ({ serial, meters }: EmisOptions): Values => ({
  serial_number: make.text(serial),
  logical_address: make.u16(Number(serial.slice(-4)) % 16384),
  firmware: make.text('KILTER-SIM 1'),
  main_server_address: make.text('10.0.0.1'),
  backup_server_address: make.text('10.0.0.2'),
  main_server_port: make.u16(9000),
  backup_server_port: make.u16(9001),
  heartbeat: make.u16(3),
  apn: make.text('internet'),
  modem_user: make.text(''),
  modem_password: make.text(''),
  use_dhcp: make.boolean(true),
  ip_address: address(0, 0, 51),
  subnet_mask: make.u32(0xffffff00),
  gateway: address(0, 0, 1),
  main_dns: address(0, 0, 1),
  backup_dns: address(0, 0, 2),
  mac_address: make.octets(Uint8Array.of(0x02, 0x4b, 0x4c, 0x54, 0x00, 0x01)),
  black_list: make.array(
    meters.flatMap(({ serial: meter, isBlackListed }) => (isBlackListed ? [make.text(meter)] : [])),
  ),
  topology: topologyOf(meters),
  battery_time: make.u32(1200),
  battery_voltage: make.u16(362),
});

/** Scalers of the parameters that are registers (class 3). */
const SCALERS: Values = {
  heartbeat: make.scalerUnit(0, UNIT.min),
  battery_time: make.scalerUnit(0, UNIT.h),
  battery_voltage: make.scalerUnit(-2, UNIT.V),
};

/** Per meter: number, serial, on line, last success, last failure, failures (E-28, E-29, E-51). */
const meterList = (meters: readonly ManagedMeter[], at: number): DlmsData =>
  make.array(
    meters.map(({ serial, isBlackListed = false }, i) =>
      make.structure([
        make.u16(i + 1),
        make.text(serial),
        make.boolean(!isBlackListed),
        make.octets(encodeDateTime(lastMidnight(at) - (isBlackListed ? 9 * DAY_MS : 0))),
        make.octets(encodeDateTime(lastMidnight(at) - DAY_MS)),
        make.u32(isBlackListed ? 9 : 1),
      ]),
    ),
  );

const lastMidnight = (at: number): number => Math.floor(at / DAY_MS) * DAY_MS;

/** Parameters that belong to one object are one object: several rows name the same code. */
function parameterObjects(o: EmisOptions): readonly CosemObject[] {
  const values = initialValues(o);
  const codes = [...new Set(EMIS_PARAMETERS.map(({ obis }) => obis))];
  return codes.map((obis) => {
    const rows = EMIS_PARAMETERS.filter((row) => row.obis === obis);
    const { classId, name } = rows[0]!;
    if (name === 'clock') return clockObject();
    const scaler = classId === 3 ? { 3: SCALERS[name] ?? make.nothing } : {};
    const attributes = Object.fromEntries(
      rows.map((row) => [row.attribute, values[row.name] ?? make.nothing]),
    );
    const dynamic =
      name === 'meters' ? { 2: (at: number) => ({ data: meterList(o.meters, at) }) } : {};
    return cosemObject({
      classId,
      obis,
      attributes: { ...attributes, ...scaler, ...dynamic },
      writable: rows.filter((row) => row.isWritable).map((row) => row.attribute),
      isPublic: true,
    });
  });
}

const clockObject = (): CosemObject =>
  cosemObject({
    classId: 8,
    obis: CLOCK.obis,
    isPublic: true,
    attributes: { 2: (at) => ({ data: make.octets(encodeDateTime(at)) }), 3: make.i16(0) },
    writable: [2],
  });

const value = (obis: string, classId = 3): CaptureObject => ({
  classId,
  obis: `${obis}*255`,
  attribute: 2,
  index: 0,
});

/** Columns, the moments of the captures, and a row of each profile (E-57). */
type Shape = {
  readonly columns: readonly CaptureObject[];
  readonly moments: (at: number, count: number) => readonly number[];
  readonly cells: (meter: ManagedMeter, hours: number) => readonly DlmsData[];
};

const days = (at: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => lastMidnight(at) - (count - 1 - i) * DAY_MS);

function months(at: number, count: number): readonly number[] {
  const now = new Date(at);
  const [year, month] = [now.getUTCFullYear(), now.getUTCMonth()];
  return Array.from({ length: count }, (_, i) => Date.UTC(year, month - (count - 1 - i), 1));
}

const energyCells = ({ loadW }: ManagedMeter, hours: number): readonly DlmsData[] => {
  const day = Math.floor((loadW * hours * 2) / 3);
  const night = Math.floor((loadW * hours) / 3);
  return [make.u32(day + night), make.u32(day), make.u32(night)];
};

const ENERGY = ['1-0:1.8.0', '1-0:1.8.1', '1-0:1.8.2'].map((obis) => value(obis));

const SHAPES: Readonly<Record<EmisProfile, Shape>> = {
  daily: { columns: ENERGY, moments: days, cells: energyCells },
  monthly: { columns: ENERGY, moments: months, cells: energyCells },
  max_active: {
    columns: [value('1-0:1.6.0', 4)],
    moments: months,
    cells: ({ loadW }, hours) => [make.u32(3 * loadW + (Math.floor(hours) % 97))],
  },
  max_reactive: {
    columns: [value('1-0:3.6.0', 4)],
    moments: months,
    cells: ({ loadW }, hours) => [make.u32(loadW + (Math.floor(hours) % 53))],
  },
};

function profilesOf(o: EmisOptions): readonly CosemObject[] {
  return o.meters.flatMap((meter, i) =>
    EMIS_PROFILES.map(({ profile, code, capacity }) => {
      const { columns, moments, cells } = SHAPES[profile];
      return profileObject({
        obis: emisProfileObis(i + 1, code),
        columns: [CLOCK, ...columns],
        periodS: profile === 'daily' ? DAY_MS / 1000 : 0,
        capacity,
        rows: (at) =>
          moments(at, capacity)
            .filter((moment) => moment >= o.startAt)
            .map((moment) => [
              make.octets(encodeDateTime(moment)),
              ...cells(meter, (moment - o.startAt) / HOUR_MS),
            ]),
      });
    }),
  );
}

const scalerObjects = (): readonly CosemObject[] =>
  [
    ['1-0:1.8.0', 3, UNIT.Wh],
    ['1-0:1.8.1', 3, UNIT.Wh],
    ['1-0:1.8.2', 3, UNIT.Wh],
    ['1-0:1.6.0', 4, UNIT.W],
    ['1-0:3.6.0', 4, UNIT.var],
  ].map(([obis, classId, unit]) =>
    cosemObject({
      classId: Number(classId),
      obis: `${obis}*255`,
      attributes: { 2: make.nothing, 3: make.scalerUnit(0, Number(unit)) },
      isPublic: true,
    }),
  );

/** The journal: time and code; cleared, it holds the one event that says so (code 63). */
function journal(o: EmisOptions): CosemObject {
  let clearedAt = -Infinity;
  const startAt = o.journalStartAt ?? o.startAt;
  const prng = createPrng(o.seed ?? 951);
  const spanMs = DAY_MS / EVENTS_PER_DAY;
  // Every code once, then at random, so that a reader meets all of them.
  const codes = Array.from({ length: 4096 }, (_, i) =>
    i < EMIS_EVENTS.length - 1 ? EMIS_EVENTS[i]!.code : prng.int(1, EVENTS_CLEARED),
  );
  const entry = (at: number, code: number) => [make.octets(encodeDateTime(at)), make.u8(code)];
  return profileObject({
    obis: EMIS_JOURNAL.obis,
    columns: [CLOCK, value('0-0:96.11.0', 1)],
    periodS: 0,
    capacity: EMIS_JOURNAL.capacity,
    rows: (at) => {
      const count = Math.max(0, Math.floor((at - startAt) / spanMs));
      const all = Array.from({ length: count }, (_, i) => ({
        at: startAt + (i + 1) * spanMs,
        code: codes[i % codes.length]!,
      }));
      const kept = all.filter((event) => event.at > clearedAt).map((e) => entry(e.at, e.code));
      return clearedAt > -Infinity ? [entry(clearedAt, EVENTS_CLEARED), ...kept] : kept;
    },
    onReset: (at) => {
      clearedAt = at;
    },
  });
}

/** Attribute 7 of each association is written, never read (E-47). */
const secretObjects = (passwords: EmisPasswords | undefined): readonly CosemObject[] =>
  passwords === undefined
    ? []
    : (['configurator', 'administrator'] as const).map((role) =>
        cosemObject({
          classId: 15,
          obis: emisSecretObis(role),
          attributes: { 7: () => ({ error: RESULT.denied }) },
          writable: [7],
          onWrite: (_, data) => {
            if (data.type === 'octet-string') passwords[role] = data.value;
          },
        }),
      );

/** All objects of the concentrator; the association object is the server's own. */
export function emisConcentrator(o: EmisOptions): readonly CosemObject[] {
  const parameters = parameterObjects(o);
  const firmware = parameters.find(({ obis }) => obis === FIRMWARE_OBIS);
  const onActivate = (image: Uint8Array): void =>
    void firmware?.attributes.set(2, make.text(`KILTER-SIM ${image.length}`));
  return [
    ...parameters,
    ...scalerObjects(),
    ...(o.objectsOf ? o.meters.flatMap((meter, i) => o.objectsOf!(meter, i + 1)) : profilesOf(o)),
    journal(o),
    ...secretObjects(o.passwords),
    imageTransfer({ onActivate }),
  ];
}

/**
 * The three roles of E-41: reading without password (NLS, E-45), writing and clearing with one
 * (LLS). Passwords are given at installation; an empty one is never accepted.
 */
export function emisClients(passwords: EmisPasswords): readonly ServerClient[] {
  const may = { canReadAll: true, canWrite: false, canCall: false };
  const { reader, configurator, administrator } = EMIS_CLIENTS;
  return [
    {
      clientId: reader,
      mechanism: 0,
      secret: new Uint8Array(0),
      rights: may,
      protection: 0,
    },
    {
      clientId: configurator,
      mechanism: 1,
      get secret() {
        return passwords.configurator;
      },
      rights: { ...may, canWrite: true },
      protection: 0,
    },
    {
      clientId: administrator,
      mechanism: 1,
      get secret() {
        return passwords.administrator;
      },
      rights: { canReadAll: true, canWrite: true, canCall: true },
      protection: 0,
    },
  ];
}
