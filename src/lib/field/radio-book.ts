/**
 * What a round makes of one telegram, without any waiting: whose it is, whether it can be read, and
 * what it says.
 *
 * It knows the rows of the round, their keys and which telegrams it has met. It knows no port, no
 * storage and no screen. `listen.ts` feeds it; tests feed it vectors.
 */
import { toHex } from '#lib/base/bytes.ts';
import type { Instant } from '#lib/base/interval.ts';
import type { Resource } from '#lib/domain/resource.ts';
import { registerType } from '#lib/domain/register-types.table.ts';
import { crcEn13757 } from '#lib/meters/crypto/crc.ts';
import type { FormatCache } from '#lib/meters/mbus/application.ts';
import { exportFormats, restoreFormats } from '#lib/meters/mbus/application.ts';
import { decodeJoined, decodeTelegram, type WmbusTelegram } from '#lib/meters/wmbus/decode.ts';
import { collectFragment, NO_FRAGMENTS, type FragmentBook } from '#lib/meters/wmbus/fragments.ts';
import { isReadable } from '#lib/meters/wmbus/readable.ts';
import { LINK_HEADER, readLink, stripLink } from '#lib/meters/wmbus/link.ts';
import { peekAddress, type Peek } from '#lib/meters/wmbus/peek.ts';
import { normaliseRecords } from '#lib/meters/normalise.ts';
import { roundRegister } from './round-register.ts';

export type RadioMeter = {
  readonly meterId: number;
  readonly radioId: string | null;
  /** Three letters of the FLAG association, where the register of meters knows them. */
  readonly manufacturer?: string | null;
  readonly register: number;
  /** See `MeterView.exchange`. */
  readonly exchange?: { readonly eventId: string } | null | undefined;
};

/** Where the way from the air to the value broke, in the order of the key doctor's chain. */
export type TroubleCause =
  | 'corrupt'
  | 'other-meter'
  | 'no-key'
  | 'wrong-key'
  | 'unknown-mode'
  | 'unknown-format'
  | 'incomplete'
  | 'no-register';

export type MeterAlarm = 'low-battery' | 'permanent-error' | 'temporary-error';

/** What is known of one meter's radio; the key doctor shows it. */
export type RadioTrace = {
  readonly meterId: number;
  readonly at: Instant;
  readonly rssiDbm: number | null;
  /** Different telegrams heard, repetitions not counted. */
  readonly count: number;
  readonly cause: TroubleCause | null;
  /** Security mode of the transport header; null when it was not reached. */
  readonly mode: number | null;
  /** The first bytes, link header and transport header: nothing secret is in them. */
  readonly header: string;
};

export type RadioOutcome =
  | { readonly kind: 'noise' }
  | { readonly kind: 'stranger'; readonly radioId: string }
  | { readonly kind: 'repeat'; readonly trace: RadioTrace }
  | { readonly kind: 'trouble'; readonly trace: RadioTrace; readonly raw: Uint8Array }
  | {
      readonly kind: 'reading';
      readonly trace: RadioTrace;
      /** Integer in the register's scale. */
      readonly value: bigint;
      readonly alarms: readonly MeterAlarm[];
      readonly raw: Uint8Array;
    };

export type HeardTelegram = {
  readonly bytes: Uint8Array;
  readonly at: Instant;
  readonly rssiDbm: number | null;
};

const HEADER_BYTES = 15;
/** Strangers are counted, never stored: the number tells a quiet house from a deaf receiver. */
const MAX_STRANGERS = 10_000;

const CAUSE_OF_FAULT: Readonly<Record<string, TroubleCause>> = {
  bad_crc: 'corrupt',
  bad_mac: 'wrong-key',
  wrong_key: 'wrong-key',
  bad_key: 'wrong-key',
  no_key: 'no-key',
  no_counter: 'unknown-mode',
  no_day: 'unknown-mode',
  unsupported_mode: 'unknown-mode',
  unsupported_ci: 'unknown-format',
  unsupported_application: 'unknown-format',
  proprietary: 'unknown-format',
  truncated: 'incomplete',
  fragment: 'incomplete',
  unknown_format: 'incomplete',
  application_error: 'no-register',
};

