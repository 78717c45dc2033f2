/**
 * Parameters of the concentrator EMIS 951 as text and back: which editor each has, how its COSEM
 * value is written (rows E-26 and E-47 to E-55). Knows values, no session. Twins: what `textOf`
 * writes, `dataOf` reads.
 */
import { fromLatin1, toHex } from '#lib/base/bytes.ts';
import { formatDecimal } from '#lib/base/decimal.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import type { DlmsData } from '#lib/meters/dlms/axdr.ts';
import * as make from '#lib/meters/dlms/cosem/build.ts';
import { encodeDateTime, instantOf, readDateTime } from '#lib/meters/dlms/date-time.ts';
import { integerOf, plainOf, scaledOf, type DlmsValue } from '#lib/meters/dlms/values.ts';
import { EMIS_PARAMETERS, type ParameterRow } from '#lib/meters/drivers/emis951.table.ts';
import type { ParameterValue } from './types.ts';

type Editor = ParameterValue['editor'];

const EDITORS: Readonly<Record<string, Editor>> = {
  clock: 'clock',
  main_server_port: 'number',
  backup_server_port: 'number',
  heartbeat: 'number',
  modem_password: 'secret',
  use_dhcp: 'switch',
  ip_address: 'ip',
  subnet_mask: 'ip',
  gateway: 'ip',
  main_dns: 'ip',
  backup_dns: 'ip',
};

/** Lists are read by functions of their own; they are no parameters to be typed. */
const LISTS: readonly string[] = ['meters', 'black_list', 'topology'];

export const parameterRow = (name: string): ParameterRow | null =>
  EMIS_PARAMETERS.find((row) => row.name === name && !LISTS.includes(name)) ?? null;

export const editorOf = ({ name, isWritable }: ParameterRow): Editor =>
  isWritable ? (EDITORS[name] ?? 'text') : 'none';

const MAX_TEXT = 64;
const MAX_NUMBER = 65_535;

const dotted = (value: bigint): string =>
  [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.');

/** Text of a value as it was read. */
export function textOf(row: ParameterRow, value: DlmsValue): string {
  const { data } = value;
  const editor = EDITORS[row.name];
  const integer = integerOf(data);
  if (editor === 'ip' && integer !== null) return dotted(integer);
  if (editor === 'clock' && data.type === 'octet-string') {
    const time = readDateTime(data.value);
    const at = time && instantOf(time);
    return at === null ? '' : new Date(at).toISOString();
  }
  if (row.name === 'mac_address' && data.type === 'octet-string') {
    return toHex(data.value).match(/../g)?.join(':').toUpperCase() ?? '';
  }
  if (data.type === 'octet-string' && data.value.length === 0) return '';
  const number = scaledOf(value);
  return number ? formatDecimal(number) : (plainOf(data) ?? '');
}

function addressData(text: string): DlmsData | null {
  const parts = /^\d{1,3}(\.\d{1,3}){3}$/.test(text) ? text.split('.').map(Number) : [];
  if (parts.length !== 4 || parts.some((part) => part > 255)) return null;
  return make.u32(parts.reduce((sum, part) => sum * 256 + part, 0));
}

/** A mask is ones, then noughts; any other one cuts the device off. */
function isMask(text: string): boolean {
  const bits = text.split('.').map((part) => Number(part).toString(2).padStart(8, '0'));
  return /^1*0*$/.test(bits.join(''));
}

const PARSERS: Readonly<Record<Editor, (text: string) => DlmsData | null>> = {
  none: () => null,
  text: (text) => (/^[\x20-\x7e]*$/.test(text) && text.length <= MAX_TEXT ? make.text(text) : null),
  secret: (text) =>
    /^[\x21-\x7e]*$/.test(text) && text.length <= MAX_TEXT ? make.text(text) : null,
  number: (text) =>
    /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_NUMBER
      ? make.u16(Number(text))
      : null,
  ip: addressData,
  switch: (text) => (text === 'true' || text === 'false' ? make.boolean(text === 'true') : null),
  clock: (text) => {
    const at = Date.parse(text);
    return Number.isNaN(at) ? null : make.octets(encodeDateTime(at));
  },
};

const bad = (row: ParameterRow, why: string): Result<never> =>
  fault('bad_value', `${row.name}: ${why} Nothing was sent.`);

/** What is sent for a typed text. Errors: `bad_value`, `not_allowed` for what cannot be written. */
export function dataOf(row: ParameterRow, text: string): Result<DlmsData> {
  if (!row.isWritable) return fault('not_allowed', `${row.name} can only be read.`);
  const typed = text.trim();
  const data = PARSERS[editorOf(row)](typed);
  if (!data) return bad(row, `"${typed.slice(0, MAX_TEXT)}" is not what it holds.`);
  if (row.name === 'subnet_mask' && !isMask(typed)) return bad(row, `${typed} is no mask.`);
  if (row.name === 'serial_number' && !/^[0-9A-Za-z-]{4,20}$/.test(typed)) {
    return bad(row, 'a serial number has 4 to 20 letters and digits.');
  }
  return ok(data);
}

/** A set carries no secrets and no clock: neither belongs to the next device. */
export const belongsToSet = (row: ParameterRow): boolean =>
  row.isWritable &&
  !['clock', 'secret', 'none'].includes(editorOf(row)) &&
  row.name !== 'serial_number' &&
  row.name !== 'meters';

/** Of LLS passwords (E-45): none that a stranger could try first. Errors: `weak_password`. */
export function checkPassword(password: string): Result<Uint8Array> {
  const isLong = password.length >= 8 && password.length <= 32;
  const isVaried = new Set(password).size >= 4 && !/^(.)\1+$/.test(password);
  const isRow = '01234567890123456789'.includes(password) || /password|admin|emis/i.test(password);
  if (!/^[\x21-\x7e]*$/.test(password) || !isLong || !isVaried || isRow) {
    return fault('weak_password', 'A password has 8 to 32 characters that nobody guesses first.');
  }
  return ok(fromLatin1(password));
}
