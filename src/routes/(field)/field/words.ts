/**
 * Words of the field app: from codes and rows to sentences. Only the pages of (field) call it.
 */
import { parseDecimal, rescale } from '#lib/base/decimal.ts';
import {
  formatAge,
  formatDate,
  formatNumber,
  formatQuantity,
  formatRange,
} from '#lib/i18n/format.ts';
import { language } from '#lib/i18n/locale.ts';
import { m } from '#lib/i18n/paraglide/messages.js';
import type { Resource } from '#lib/domain/resource.ts';
import { resourceName } from '#lib/ui/look.ts';
import type { Doubt } from '#lib/field/plausibility.ts';
import { registerType } from '#lib/domain/register-types.table.ts';
import type { MeterView } from '#lib/offline/types.ts';

type Place = Pick<MeterView, 'flat' | 'address' | 'entrance' | 'floor'>;

/** "2-й подъезд, 5-й этаж"; the address where there are no flats. */
export function placeLine(meter: Place): string {
  const parts: string[] = [];
  if (meter.flat && meter.entrance) parts.push(m.field_entrance({ n: meter.entrance }));
  if (meter.flat && meter.floor !== null) parts.push(m.field_floor({ n: meter.floor }));
  return parts.join(', ') || meter.address;
}

/** "около 25 минут": an estimate is never set like a figure that was counted. */
export function aboutMinutes(minutes: number): string {
  if (minutes <= 1) return m.field_about_minute();
  if (minutes < 60) return m.field_about_minutes({ n: minutes });
  const hours = Math.round(minutes / 60);
  return hours === 1 ? m.field_about_hour() : m.field_about_hours({ n: hours });
}

/** "Батареи хватит примерно на 3 ч, впереди 41 счётчик"; null while hours cannot be told. */
export function batteryWords(hours: number | null, ahead: number): string | null {
  if (hours === null) return null;
  const short = Math.round(hours * 60);
  return hours < 1.5
    ? m.field_battery_minutes({ minutes: Math.max(5, Math.round(short / 5) * 5), n: ahead })
    : m.field_battery_hours({ hours: Math.round(hours), n: ahead });
}

/** "холодная вода" behind a comma; German writes its nouns large everywhere. */
export const resourceInLine = (resource: Resource): string =>
  language() === 'de' ? resourceName(resource) : resourceName(resource).toLowerCase();

/** The last four digits are what people compare; they stand apart. */
export function serialParts(serial: string): { head: string; tail: string } {
  const bare = serial.replace(/\s/g, '');
  return { head: bare.slice(0, -4), tail: bare.slice(-4) };
}

/** Dials of energy count kilowatt-hours, the catalogue watt-hours. */
const isEnergy = (register: number): boolean => registerType(register)?.unit === 'Wh';

/** The unit printed on the dial. */
export function dialUnitWord(register: number): string {
  const unit = registerType(register)?.unit;
  if (unit === 'Wh') return m.common_unit_kwh();
  return unit === 'm3' ? m.common_unit_m3() : unit === 'degC' ? '°C' : '';
}

/** A register value with all digits of its dial: "1 204,317". */
export function dialText(meter: Pick<MeterView, 'register' | 'decimals'>, value: bigint): string {
  const scale = registerType(meter.register)?.scale ?? 0;
  const shift = isEnergy(meter.register) ? -3 : 0;
  return formatNumber({ units: value, scale: scale + shift }, { decimals: meter.decimals });
}

/** The same for decimal text as it was captured. */
export function capturedText(
  meter: Pick<MeterView, 'register' | 'decimals'>,
  text: string,
): string {
  const value = parseDecimal(text);
  const scale = registerType(meter.register)?.scale ?? 0;
  return value.ok ? dialText(meter, rescale(value.value, scale).units) : text;
}

