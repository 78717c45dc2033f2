/**
 * The record layer of all M-Bus: a payload of DIF/VIF/data elements ⇄ data records
 * (EN 13757-3:2018 clause 6). Knows no frame, no header and no key; called by the wired and the
 * wireless decoders, the simulator and tests. What it cannot read it reports, with what it could.
 */
import { concatBytes, fromHex, toHex } from '#lib/base/bytes.ts';
import { must } from '#lib/base/assert.ts';
import type { Fault } from '#lib/base/result.ts';
import { crcEn13757 } from '../crypto/crc.ts';
import type { DataRecord } from '../telegram.ts';
import { locateData, readData } from './data.ts';
import { isClockDoubted } from './dates.ts';
import { readHeader } from './header.ts';

export type RecordList = {
  readonly records: readonly DataRecord[];
  /** Bytes behind DIF 0Fh or 1Fh, without it; null when there is no such block. */
  readonly manufacturerData: Uint8Array | null;
  readonly moreRecordsFollow: boolean;
  /** Why reading stopped before the end: `truncated`, `too_many_difes`, `reserved_dif` … */
  readonly fault: Fault | null;
};

const VARIABLE_LENGTH = 13;
const IDLE_FILLER = 0x2f;
const MORE_RECORDS = 0x1f;
const MANUFACTURER_BLOCK = 0x0f;
/** A reader that wants plain records leaves a time with this qualifier out. */
const CLOCK_DOUBTED = 'error:clock_invalid';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Draft = Mutable<RecordList> & { records: DataRecord[] };

/** The DIFs that are no record (clause 6.3.2 table 6). True when reading ends here. */
function readSpecial(dif: number, rest: Uint8Array, list: Draft): boolean {
  if (dif === IDLE_FILLER) return false;
  // Nothing but FFh to the end is erased memory that some meters append.
  if (dif === 0xff && rest.every((byte) => byte === 0xff)) return true;
  if (dif === MANUFACTURER_BLOCK || dif === MORE_RECORDS) {
    list.manufacturerData = rest;
    list.moreRecordsFollow = dif === MORE_RECORDS;
    return true;
  }
  list.fault = {
    code: 'reserved_dif',
    detail: `DIF ${toHex(Uint8Array.of(dif))} is reserved.`,
    clause: 'EN 13757-3:2018 6.3.2',
  };
  return true;
}

/**
 * Reads records until the payload ends or something is wrong. With `format` the headers come from
 * there and `payload` holds data only (compact frames, EN 13757-3:2018 annex F).
 */
export function decodeRecords(payload: Uint8Array, format?: Uint8Array): RecordList {
  const list: Draft = {
    records: [],
    manufacturerData: null,
    moreRecordsFollow: false,
    fault: null,
  };
  const heads = format ?? payload;
  let headAt = 0;
  let dataAt = 0;
  while (headAt < heads.length) {
    const dif = heads[headAt]!;
    if ((dif & 15) === 15) {
      const rest = format ? payload.subarray(dataAt) : payload.subarray(headAt + 1);
      if (readSpecial(dif, rest, list)) return list;
      headAt++;
      continue;
    }
    const header = readHeader(heads, headAt);
    const data = header.ok
      ? locateData(payload, format ? dataAt : header.value.end, header.value.coding)
      : header;
    if (!header.ok || !data.ok) {
      list.fault = header.ok ? (data.ok ? null : data.error) : header.error;
      return list;
    }
    const head = header.value;
    const { from, end } = data.value;
    const value = readData(payload, data.value, head.info);
    list.records.push({
      dif: toHex(heads.subarray(headAt, head.vifAt)),
      vif: toHex(heads.subarray(head.vifAt, head.end)),
      raw: toHex(payload.subarray(from, end)),
      lvar: head.coding === VARIABLE_LENGTH ? payload[from - 1] : undefined,
      offset: headAt,
      function: head.function,
      storage: head.storage,
      tariff: head.tariff,
      subunit: head.subunit,
      quantity: head.info.quantity,
      unit: head.info.unit,
      value,
      qualifiers:
        value.kind === 'date' && isClockDoubted(payload.subarray(from, end))
          ? [...head.info.qualifiers, CLOCK_DOUBTED]
          : head.info.qualifiers,
    });
    headAt = format ? head.end : end;
    dataAt = end;
  }
  return list;
}

/** Offsets of the first data byte of `record` in its payload and of the first byte behind. */
export function dataRange({ offset, dif, vif, raw, lvar }: DataRecord): readonly [number, number] {
  const head = ((dif?.length ?? 0) + (vif?.length ?? 0)) / 2;
  const from = offset + head + (lvar === undefined ? 0 : 1);
  return [from, from + raw.length / 2];
}

const bytesOf = (hex: string): Uint8Array => {
  const bytes = fromHex(hex);
  return must(bytes.ok ? bytes.value : null, 'a data record holds valid hex');
};

/** Twin of `decodeRecords`: DIF, VIF and data of each record, then the manufacturer's block. */
export function encodeRecords(
  list: Pick<RecordList, 'records'> & Partial<Omit<RecordList, 'fault'>>,
): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const record of list.records) {
    const dif = bytesOf(record.dif ?? '');
    const raw = bytesOf(record.raw);
    parts.push(dif, bytesOf(record.vif ?? ''));
    if ((dif[0]! & 15) === VARIABLE_LENGTH) parts.push(Uint8Array.of(record.lvar ?? raw.length));
    parts.push(raw);
  }
  if (list.manufacturerData) {
    const dif = list.moreRecordsFollow ? MORE_RECORDS : MANUFACTURER_BLOCK;
    parts.push(Uint8Array.of(dif), list.manufacturerData);
  }
  return concatBytes(...parts);
}

/** Headers of all records of `payload`, in order: what a compact frame leaves out. */
export function recordFormat(payload: Uint8Array, records: readonly DataRecord[]): Uint8Array {
  const parts = records.map(({ offset, dif, vif }) =>
    payload.subarray(offset, offset + ((dif?.length ?? 0) + (vif?.length ?? 0)) / 2),
  );
  return concatBytes(...parts);
}

/** Format signature of a compact frame (EN 13757-3:2018 annex F): CRC over all record headers. */
export const formatSignature = (format: Uint8Array): number => crcEn13757(format);
