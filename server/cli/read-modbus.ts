/**
 * `npm run read -- modbus ADDRESS <register map> [--transmission tcp] [--unit 1]`: a Modbus meter,
 * directly or behind a converter. Prints JSON, one register a line, in canonical units. Knows the
 * command line; the session and the maps know the meter.
 */
import { parseArgs } from 'node:util';
import { formatDecimal } from '#lib/base/decimal.ts';
import type { Transmission } from '#lib/meters/modbus/frames.ts';
import { planRequests, readQuantities, type RegisterMap } from '#lib/meters/modbus/register-map.ts';
import { REGISTER_MAPS } from '#lib/meters/modbus/register-maps.table.ts';
import {
  initialModbusState,
  stepModbus,
  type ModbusFailure,
  type ModbusInput,
} from '#lib/meters/modbus/session.ts';
import { normaliseModbus } from '#lib/meters/normalise-obis.ts';
import type { SerialSettings, Transport } from '#lib/transport/transport.ts';
import { LINE_OPTIONS, lineTarget, type Out } from './line-arguments.ts';
import { talk, type TalkEvent } from './talk.ts';

const TRANSMISSIONS = ['tcp', 'rtu', 'ascii'] as const;

export const MODBUS_USAGE = [
  `ADDRESS MAP [--transmission ${TRANSMISSIONS.join('|')}] [--unit 1], where MAP is one of:`,
  ...REGISTER_MAPS.map(({ id }) => `  ${id}`),
];

const FAILURES: Readonly<Record<ModbusFailure, string>> = {
  no_answer: 'Nobody answers: check unit, wiring and speed.',
  disturbed: 'Something answers, but never whole: check shielding and termination.',
  wrong_answer: 'The device answers something else: check the transmission.',
  refused: 'The device refuses this register: it is of another model.',
  too_long: 'Another protocol is speaking on this line.',
};

export type ModbusRequest = {
  readonly transport: Transport;
  readonly settings: SerialSettings;
  readonly map: RegisterMap;
  readonly transmission: Transmission;
  readonly unit: number;
};

const asInput = (event: TalkEvent): ModbusInput =>
  event.kind === 'bytes' ? event : { kind: event.kind === 'start' ? 'start' : 'timeout' };

/** The registers of the device, one object each; words for the person where it failed. */
export async function findModbus(request: ModbusRequest): Promise<readonly object[] | string> {
  const { transport, settings, map, transmission, unit } = request;
  const plan = planRequests(map);
  if (!plan.ok) return plan.error.detail;
  let state = initialModbusState({ transmission, unit, requests: plan.value });
  const session = (event: TalkEvent) => {
    const next = stepModbus(state, asInput(event));
    state = next.state;
    return { ...next, result: state.result };
  };
  const result = await talk(transport, session, settings);
  if (result.kind === 'failed') return `${FAILURES[result.code]} ${result.exception ?? ''}`.trim();
  const read = readQuantities(map, result.blocks);
  if (!read.ok) return read.error.detail;
  return normaliseModbus(read.value).values.map(({ obis, value, unit: canonical }) => ({
    obis,
    value: formatDecimal(value),
    unit: canonical,
  }));
}

const text = { type: 'string' } as const;
const OPTIONS = { ...LINE_OPTIONS, transmission: text, unit: text } as const;
/** Modbus over Serial Line V1.02 clause 2.2 asks for even parity; meters come with none. */
const RTU_LINE: SerialSettings = { baud: 9600, dataBits: 8, parity: 'none', stopBits: 1 };
const ASCII_LINE: SerialSettings = { ...RTU_LINE, dataBits: 7, parity: 'even' };

/** What the arguments ask for; words for the person where they are wrong. */
export function modbusRequest(args: readonly string[]): ModbusRequest | string {
  const given = { args: [...args], allowPositionals: true, strict: false, options: OPTIONS };
  const { values, positionals } = parseArgs(given);
  const target = lineTarget(values, positionals);
  if (typeof target === 'string') return target;
  const map = REGISTER_MAPS.find(({ id }) => id === target.rest[0]);
  if (!map) return 'There is no such register map.';
  const usual = target.isSerial ? 'rtu' : 'tcp';
  const transmission = TRANSMISSIONS.find((kind) => kind === (values.transmission ?? usual));
  const unit = Number(values.unit ?? 1);
  if (!transmission) return `The transmission is one of: ${TRANSMISSIONS.join(', ')}.`;
  if (!Number.isInteger(unit) || unit < 0 || unit > 255) return 'A unit is 0 to 255.';
  const settings = target.settings(transmission === 'ascii' ? ASCII_LINE : RTU_LINE);
  return { transport: target.transport, settings, map, transmission, unit };
}

/** Resolves with the exit code: 0 read, 1 failed, 2 wrong arguments. */
export async function readModbus(args: readonly string[], out: Out): Promise<number> {
  const request = modbusRequest(args);
  if (typeof request === 'string') return out.wrong(request);
  const found = await findModbus(request);
  if (typeof found === 'string') {
    out.note(found);
    return 1;
  }
  for (const row of found) out.line(JSON.stringify(row));
  return 0;
}
