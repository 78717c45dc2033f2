/**
 * A simulated meter that sends unasked at its home port, with the list of one of the usual makers.
 * Consumption is that of the electricity meter. Knows the shapes of lists, no line; the command
 * line and tests take its bytes.
 */
import type { DlmsData } from '../../../meters/dlms/axdr.ts';
import * as make from '../../../meters/dlms/cosem/build.ts';
import { encodeDateTime } from '../../../meters/dlms/date-time.ts';
import { encodePush, type PushCarrier } from '../../../meters/dlms/push-encode.ts';
import type { SealInput } from '../../../meters/dlms/security.ts';
import { energyAt, type ElectricityMeterOptions } from './electricity-meter.ts';

/**
 * - `aidon`: structures of OBIS code, value, scaler and unit.
 * - `kamstrup`: OBIS code and value in turn, without units.
 * - `kaifa`: values by position.
 * - `landis`: descriptors, then the values (push object list of class 40).
 */
export const PUSH_LISTS = ['aidon', 'kamstrup', 'kaifa', 'landis'] as const;
export type PushList = (typeof PUSH_LISTS)[number];

export type PushMeterOptions = {
  readonly list: PushList;
  readonly meter: ElectricityMeterOptions;
  readonly carrier: PushCarrier;
  /** Everything but the counter, which the meter counts itself; null sends in clear. */
  readonly seal: Omit<SealInput, 'invocationCounter'> | null;
};

const UNIT = { W: 27, Wh: 30, V: 35 } as const;
const VOLTAGE = 2301;

const visible = (text: string): DlmsData => ({
  type: 'visible-string',
  value: Uint8Array.from(text, (c) => c.charCodeAt(0)),
});

function bodyOf({ list, meter }: PushMeterOptions, at: number): DlmsData {
  const { total } = energyAt(meter, at);
  const clock = make.octets(encodeDateTime(at));
  const named: readonly (readonly [obis: string, data: DlmsData, scaler: number, unit: number])[] =
    [
      ['1-0:1.7.0', make.u32(meter.loadW), 0, UNIT.W],
      ['1-0:32.7.0', make.u16(VOLTAGE), -1, UNIT.V],
      ['1-0:1.8.0', make.u32(total), 0, UNIT.Wh],
    ];
  switch (list) {
    case 'aidon':
      return make.array([
        make.structure([make.obisData('0-0:1.0.0'), clock]),
        ...named.map(([obis, data, scaler, unit]) =>
          make.structure([make.obisData(obis), data, make.scalerUnit(scaler, unit)]),
        ),
      ]);
    case 'kamstrup':
      return make.structure([
        visible('Kilter_V0001'),
        ...named.flatMap(([obis, data]) => [make.obisData(obis), data]),
      ]);
    case 'kaifa':
      return make.structure([
        ...['KFM_001', meter.serial, 'KLT-SIM'].map(make.text),
        ...[meter.loadW, 0, 0, 0].map(make.u32),
        ...[150, 151, 152].map(make.u32),
        ...[VOLTAGE, VOLTAGE, VOLTAGE].map(make.u32),
        clock,
        ...[total, 0, 0, 0].map(make.u32),
      ]);
    case 'landis': {
      const descriptor = (classId: number, obis: string): DlmsData =>
        make.structure([make.u16(classId), make.obisData(obis), make.i8(2), make.u16(0)]);
      const descriptors = [
        descriptor(40, '0-8:25.9.0'),
        ...named.map(([obis]) => descriptor(3, obis)),
      ];
      return make.structure([make.array(descriptors), ...named.map(([, data]) => data)]);
    }
  }
}

export type PushMeter = {
  /** What the meter sends at `at`, UTC milliseconds. */
  push(at: number): Uint8Array;
};

export function createPushMeter(options: PushMeterOptions): PushMeter {
  let count = 0;
  return {
    push(at) {
      count++;
      const { seal, carrier } = options;
      return encodePush(
        {
          body: bodyOf(options, at),
          longInvoke: 0x4000_0000 + (count & 0xff_ffff),
          dateTime: encodeDateTime(at),
          seal: seal && { ...seal, invocationCounter: count },
        },
        carrier,
      );
    },
  };
}
