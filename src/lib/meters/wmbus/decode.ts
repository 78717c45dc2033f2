/**
 * One wireless M-Bus telegram, from the L field to its records (EN 13757-4, -7 and -3).
 * Knows the order of the layers and keeps their byte offsets; the layers know themselves. Called by
 * the reader's app, the head-end and the command line. Bytes of any kind give a telegram with a
 * `status`; nothing throws.
 *
 * Order: link → [extended link 8Ch..8Fh] → [authentication 90h] → transport → application.
 * Encryption keeps lengths, therefore `clear` has the same offsets as the frame as received.
 */
import { assert } from '#lib/base/assert.ts';
import type { Fault } from '#lib/base/result.ts';
import { nameManufacturerVifs } from '../drivers/manufacturer-vif.ts';
import type { Locked } from '../drivers/driver.ts';
import { drivePayload } from '../drivers/registry.ts';
import { decodeApplication, NO_FORMATS, type FormatCache } from '../mbus/application.ts';
import { DERIVE_AUTHENTICATION, deriveKey, openPayload } from '../mbus/security.ts';
import { readTpl, type Tpl } from '../mbus/tpl.ts';
import type { DataRecord, DeviceAddress, TelegramStatus } from '../telegram.ts';
import { AFL_CI, checkMac, readAfl, type Afl } from './afl.ts';
import { isEll, openEll, readEll, type Ell } from './ell.ts';
import {
  endsInCrc,
  LINK_HEADER,
  readLink,
  stripLink,
  type LinkFormat,
  type LinkLayer,
  type StrippedFrame,
} from './link.ts';
import { statusOf } from '../status.ts';

export type LayerName = 'link' | 'ell' | 'afl' | 'tpl' | 'application';
export type Layer = { readonly name: LayerName; readonly offset: number; readonly length: number };

export type WmbusTelegram = {
  readonly status: TelegramStatus;
  readonly fault: Fault | null;
  /** The meter: its transport address when sent, else the link address. */
  readonly device: DeviceAddress | null;
  readonly link: LinkLayer | null;
  readonly ell: Ell | null;
  readonly afl: Afl | null;
  readonly tpl: Tpl | null;
  /** Telegram without link CRCs, as received and with everything that could be decrypted. */
  readonly frame: Uint8Array;
  readonly clear: Uint8Array;
  /** Application bytes in clear; record offsets count from its start. Null while encrypted. */
  readonly payload: Uint8Array | null;
  readonly layers: readonly Layer[];
  readonly records: readonly DataRecord[];
  readonly manufacturerData: Uint8Array | null;
  readonly moreRecordsFollow: boolean;
  /** Name of the driver that read a payload which does not describe itself. */
  readonly driver: string | null;
  /** True when a MAC, a payload CRC or the fillers behind a key proved the content. */
  readonly verified: boolean;
  /** The format cache with what this telegram taught; the same object when nothing. */
  readonly formats: FormatCache;
};

