/**
 * From a decoded telegram to what a self-installation may judge.
 *
 * It knows which records of a pulse module and of a radio meter matter for the proof; it judges
 * nothing (domain/install-proof.ts) and opens no port. The install session and tests call it.
 */
import type { Decimal } from '#lib/base/decimal.ts';
import type { Instant } from '#lib/base/interval.ts';
import type { Observation, PulseInput } from '#lib/domain/install-evidence.ts';
import { RESOURCE_OF_DEVICE_TYPE, type Resource } from '#lib/domain/resource.ts';
import { flagBitsOf, readChannels, readFlags } from '#lib/meters/pulse/channels.ts';
import type { DataRecord } from '#lib/meters/telegram.ts';
import type { WmbusTelegram } from '#lib/meters/wmbus/decode.ts';
import { isReadable } from '#lib/meters/wmbus/readable.ts';

/** EN 13757-3:2018 table 13: radio converters, system side and meter side. */
const CONVERTERS = [0x36, 0x37];
/** The same table: "water" without a temperature, which hot-water meters send as well. */
const WATER = 0x07;

/** Null when the telegram says nothing that a proof could use. */
export function observationOf(telegram: WmbusTelegram, at: Instant): Observation | null {
  const device = telegram.device;
  if (!device) return null;
  const records = telegram.records.filter((r) => r.storage === 0 && r.function === 'instantaneous');
  const inputs = inputsOf(records);
  if (inputs.length > 0 && CONVERTERS.includes(device.type)) {
    return { kind: 'pulse', at, deviceId: device.id, inputs };
  }
  const resource = RESOURCE_OF_DEVICE_TYPE[device.type];
  if (!resource) return null;
  return {
    kind: 'radio',
    at,
    deviceId: device.id,
    value: isReadable(telegram) ? totalOf(records, resource) : null,
    media: device.type === WATER ? ['cold-water', 'hot-water'] : [resource],
    magnet: readFlags(flagBitsOf(records, 0)).magnet,
  };
}

/** Counters of the module's inputs with their flags (B-19, B-20). */
const inputsOf = (records: readonly DataRecord[]): PulseInput[] =>
  readChannels(records).map(({ pulses, ...input }) => ({ ...input, pulses: Number(pulses) }));

const numberOf = (r: DataRecord): Decimal | null =>
  r.value.kind === 'number' ? r.value.value : null;

/** The total register in dial units: m³, or kWh where telegrams carry Wh. */
function totalOf(records: readonly DataRecord[], resource: Resource): Decimal | null {
  const energy = resource === 'electricity' || resource === 'heat';
  const wanted = records.find(
    (r) =>
      r.quantity === (energy ? 'energy' : 'volume') &&
      r.tariff === 0 &&
      r.subunit === 0 &&
      r.qualifiers.length === 0,
  );
  const value = wanted && numberOf(wanted);
  if (!value) return null;
  return wanted.unit === 'Wh' ? { units: value.units, scale: value.scale - 3 } : value;
}
