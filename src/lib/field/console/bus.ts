/**
 * Meters on a wire at the console: M-Bus by address or by search (EN 13757-7:2018 clause 8), Modbus
 * RTU by the register maps that the device answers plausibly to. Knows the sessions of both.
 */
import { toNumber } from '#lib/base/decimal.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import type { MbusTelegram } from '#lib/meters/mbus/decode.ts';
import { createBusRun, type BusBaud, type BusLine } from '#lib/meters/mbus/line.ts';
import { searchSecondary } from '#lib/meters/mbus/search.ts';
import type { Selection } from '#lib/meters/mbus/select.ts';
import {
  type BusReading,
  type BusTarget,
  readMeter,
  selectionOf,
} from '#lib/meters/mbus/session.ts';
import { planRequests, readQuantities, type Quantity } from '#lib/meters/modbus/register-map.ts';
import type { ReadRequest, RegisterMap } from '#lib/meters/modbus/register-map.ts';
import { REGISTER_MAPS } from '#lib/meters/modbus/register-maps.table.ts';
import {
  initialModbusState,
  stepModbus,
  type ModbusInput,
  type ModbusState,
} from '#lib/meters/modbus/session.ts';
import type { SerialSettings } from '#lib/transport/transport.ts';
import type { FoundDevice, Identity, Neighbour, ReadParts } from './types.ts';
import { mbusValues, quantityValue } from './values.ts';
import { runSession, type Work } from './work.ts';

/** Whoever is alone on the bus answers to 254 (EN 13757-2:2018 clause 5.7.5). */
const ANYBODY = 254;
/** What USB converters add to every answer. */
const SLACK_MS = 60;

const lineOf = ({ baud }: SerialSettings): BusLine => ({
  baud: baud as BusBaud,
  slackMs: SLACK_MS,
});

const selectionText = ({ id, manufacturer, version, type }: Selection): string =>
  `${id}.${manufacturer}.${version}.${type}`;

function targetOf(address: string): BusTarget {
  const [id = '', manufacturer = '', version = '', type = ''] = address.split('.');
  return manufacturer
    ? { kind: 'secondary', selection: { id, manufacturer, version, type } }
    : { kind: 'primary', address: Number(id) };
}

const neighbourOf = (selection: Selection): Neighbour => ({
  address: selectionText(selection),
  serial: selection.id,
});

const identityOf = (telegram: MbusTelegram | undefined): Identity => ({
  serial: telegram?.device?.id ?? '',
  manufacturer: telegram?.device?.manufacturer ?? '',
  model: '',
});

const read = (work: Work, settings: SerialSettings, target: BusTarget) =>
  runSession<BusReading>(work, createBusRun(readMeter(lineOf(settings), target)).step);

const failed = (code: string): Result<never> => fault(code, `The bus says: ${code}.`);

/** An empty address means several meters: reading searches for them. */
export async function detectMbus(
  work: Work,
  settings: SerialSettings,
): Promise<Result<FoundDevice>> {
  const reading = await read(work, settings, { kind: 'primary', address: ANYBODY });
  if (!reading.ok) return reading;
  const found = { protocol: 'mbus', settings, kind: 'meter' } as const;
  if (reading.value.kind === 'failed') {
    const { code } = reading.value;
    if (code === 'no_answer') return failed(code);
    // Something answers, but not one meter alone: a bus, or another protocol's noise. The search
    // takes minutes, therefore what it finds stays with the device.
    const search = await whoIsThere(work, settings);
    if (!search.ok) return search;
    if (search.value.length === 0) return failed('noise');
    const neighbours = search.value.map(neighbourOf);
    return ok({ ...found, identity: identityOf(undefined), address: '', neighbours });
  }
  const [telegram] = reading.value.telegrams;
  const selection = telegram && selectionOf(telegram);
  const address = selection ? selectionText(selection) : String(ANYBODY);
  return ok({ ...found, identity: identityOf(telegram), address });
}