export class RadioBook {
  readonly strangers = new Set<string>();
  readonly #meters: ReadonlyMap<string, RadioMeter>;
  readonly #keys: ReadonlyMap<number, Uint8Array>;
  readonly #traces = new Map<number, RadioTrace>();
  readonly #lastAccess = new Map<number, number>();
  /** Compact frames can be read only after a full one. */
  #formats: FormatCache;
  #fragments: FragmentBook = NO_FRAGMENTS;

  /** `learnt`: the `formats` of an earlier round. */
  constructor(
    meters: readonly RadioMeter[],
    keys: ReadonlyMap<number, Uint8Array>,
    learnt: readonly string[] = [],
  ) {
    this.#formats = restoreFormats(learnt);
    const withRadio = meters.filter((meter) => meter.radioId !== null);
    this.#meters = new Map(withRadio.map((meter) => [meter.radioId!.toUpperCase(), meter]));
    this.#keys = keys;
  }

  /** What this round has learnt, as hex for the phone's store. */
  get formats(): readonly string[] {
    return exportFormats(this.#formats);
  }

  /** `null` telegram bytes never throw: whatever the air brings has an outcome. */
  take({ bytes, at, rssiDbm }: HeardTelegram): RadioOutcome {
    const peek = peekAddress(bytes) ?? damagedSender(bytes);
    if (!peek) return { kind: 'noise' };
    const meter = this.#meters.get(peek.device.id) ?? this.#meters.get(peek.sender.id);
    if (!meter) return this.#stranger(peek.sender.id);
    const repeated = peek.access !== null && this.#lastAccess.get(meter.meterId) === peek.access;
    if (repeated) return { kind: 'repeat', trace: this.#trace(meter, { at, rssiDbm }) };
    const key = this.#keys.get(meter.meterId) ?? null;
    const { telegram, raw } = this.#decode({ bytes, at, rssiDbm }, key);
    this.#formats = telegram.formats;
    const value = isReadable(telegram) ? readValue(telegram, meter.register) : null;
    const cause = otherOf(meter, peek, { telegram, value }) ?? causeOf(telegram, value);
    const trace = this.#trace(meter, { at, rssiDbm, telegram, cause });
    // A damaged telegram must not make its intact repetition a repetition.
    if (peek.access !== null && cause !== 'corrupt') {
      this.#lastAccess.set(meter.meterId, peek.access);
    }
    if (value === null || cause) return { kind: 'trouble', trace, raw };
    return { kind: 'reading', trace, value, alarms: alarmsOf(telegram), raw };
  }

  /** The telegram, or the whole message when this was the last of its fragments. */
  #decode(
    { bytes, at }: HeardTelegram,
    key: Uint8Array | null,
  ): { telegram: WmbusTelegram; raw: Uint8Array } {
    const options = { keyFor: () => key, formats: this.#formats };
    const telegram = decodeTelegram(bytes, options);
    if (telegram.fault?.code !== 'fragment') return { telegram, raw: bytes };
    const taken = collectFragment(this.#fragments, bytes, at);
    if (!taken.ok) return { telegram, raw: bytes };
    this.#fragments = taken.value.book;
    const raw = taken.value.frame;
    if (!raw) return { telegram, raw: bytes };
    return { telegram: decodeJoined(raw, 'stripped', options), raw };
  }

  /** Its next telegram counts as new, even one with the access number of the last. */
  forget(meterId: number): void {
    this.#lastAccess.delete(meterId);
  }

  #stranger(radioId: string): RadioOutcome {
    if (this.strangers.size < MAX_STRANGERS) this.strangers.add(radioId);
    return { kind: 'stranger', radioId };
  }

  #trace(
    meter: RadioMeter,
    heard: {
      at: Instant;
      rssiDbm: number | null;
      telegram?: WmbusTelegram;
      cause?: TroubleCause | null;
    },
  ): RadioTrace {
    const { at, rssiDbm, telegram, cause } = heard;
    const before = this.#traces.get(meter.meterId);
    const trace: RadioTrace = {
      meterId: meter.meterId,
      at,
      rssiDbm: rssiDbm ?? before?.rssiDbm ?? null,
      count: (before?.count ?? 0) + (telegram ? 1 : 0),
      cause: telegram ? (cause ?? null) : (before?.cause ?? null),
      mode: telegram?.tpl?.mode ?? before?.mode ?? null,
      header: telegram ? toHex(telegram.frame.subarray(0, HEADER_BYTES)) : (before?.header ?? ''),
    };
    this.#traces.set(meter.meterId, trace);
    return trace;
  }
}

/**
 * Whose telegram was damaged on the way: the first block has its own CRC, so its address is sound
 * although a later block is not. Else bad reception would look like silence.
 */
function damagedSender(bytes: Uint8Array): Peek | null {
  const { frame, format, fault } = stripLink(bytes);
  if (fault?.code !== 'bad_crc' || frame.length < LINK_HEADER) return null;
  const crc = (bytes[LINK_HEADER]! << 8) | bytes[LINK_HEADER + 1]!;
  // A frame is taken for format B only when its first block is right.
  if (format === 'A' && crcEn13757(bytes, 0, LINK_HEADER) !== crc) return null;
  const sender = readLink(frame, format).address;
  return { device: sender, sender, access: null };
}

/** EN 13757-7:2018 table 13: bus component, unknown, radio converters; the place knows more. */
const NO_MEDIUM: ReadonlySet<number> = new Set([0x0e, 0x0f, 0x36, 0x37]);
const TYPE_OF: Readonly<Record<Resource, number>> = {
  electricity: 0x02,
  gas: 0x03,
  heat: 0x04,
  'hot-water': 0x06,
  'cold-water': 0x07,
};

function readValue(telegram: WmbusTelegram, register: number): bigint | null {
  const named = telegram.device?.type ?? 0;
  const resource = NO_MEDIUM.has(named) ? registerType(register)?.resource : null;
  const type = resource ? TYPE_OF[resource] : named;
  return roundRegister(normaliseRecords(telegram.records, type).values, register);
}

const FLAG_ID = /^[A-Z]{3}$/;

/**
 * Each manufacturer gives numbers alone, so the same eight digits may be two meters. A telegram
 * that this meter's key opens is its own, whatever maker the register of meters names.
 */
function otherOf(
  { radioId, manufacturer }: RadioMeter,
  { device, sender }: Peek,
  { telegram, value }: { telegram: WmbusTelegram; value: bigint | null },
): TroubleCause | null {
  if (!manufacturer || !FLAG_ID.test(manufacturer)) return null;
  const named = device.id === radioId?.toUpperCase() ? device : sender;
  const isOpened = value !== null && telegram.verified;
  if (named.manufacturer === manufacturer || isOpened) return null;
  return telegram.fault?.code === 'bad_crc' ? null : 'other-meter';
}

/** An intact telegram, opened, whose bytes are no records: its maker lays them out himself. */
const isForeign = ({ payload, fault, records, manufacturerData }: WmbusTelegram): boolean => {
  if (payload === null) return false;
  if (!fault) return records.length === 0 && manufacturerData !== null;
  return fault.code === 'truncated' || !(fault.code in CAUSE_OF_FAULT);
};

function causeOf(telegram: WmbusTelegram, value: bigint | null): TroubleCause | null {
  if (value !== null) return null;
  if (isForeign(telegram)) return 'unknown-format';
  if (telegram.fault) return CAUSE_OF_FAULT[telegram.fault.code] ?? 'corrupt';
  return 'no-register';
}

/** Status byte of the transport header, EN 13757-3:2018 clause 7.4.2: bits 2, 3 and 4. */
function alarmsOf(telegram: WmbusTelegram): MeterAlarm[] {
  const status = telegram.tpl?.status ?? 0;
  const alarms: MeterAlarm[] = [];
  if (status & 0x04) alarms.push('low-battery');
  if (status & 0x08) alarms.push('permanent-error');
  if (status & 0x10) alarms.push('temporary-error');
  return alarms;
}
