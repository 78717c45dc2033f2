/**
 * A simulated electricity meter with three phases, two tariffs and a relay: the objects of its
 * logical device. Consumption is a function of time, so that a value and the profile agree. Knows
 * no line; `device.ts` puts it on one.
 */
import { DAY_MS } from '#lib/base/interval.ts';
import type { DlmsData } from '../../../meters/dlms/axdr.ts';
import * as make from '../../../meters/dlms/cosem/build.ts';
import { CLOCK, type CaptureObject } from '../../../meters/dlms/cosem/selection.ts';
import { encodeDateTime, instantOf, readDateTime } from '../../../meters/dlms/date-time.ts';
import {
  cosemObject,
  objectList,
  profileObject,
  RESULT,
  type CallMethod,
  type CosemObject,
  type ReadValue,
} from './objects.ts';

export type ElectricityMeterOptions = {
  /** Suite 1 or 2, with the method that agrees on new keys (`key-agreement.ts`). */
  readonly security?: { readonly suite: number; readonly agreeKeys: CallMethod };
  readonly serial: string;
  readonly systemTitle: Uint8Array;
  /** Constant load in watts; the day tariff (6 to 22 h) takes twice of it. */
  readonly loadW: number;
  readonly startAt: number;
  readonly startWh: number;
  readonly counters: { client: number; own: number };
  /** Rows of the profiles leave unchanged cells out. */
  readonly isCompressed?: boolean;
  readonly selects?: readonly ('range' | 'entry')[];
};

const HOUR_MS = 3_600_000;
const QUARTER_MS = 900_000;
const [DAY_BEGIN_H, DAY_END_H] = [6, 22];
const UNIT = { W: 27, Wh: 30, varh: 32, A: 33, V: 35, Hz: 44 } as const;

type Energy = { readonly total: number; readonly day: number; readonly night: number };

/** Milliseconds of the day tariff from 1970 to `at`. */
function dayTariffMs(at: number): number {
  const perDay = (DAY_END_H - DAY_BEGIN_H) * HOUR_MS;
  const today = (at % DAY_MS) - DAY_BEGIN_H * HOUR_MS;
  return Math.floor(at / DAY_MS) * perDay + Math.min(Math.max(today, 0), perDay);
}

export function energyAt(o: ElectricityMeterOptions, at: number): Energy {
  const dayMs = dayTariffMs(at) - dayTariffMs(o.startAt);
  const nightMs = at - o.startAt - dayMs;
  const day = Math.floor((2 * o.loadW * dayMs) / HOUR_MS);
  const night = Math.floor((o.loadW * nightMs) / HOUR_MS);
  return { total: o.startWh + day + night, day, night };
}

const register = (obis: string, scaler: readonly [number, number], value: ReadValue): CosemObject =>
  cosemObject({
    classId: 3,
    obis: `${obis}*255`,
    attributes: { 2: value, 3: make.scalerUnit(...scaler) },
  });

const column = (obis: string): CaptureObject => ({
  classId: 3,
  obis: `${obis}*255`,
  attribute: 2,
  index: 0,
});

/** Moments of the last `count` captures, oldest first. */
function captures(at: number, stepMs: number, count: number): readonly number[] {
  const last = Math.floor(at / stepMs) * stepMs;
  return Array.from({ length: count }, (_, i) => last - (count - 1 - i) * stepMs);
}

function profiles(o: ElectricityMeterOptions): readonly CosemObject[] {
  const columns = [CLOCK, column('1-0:1.8.0'), column('1-0:1.8.1'), column('1-0:1.8.2')];
  const rowAt = (at: number): readonly DlmsData[] => {
    const { total, day, night } = energyAt(o, at);
    return [make.octets(encodeDateTime(at)), make.u32(total), make.u32(day), make.u32(night)];
  };
  const common = {
    columns,
    ...(o.isCompressed && { isCompressed: true }),
    ...(o.selects && { selects: o.selects }),
  };
  const of = (obis: string, stepMs: number, count: number): CosemObject =>
    profileObject({
      ...common,
      obis: `${obis}*255`,
      periodS: stepMs / 1000,
      capacity: count,
      rows: (at) =>
        captures(at, stepMs, count)
          .filter((t) => t >= o.startAt)
          .map(rowAt),
    });
  return [of('1-0:99.1.0', QUARTER_MS, 960), of('1-0:99.2.0', DAY_MS, 89)];
}

