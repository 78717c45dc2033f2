/**
 * Drivers: meters whose payload does not describe itself, as data. A driver says for which meters
 * it is, where each value stands, and which record (DIF and VIF) it would be if the meter spoke the
 * standard; this file puts the records together and reads them with the ordinary record layer.
 *
 * Knows no manufacturer; the drivers beside it know theirs. Called by `wmbus/decode.ts` when the
 * standard layers leave a proprietary payload over. How to add one: `_blueprint.ts`.
 */
import { assert } from '#lib/base/assert.ts';
import { concatBytes, fromHex } from '#lib/base/bytes.ts';
import { AES_BLOCK } from '../crypto/aes.ts';
import { decodeRecords } from '../mbus/records.ts';
import type { DataRecord, DeviceAddress } from '../telegram.ts';

export type DriverInput = {
  readonly address: DeviceAddress;
  /** The sender's eight bytes as sent. */
  readonly addressBytes: Uint8Array;
  /** CI byte of the telegram. */
  readonly ci: number;
  /** From the CI byte on, or the manufacturer's block behind DIF 0Fh, as `Driver.source` says. */
  readonly payload: Uint8Array;
  /** The meter's key, where there is one; only drivers that unlock ask for it. */
  readonly key?: Uint8Array | null;
};

export type DriverField = {
  /** Hex of the DIF chain and of the VIF chain. */
  readonly dif: string;
  readonly vif: string;
  /** Where the data bytes stand, least significant first; their number follows from the DIF. */
  readonly at?: number;
  /** Where the VIF itself stands, when the meter sends one; it replaces `vif`. */
  readonly vifAt?: number;
  /** The data bytes of a value that stands nowhere; null leaves the record out. */
  readonly derive?: (payload: Uint8Array) => Uint8Array | null;
  readonly qualifier?: string;
};

export type Driver = {
  readonly name: string;
  readonly source: 'ci' | 'block';
  readonly meters: readonly {
    readonly manufacturer: string;
    /** Any when absent. */
    readonly versions?: readonly number[];
    readonly types?: readonly number[];
  }[];
  /** CI bytes, any when absent. */
  readonly cis?: readonly number[];
  /** Fewest bytes of the payload. */
  readonly size: number;
  /** Makes the payload readable, or null when the proof in it fails. Must be its own twin. */
  readonly open?: (input: DriverInput) => Uint8Array | null;
  /** The same for a payload sealed with the meter's AES-128 key; null when the key is wrong. */
  readonly unlock?: (input: DriverInput, key: Uint8Array) => Uint8Array | null;
  readonly fields: readonly DriverField[];
  /** Where the layout is known from. */
  readonly clause: string;
};

const hex = (text: string): Uint8Array => {
  const bytes = fromHex(text);
  assert(bytes.ok, 'a driver holds valid hex');
  return bytes.value;
};

/** Data bytes of each coding (EN 13757-3:2018 table 4). */
const SIZES = [0, 1, 2, 3, 4, 4, 6, 8, 0, 1, 2, 3, 4, 0, 6, 0] as const;

/** How many bytes the data of a DIF chain has. */
export const dataSize = (dif: string): number => SIZES[hex(dif)[0]! & 15]!;

export function matches(driver: Driver, { address, ci }: DriverInput): boolean {
  if (driver.cis && !driver.cis.includes(ci)) return false;
  return driver.meters.some(
    ({ manufacturer, versions, types }) =>
      manufacturer === address.manufacturer &&
      (versions?.includes(address.version) ?? true) &&
      (types?.includes(address.type) ?? true),
  );
}

function dataOf({ dif, at, derive }: DriverField, payload: Uint8Array): Uint8Array | null {
  if (derive) return derive(payload);
  assert(at !== undefined, 'a driver field stands somewhere or is derived');
  return payload.subarray(at, at + dataSize(dif));
}

function readField(field: DriverField, payload: Uint8Array): DataRecord | null {
  const data = dataOf(field, payload);
  if (!data || data.length !== dataSize(field.dif)) return null;
  const { vifAt } = field;
  const vif = vifAt === undefined ? hex(field.vif) : payload.subarray(vifAt, vifAt + 1);
  const { records } = decodeRecords(concatBytes(hex(field.dif), vif, data));
  const record = records[0];
  if (!record || records.length !== 1) return null;
  const qualifiers = field.qualifier ? [...record.qualifiers, field.qualifier] : record.qualifiers;
  // Nothing of this record header was transmitted.
  return { ...record, dif: null, vif: null, offset: field.at ?? 0, qualifiers };
}

/** Codes of `decodeTelegram`'s faults. */
export type Locked = 'no_key' | 'bad_key' | 'wrong_key';

/** The payload in clear, null when it is not what `driver` knows, or why it stays locked. */
function clearPayload(driver: Driver, input: DriverInput): Uint8Array | Locked | null {
  const { open, unlock } = driver;
  if (!unlock) return open ? open(input) : input.payload;
  if (!input.key) return 'no_key';
  if (input.key.length !== AES_BLOCK) return 'bad_key';
  return unlock(input, input.key) ?? 'wrong_key';
}

/** The records that `driver` reads; null when the payload is not what it knows. */
export function readDriver(
  driver: Driver,
  input: DriverInput,
): readonly DataRecord[] | Locked | null {
  if (!matches(driver, input) || input.payload.length < driver.size) return null;
  const payload = clearPayload(driver, input);
  if (payload === null || typeof payload === 'string') return payload;
  return driver.fields.flatMap((field) => readField(field, payload) ?? []);
}