/** Use in words: whole kilowatt-hours, cubic metres as coarse as they are large. */
export function usedText(register: number, used: bigint): string {
  const type = registerType(register);
  if (!type) return String(used);
  const abs = used < 0n ? -used : used;
  const size = Number(abs) * 10 ** (type.scale - (type.unit === 'Wh' ? 3 : 0));
  const decimals = size >= 10 ? 0 : size >= 1 ? 1 : 2;
  return formatQuantity({ units: abs, scale: type.scale }, type.unit, { decimals });
}

function usualText(register: number, usual: readonly [bigint, bigint]): string {
  const type = registerType(register);
  const shift = (type?.scale ?? 0) - (type?.unit === 'Wh' ? 3 : 0);
  const [low, high] = usual.map((units) => ({ units, scale: shift })) as [Value, Value];
  const decimals = Number(high.units) * 10 ** shift >= 3 ? 0 : 1;
  const text = (value: Value): string => formatNumber(value, { decimals });
  return formatRange(text(low), text(high));
}
type Value = { units: bigint; scale: number };

/** Below this many days use is not scaled to a month. */
const SHORT_DAYS = 10;

/** The two sentences of a doubt: what is odd, and what to look at. */
export function doubtWords(
  meter: MeterView,
  doubt: Doubt,
  zone: string,
): { what: string; usual: string | null; look: 'digit' | 'equal' | 'lower' } {
  const { code, figures } = doubt;
  const used = usedText(meter.register, figures.difference ?? 0n);
  const month = usedText(meter.register, figures.perMonth ?? 0n);
  const date = figures.lastAt === null ? '' : formatDate(figures.lastAt, 'day', zone);
  // A month worked out of hours is a figure nobody believes; then the figure itself is said.
  const isShort = figures.days < SHORT_DAYS;
  const range = figures.usualPerMonth && usualText(meter.register, figures.usualPerMonth);
  const usual =
    range && (isShort ? m.field_doubt_usual_month({ range }) : m.field_doubt_usual({ range }));
  switch (code) {
    case 'equal':
      return { what: m.field_doubt_equal({ date }), usual, look: 'equal' };
    case 'rollover':
      return { what: m.field_doubt_rollover({ used }), usual: null, look: 'lower' };
    case 'lower':
    case 'replaced':
    case 'negative':
      return { what: m.field_doubt_lower({ used, date }), usual: null, look: 'lower' };
    case 'too-low':
      return { what: m.field_doubt_low({ used: month }), usual, look: 'digit' };
    default: {
      const what = isShort
        ? m.field_doubt_more({ used, date })
        : m.field_doubt_high({ used: month });
      return { what, usual, look: 'digit' };
    }
  }
}

const STORAGE: Readonly<Record<string, () => string>> = {
  'quota-exceeded': m.field_storage_quota,
  'storage-blocked': m.field_storage_blocked,
  'storage-ephemeral': m.field_storage_private,
  'storage-refused': m.field_storage_refused,
};
/** "3 с назад": a receiver's line has no room for whole words. */
export function shortAge(at: number, now: number): string {
  const seconds = Math.max(0, Math.floor((now - at) / 1000));
  if (seconds < 2) return m.common_just_now();
  if (seconds < 60) return m.field_age_s({ n: seconds });
  return seconds < 3600 ? m.field_age_min({ n: Math.floor(seconds / 60) }) : formatAge(at, now);
}

/** What to do about a StorageError; every sentence says that kept readings are safe. */
export const storageWords = (code: string | null): string =>
  (STORAGE[code ?? ''] ?? m.field_storage_lost)();

const SYNC: Readonly<Record<string, () => string>> = {
  'captive-portal': m.field_sync_portal,
  'signed-out': m.field_sync_signed_out,
  forbidden: m.field_sync_signed_out,
  'server-error': m.field_sync_server,
  'bad-answer': m.field_sync_update,
  revoked: m.rescue_revoked_how,
};
/** Null for `offline`: no network is an ordinary state and needs no sentence. */
export const syncWords = (code: string | null): string | null => SYNC[code ?? '']?.() ?? null;