export type WmbusOptions = {
  readonly keyFor?: (address: DeviceAddress) => Uint8Array | null;
  readonly formats?: FormatCache;
  /** Day on which the meter sent, `YYYY-MM-DD`; only security mode 3 needs it. */
  readonly day?: string;
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
/** The telegram while its layers are peeled off one after the other. */
type Draft = Mutable<WmbusTelegram> & { layers: Layer[] };

const draftOf = (frame: Uint8Array, formats: FormatCache): Draft => ({
  status: 'error',
  fault: null,
  device: null,
  link: null,
  ell: null,
  afl: null,
  tpl: null,
  frame,
  clear: frame,
  payload: null,
  layers: [],
  records: [],
  manufacturerData: null,
  moreRecordsFollow: false,
  driver: null,
  verified: false,
  formats,
});

/** Replaces the end of the clear frame from `at` on; it is shorter where a tag stood behind it. */
function replaceTail(t: Draft, at: number, tail: Uint8Array): void {
  if (tail.length === t.clear.length - at && tail.buffer === t.clear.buffer) return;
  const clear = t.clear.slice();
  clear.set(tail, at);
  t.clear = clear;
}

/** The key of the meter, looked up under its own address first, then under the sender's. */
function findKey(t: Draft, options: WmbusOptions): Uint8Array | null {
  const { keyFor } = options;
  if (!keyFor) return null;
  for (const address of [t.tpl?.address, t.link?.address]) {
    const key = address ? keyFor(address) : null;
    if (key) return key;
  }
  return null;
}

/** Peels the extended link layer off at `at`; returns where the next CI byte is, or -1. */
function peelEll(t: Draft, at: number, options: WmbusOptions): number {
  const read = readEll(t.clear, at);
  if (!read.ok) return fail(t, read.error);
  const ell = read.value;
  t.ell = ell;
  if (ell.session === null) {
    t.layers.push({ name: 'ell', offset: at, length: ell.end - at });
    return ell.end;
  }
  const vector = {
    address: t.link!.addressBytes,
    communicationControl: ell.communicationControl,
    session: ell.session,
  };
  const opened = openEll(t.clear.subarray(ell.end), vector, findKey(t, options));
  const next = ell.end + 2;
  t.layers.push({ name: 'ell', offset: at, length: Math.min(next, t.clear.length) - at });
  if (!opened.ok) return fail(t, opened.error);
  replaceTail(t, next, opened.value);
  t.verified = true;
  return next;
}

function peelAfl(t: Draft, at: number): number {
  const read = readAfl(t.clear, at);
  if (!read.ok) return fail(t, read.error);
  t.afl = read.value;
  t.layers.push({ name: 'afl', offset: at, length: read.value.end - at });
  if (read.value.moreFragments || read.value.fragment > 1) {
    return fail(t, { code: 'fragment', detail: 'One fragment of a longer message.' });
  }
  return read.value.end;
}

function fail(t: Draft, error: Fault): -1 {
  t.fault = error;
  return -1;
}

/** Decrypts the application and checks the MAC. Returns the clear body, or null with a fault. */
function openApplication(t: Draft, tpl: Tpl, options: WmbusOptions): Uint8Array | null {
  const body = t.clear.subarray(tpl.end);
  const secured = tpl.mode !== 0 || t.afl?.mac;
  const key = secured ? findKey(t, options) : null;
  const address = tpl.addressBytes ?? t.link!.addressBytes;
  const counter = t.afl?.counter ?? null;
  const header = t.clear.subarray(tpl.at, tpl.end);
  const { day } = options;
  const opened = openPayload({ tpl, body, key, address, counter, header, day });
  if (!opened.ok) {
    t.fault = opened.error;
    return null;
  }
  const decrypted = opened.value !== body;
  if (t.afl && key?.length === 16 && counter !== null && (decrypted || tpl.mode === 0)) {
    const macKey = deriveKey(key, DERIVE_AUTHENTICATION, { counter, address });
    if (checkMac(macKey, t.afl, t.clear.subarray(tpl.at)) === false) {
      t.fault = { code: 'bad_mac', detail: 'The message authentication code is wrong.' };
      return null;
    }
  }
  if (decrypted) t.verified = true;
  replaceTail(t, tpl.end, opened.value);
  return opened.value;
}

function readApplication(t: Draft, tpl: Tpl, body: Uint8Array): void {
  const application = decodeApplication(tpl, body, t.formats);
  t.payload = body;
  t.records = nameManufacturerVifs(application.records, t.device?.manufacturer);
  t.manufacturerData = application.manufacturerData;
  t.moreRecordsFollow = application.moreRecordsFollow;
  t.formats = application.formats;
  t.fault = application.fault;
}

const LOCKED: Readonly<Record<Locked, string>> = {
  no_key: 'The payload is encrypted and there is no key.',
  bad_key: 'An AES-128 key has 16 bytes.',
  wrong_key: 'The key does not open this telegram.',
};

/** Hands what the standard layers leave over to a driver, when one knows the meter. */
function readProprietary(t: Draft, tpl: Tpl, options: WmbusOptions): void {
  const block = t.manufacturerData;
  if (!t.link || !t.device || !block) return;
  const isOwnCi = t.fault?.code === 'proprietary';
  if (t.fault && !isOwnCi) return;
  const driven = drivePayload(isOwnCi ? 'ci' : 'block', {
    address: t.device,
    addressBytes: t.link.addressBytes,
    ci: tpl.ci,
    payload: isOwnCi ? t.clear.subarray(tpl.at) : block,
    key: findKey(t, options),
  });
  if (!driven) return;
  t.driver = driven.name;
  if (driven.locked) {
    // What nobody has opened is no payload yet.
    Object.assign(t, { payload: null, manufacturerData: null });
    return void fail(t, { code: driven.locked, detail: LOCKED[driven.locked] });
  }
  if (driven.unlocked) t.verified = true;
  t.records = [...t.records, ...driven.records];
  t.fault = null;
}

/** Peels every layer behind the link header. */
function peel(t: Draft, options: WmbusOptions): void {
  let at = LINK_HEADER;
  if (isEll(t.clear[at])) at = peelEll(t, at, options);
  if (at >= 0 && t.clear[at] === AFL_CI) at = peelAfl(t, at);
  if (at < 0) return;
  const header = readTpl(t.clear, at);
  if (!header.ok) return void fail(t, header.error);
  const tpl = header.value;
  t.tpl = tpl;
  t.device = tpl.address ?? t.device;
  t.layers.push({ name: 'tpl', offset: at, length: tpl.end - at });
  t.layers.push({ name: 'application', offset: tpl.end, length: t.frame.length - tpl.end });
  const body = openApplication(t, tpl, options);
  if (!body) return;
  readApplication(t, tpl, body);
  readProprietary(t, tpl, options);
}

function decodeStripped(stripped: StrippedFrame, options: WmbusOptions): WmbusTelegram {
  const t = draftOf(stripped.frame, options.formats ?? NO_FORMATS);
  if (stripped.frame.length >= LINK_HEADER) {
    t.link = readLink(stripped.frame, stripped.format);
    t.device = t.link.address;
    t.layers.push({ name: 'link', offset: 0, length: LINK_HEADER });
  }
  if (stripped.fault) t.fault = stripped.fault;
  else peel(t, options);
  t.status = statusOf(t.fault);
  assert(t.status !== 'encrypted' || t.records.length === 0, 'ciphertext never gives records');
  return t;
}

/**
 * Decodes the telegram at the start of `bytes`; link CRCs (format A or B) may be there or not.
 *
 * Fault codes: `truncated`, `bad_crc`, `no_key`, `wrong_key`, `bad_key`, `bad_mac`, `no_counter`,
 * `unsupported_mode`, `unsupported_ci`, `unsupported_application`, `proprietary`, `fragment`,
 * `unknown_format`, `application_error` and those of `decodeRecords`.
 */
export function decodeTelegram(bytes: Uint8Array, options: WmbusOptions = {}): WmbusTelegram {
  const stripped = stripLink(bytes);
  const { frame, format, fault } = stripped;
  const t = decodeStripped(stripped, options);
  // A last CRC that the receiver left in looks like the start of a record.
  const isLeftover = t.payload && t.fault?.code === 'truncated' && format === 'stripped' && !fault;
  if (!isLeftover || !endsInCrc(frame)) return t;
  const shorter = decodeStripped({ format, frame: frame.subarray(0, -2), fault: null }, options);
  return shorter.fault ? t : shorter;
}

/**
 * Decodes a message that came in fragments (`fragments.ts`): `frame` is a link header, whose L does
 * not count, and what the fragments held together.
 */
export const decodeJoined = (
  frame: Uint8Array,
  format: LinkFormat,
  options: WmbusOptions = {},
): WmbusTelegram => decodeStripped({ format, frame, fault: null }, options);
