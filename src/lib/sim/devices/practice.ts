/**
 * Practice meters of Kilter's own, one set for the console's simulated devices and for the servers
 * of the command line: what they are called and what they show. Only data and builders of data; who
 * puts them on a line knows the line.
 */
import { must } from '#lib/base/assert.ts';
import { concatBytes } from '#lib/base/bytes.ts';
import { decimal } from '#lib/base/decimal.ts';
import { DAY_MS, type Instant } from '#lib/base/interval.ts';
import { parseIdentification } from '../../meters/iec62056-21/message.ts';
import type { ProfileBlock } from '../../meters/iec62056-21/profile.ts';
import type { VirtualMeter } from '../../meters/iec62056-21/responder.ts';
import { makeRecord } from '../../meters/mbus/build.ts';
import { encodeRecords } from '../../meters/mbus/records.ts';
import type { RegisterMap } from '../../meters/modbus/register-map.ts';
import { REGISTER_MAPS } from '../../meters/modbus/register-maps.table.ts';
import type { SlaveSpec } from './wired-bus.ts';

const SERIAL = '10000042';

const SETS = [
  { address: 'F.F', value: '00000000', unit: null },
  { address: '0.0.0', value: SERIAL, unit: null },
  { address: '1.8.0', value: '004821.500', unit: 'kWh' },
  { address: '1.8.0*01', value: '004790.125', unit: 'kWh' },
  { address: '2.8.0', value: '000012.250', unit: 'kWh' },
  { address: '32.7', value: '231.0', unit: 'V' },
] as const;

/** A meter of IEC 62056-21 with the identification `line`. */
export const practiceMeter = (line: string, more: Partial<VirtualMeter> = {}): VirtualMeter => ({
  identification: must(parseIdentification(line), 'a practice meter has an identification'),
  address: SERIAL,
  dataSets: SETS,
  ...more,
});

const PROFILE_DAYS = 7;
const PERIOD_MINUTES = 15;
const PERIODS = (24 * 60) / PERIOD_MINUTES;
/** Mean power of a quarter of an hour in 0.001 kW: a quiet night, a meal at noon and at night. */
const loadAt = (quarter: number, day: number): bigint => {
  const hour = quarter / 4;
  const meal = (hour >= 12 && hour < 13) || (hour >= 18 && hour < 21);
  return BigInt(120 + (hour >= 7 && hour < 23 ? 180 : 0) + (meal ? 900 : 0) + ((day * 37) % 60));
};

/** Load profile of the seven days before `at`, a block a day, in UTC (VDEW 2.1). */
export function practiceProfile(at: Instant): readonly ProfileBlock[] {
  const today = Math.floor(at / DAY_MS) * DAY_MS;
  return Array.from({ length: PROFILE_DAYS }, (_, i) => {
    const start = today - (PROFILE_DAYS - i) * DAY_MS + PERIOD_MINUTES * 60_000;
    return {
      address: 'P.01',
      time: { local: new Date(start).toISOString().slice(0, 19), season: 'utc' },
      status: '00',
      periodMinutes: PERIOD_MINUTES,
      columns: [{ code: '1.5.0', unit: 'kW' }],
      rows: Array.from({ length: PERIODS }, (_, quarter) => [
        { kind: 'number', value: decimal(loadAt(quarter, i), -3) },
      ]),
    };
  });
}

const volume = (litres: number): Uint8Array => {
  const made = makeRecord({ quantity: 'volume', unit: 'm3', value: decimal(litres, -3) });
  return encodeRecords({ records: [must(made.ok ? made.value : null, 'a record of volume')] });
};
/** DIF 1Fh: another telegram follows. */
const more = (records: Uint8Array): Uint8Array => concatBytes(records, Uint8Array.of(0x1f));

/** Three water meters, far apart as numbers of a house are; the last one needs two telegrams. */
export const PRACTICE_SLAVES: readonly SlaveSpec[] = ['24017753', '58120466', '81190027'].map(
  (id, i) => ({
    address: i + 1,
    device: { manufacturer: 'KLT', id, version: 1, type: 7 },
    baud: 2400,
    delay: i,
    telegrams: i === 2 ? [more(volume(3001)), volume(2990)] : [volume(1000 * (i + 1) + 1)],
  }),
);

/** By OBIS code, in the unit of the register map. */
export const PRACTICE_REGISTERS = {
  '1-0:1.8.0': 4821.5,
  '1-0:2.8.0': 12.25,
  '1-0:16.7.0': 732,
  '1-0:32.7.0': 231,
  '1-0:14.7.0': 50,
} as const;

export const practiceMap = (id: string): RegisterMap =>
  must(
    REGISTER_MAPS.find((map) => map.id === id),
    'the map is in the table',
  );