function clock(adjust: { ms: number }): CosemObject {
  return cosemObject({
    classId: 8,
    obis: CLOCK.obis,
    isPublic: true,
    attributes: {
      2: (at) => ({ data: make.octets(encodeDateTime(at + adjust.ms)) }),
      3: make.i16(0),
      4: make.u8(0),
      8: make.boolean(false),
      9: make.enumeration(1),
    },
    writable: [2],
    onWrite: (_, data, at) => {
      const time = data.type === 'octet-string' ? readDateTime(data.value) : null;
      const instant = time && instantOf(time);
      if (instant !== null) adjust.ms = instant - at;
    },
  });
}

function relay(): CosemObject {
  const attributes = { 2: make.boolean(true), 3: make.enumeration(1), 4: make.enumeration(4) };
  const object = cosemObject({
    classId: 70,
    obis: '0-0:96.3.10*255',
    attributes,
    methods: { 1: () => turn(false), 2: () => turn(true) },
  });
  const turn = (isOn: boolean) => {
    object.attributes.set(2, make.boolean(isOn));
    object.attributes.set(3, make.enumeration(isOn ? 1 : 0));
    return { status: RESULT.success, data: null };
  };
  return object;
}

/** Objects that only hold what is written into them. */
function settings(o: ElectricityMeterOptions): readonly CosemObject[] {
  const empty = make.array([]);
  const calendar = Object.fromEntries(
    [2, 3, 4, 5, 6, 7, 8, 9].map((n) => [n, n === 2 || n === 6 ? make.text('') : empty]),
  );
  return [
    cosemObject({
      classId: 20,
      obis: '0-0:13.0.0*255',
      attributes: { ...calendar, 10: make.octets(new Uint8Array(12).fill(0xff)) },
      writable: [6, 7, 8, 9, 10],
    }),
    cosemObject({
      classId: 11,
      obis: '0-0:11.0.0*255',
      attributes: { 2: empty },
      writable: [2],
    }),
    cosemObject({
      classId: 64,
      obis: '0-0:43.0.0*255',
      attributes: {
        2: make.enumeration(3),
        3: make.enumeration(o.security?.suite ?? 0),
        4: make.octets(new Uint8Array(8)),
        5: make.octets(o.systemTitle),
      },
      ...(o.security && { methods: { 3: o.security.agreeKeys } }),
    }),
  ];
}

const constant =
  (data: DlmsData): ReadValue =>
  () => ({ data });

/** All objects; the association object is the server's own. */
export function electricityMeter(o: ElectricityMeterOptions): readonly CosemObject[] {
  const energy =
    (part: keyof Energy): ReadValue =>
    (at) => ({
      data: make.u32(energyAt(o, at)[part]),
    });
  const phases = [
    ['31', '32'],
    ['51', '52'],
    ['71', '72'],
  ].flatMap(([current, voltage], i) => [
    register(`1-0:${current}.7.0`, [-2, UNIT.A], constant(make.u16(150 + i))),
    register(`1-0:${voltage}.7.0`, [-1, UNIT.V], constant(make.u16(2301 + i))),
  ]);
  const objects: CosemObject[] = [
    cosemObject({
      classId: 1,
      obis: '0-0:96.1.0*255',
      isPublic: true,
      attributes: { 2: make.text(o.serial) },
    }),
    cosemObject({
      classId: 1,
      obis: '0-0:42.0.0*255',
      isPublic: true,
      attributes: { 2: make.text(`KLT${o.serial}`) },
    }),
    cosemObject({
      classId: 1,
      obis: '0-0:43.1.0*255',
      isPublic: true,
      attributes: { 2: () => ({ data: make.u32(Math.max(o.counters.client, 0)) }) },
    }),
    clock({ ms: 0 }),
    register('1-0:1.8.0', [0, UNIT.Wh], energy('total')),
    register('1-0:1.8.1', [0, UNIT.Wh], energy('day')),
    register('1-0:1.8.2', [0, UNIT.Wh], energy('night')),
    register('1-0:1.7.0', [0, UNIT.W], constant(make.u32(o.loadW))),
    register('1-0:14.7.0', [-2, UNIT.Hz], constant(make.u16(4998))),
    ...phases,
    ...profiles(o),
    relay(),
    ...settings(o),
  ];
  const list = cosemObject({
    classId: 1,
    obis: '0-0:128.9.0*255',
    attributes: { 2: () => ({ data: objectList(objects) }) },
  });
  return [...objects, list];
}