async function whoIsThere(
  work: Work,
  settings: SerialSettings,
): Promise<Result<readonly Selection[]>> {
  const run = createBusRun(searchSecondary(lineOf(settings)));
  const result = await runSession(work, run.step);
  return result.ok ? ok(result.value.found) : result;
}

/** With an empty address: the values of the first that the search found. */
export async function readMbus(work: Work, device: FoundDevice): Promise<Result<ReadParts>> {
  const { settings } = device;
  const neighbours = device.address === '' ? (device.neighbours ?? []) : [];
  const address = device.address || neighbours[0]?.address;
  if (!address) return failed('no_answer');
  const reading = await read(work, settings, targetOf(address));
  if (!reading.ok) return reading;
  if (reading.value.kind === 'failed') return failed(reading.value.code);
  const { telegrams } = reading.value;
  return ok({
    identity: identityOf(telegrams[0]),
    values: telegrams.flatMap(mbusValues),
    profiles: [],
    neighbours,
  });
}

const UNIT = 1;
const NO_IDENTITY: Identity = { serial: '', manufacturer: '', model: '' };

async function ask(
  work: Work,
  unit: number,
  requests: readonly ReadRequest[],
): Promise<Result<NonNullable<ModbusState['result']>>> {
  let state = initialModbusState({ transmission: 'rtu', unit, requests });
  return runSession(work, (event) => {
    // The port is open before: nothing is re-opened in a Modbus session.
    const input: ModbusInput =
      event.kind === 'bytes' ? event : { kind: event.kind === 'timeout' ? 'timeout' : 'start' };
    const next = stepModbus(state, input);
    state = next.state;
    return { ...next, open: null, result: state.result };
  });
}

/** Any whole answer of unit 1, an exception too, shows that Modbus is spoken. */
export async function detectModbus(
  work: Work,
  settings: SerialSettings,
): Promise<Result<FoundDevice>> {
  await work.port.use(settings);
  const result = await ask(work, UNIT, [{ functionCode: 4, address: 0, count: 2 }]);
  if (!result.ok) return result;
  const { value } = result;
  if (value.kind === 'failed' && value.code !== 'refused') return failed(value.code);
  return ok({
    protocol: 'modbus',
    settings,
    identity: NO_IDENTITY,
    kind: 'meter',
    address: String(UNIT),
  });
}

/** What no grid has shows that the map is another meter's. */
const PLAUSIBLE: Readonly<Record<string, readonly [least: number, most: number]>> = {
  V: [80, 480],
  Hz: [45, 65],
};

function isPlausible(quantities: readonly Quantity[]): boolean {
  const judged = quantities.flatMap(({ unit, value }) => {
    const range = PLAUSIBLE[unit];
    return range && value ? [{ range, number: toNumber(value) }] : [];
  });
  // Phases that are not connected show nought.
  const live = judged.filter(({ number }) => number !== 0);
  return (
    live.length > 0 && live.every(({ range, number }) => number >= range[0] && number <= range[1])
  );
}

async function readWith(
  work: Work,
  unit: number,
  map: RegisterMap,
): Promise<Result<readonly Quantity[]>> {
  const requests = planRequests(map);
  if (!requests.ok) return requests;
  const result = await ask(work, unit, requests.value);
  if (!result.ok) return result;
  if (result.value.kind === 'failed') return failed(result.value.code);
  return readQuantities(map, result.value.blocks);
}

/** Errors: those of the session; `unknown_model` when no register map gives sense. */
export async function readModbus(work: Work, device: FoundDevice): Promise<Result<ReadParts>> {
  await work.port.use(device.settings);
  for (const map of REGISTER_MAPS) {
    const quantities = await readWith(work, Number(device.address), map);
    if (!quantities.ok) {
      if (['stopped', 'no_answer'].includes(quantities.error.code)) return quantities;
      continue;
    }
    if (!isPlausible(quantities.value)) continue;
    return ok({
      identity: { ...NO_IDENTITY, model: map.model },
      values: quantities.value.filter(({ value }) => value !== null).map(quantityValue),
      profiles: [],
      neighbours: [],
    });
  }
  return fault('unknown_model', 'No register map fits what the device answers.');
}
